using Community.Boards;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Notifications;

/// <summary>
/// Tells moderators of reports and leaders of requests to join their groups, and takes back what a decision has ended. No mute holds here:
/// it is their duty.
/// </summary>
public sealed class TellStaff(SiteDb db, PresentReaders readers, KeepNotices keep) : IEventHandler
{
    public static readonly Type[] Reads =
    [
        typeof(ReportFiled), typeof(ReportDecided), typeof(GroupRequested), typeof(GroupRequestWithdrawn), typeof(GroupRequestDecided),
    ];

    public async Task Handle(IReadOnlyList<PublishedEvent> events, CancellationToken ct)
    {
        foreach (var happened in events)
            await (happened.Event switch
            {
                ReportFiled filed => Filed(filed, ct),
                ReportDecided decided => End(n => n.ReportId == decided.ReportId, ct),
                GroupRequested asked => Asked(asked, ct),
                GroupRequestWithdrawn gone => End(n => n.GroupId == gone.GroupId && n.RequesterId == gone.MemberId, ct),
                GroupRequestDecided decided => End(n => n.GroupId == decided.GroupId && n.RequesterId == decided.MemberId, ct),
                _ => Task.CompletedTask,
            });
    }

    async Task Filed(ReportFiled filed, CancellationToken ct)
    {
        var report = await db.Reports.Where(r => r.Id == filed.ReportId && r.ClosedAt == null)
            .Select(r => new { r.At, r.PostId, r.Post.TopicId, r.Post.BoardId }).FirstOrDefaultAsync(ct);
        if (report is null) return;
        // A reason that was changed is no second report.
        var told = await db.Notices.Where(n => n.ReportId == filed.ReportId && n.ReadAt == null).Select(n => n.MemberId).ToListAsync(ct);
        var staff = await db
            .Members.Where(m =>
                m.Role != null
                || db.Set<MemberPermission>()
                    .Any(p => p.MemberId == m.Id && p.Permission == BoardsPermissions.Moderate && p.ThingId == report.BoardId)
            )
            .Select(m => m.Id)
            .ToListAsync(ct);
        var moderators = (await readers.Of(staff, ct))
            .Values.Where(r => r.Moderates(report.BoardId) && r.Id != filed.ReporterId && !told.Contains(r.Id!.Value))
            .Select(r => r.Id!.Value)
            .ToList();
        await keep.Add(
            moderators.ConvertAll(m => new Notice
            {
                MemberId = m,
                Kind = NoticeKind.Report,
                ReportId = filed.ReportId,
                TopicId = report.TopicId,
                At = db.Now,
            }),
            await keep.SettingsOf(moderators, ct),
            ct
        );
    }

    async Task Asked(GroupRequested asked, CancellationToken ct)
    {
        if (!await db.GroupMemberships.AnyAsync(g => g.GroupId == asked.GroupId && g.MemberId == asked.MemberId && g.JoinedAt == null, ct))
            return;
        var leaders = await db.GroupMemberships.Where(g => g.GroupId == asked.GroupId && g.IsLeader && g.JoinedAt != null)
            .Select(g => g.MemberId).ToListAsync(ct);
        var present = (await readers.Of(leaders, ct)).Keys.ToList();
        await keep.Add(
            present.ConvertAll(m => new Notice
            {
                MemberId = m,
                Kind = NoticeKind.GroupRequest,
                GroupId = asked.GroupId,
                RequesterId = asked.MemberId,
                At = db.Now,
            }),
            await keep.SettingsOf(present, ct),
            ct
        );
    }

    Task End(System.Linq.Expressions.Expression<Func<Notice, bool>> which, CancellationToken ct)
    {
        var now = db.Now;
        return db.Notices.Where(n => n.ReadAt == null).Where(which)
            .ExecuteUpdateAsync(s => s.SetProperty(n => n.ReadAt, now).SetProperty(n => n.Waits, (MailPace?)null), ct);
    }
}
