using Community.Boards;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Notifications;

/// <summary>
/// Tells moderators of reports and of what waits in the queues of their boards, and leaders of requests to join their groups; takes back
/// what a decision has ended. No mute holds here: it is their duty.
/// </summary>
public sealed class TellStaff(SiteDb db, PresentReaders readers, KeepNotices keep) : IEventHandler
{
    public static readonly Type[] Reads =
    [
        typeof(ReportFiled), typeof(ReportDecided), typeof(PostHeld), typeof(QueueDecided), typeof(WatchedWordFailed),
        typeof(GroupRequested), typeof(GroupRequestWithdrawn), typeof(GroupRequestDecided),
    ];

    public async Task Handle(IReadOnlyList<PublishedEvent> events, CancellationToken ct)
    {
        foreach (var happened in events)
            await (happened.Event switch
            {
                ReportFiled filed => Filed(filed, ct),
                ReportDecided decided => End(n => n.Kind == NoticeKind.Report && n.ReportId == decided.ReportId, ct),
                PostHeld held => Held(held, ct),
                QueueDecided decided => End(n => n.Kind == NoticeKind.Queue && n.PostId == decided.PostId, ct),
                WatchedWordFailed => WordFailed(ct),
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
        var told = await db.Notices.Where(n => n.Kind == NoticeKind.Report && n.ReportId == filed.ReportId && n.ReadAt == null)
            .Select(n => n.MemberId).ToListAsync(ct);
        var moderators = (await Moderators(report.BoardId, ct)).Where(m => m != filed.ReporterId).Except(told).ToList();
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

    /// <summary>Whoever moderates the board now; without one, all boards.</summary>
    async Task<List<long>> Moderators(long? board, CancellationToken ct)
    {
        var staff = await db
            .Members.Where(m =>
                m.Role != null
                || db.Set<MemberPermission>()
                    .Any(p => p.MemberId == m.Id && p.Permission == BoardsPermissions.Moderate && p.ThingId == board)
            )
            .Select(m => m.Id)
            .ToListAsync(ct);
        return (await readers.Of(staff, ct)).Values.Where(r => board is { } one ? r.Moderates(one) : r.Moderates())
            .Select(r => r.Id!.Value).ToList();
    }

    async Task Held(PostHeld held, CancellationToken ct)
    {
        var waits = await db.QueueEntries.Where(q => q.PostId == held.PostId && q.Outcome == null)
            .Select(q => new { q.Post.BoardId, q.Post.TopicId }).FirstOrDefaultAsync(ct);
        if (waits is null) return;
        // What was changed while it waited has to be looked at again; who has not looked yet is told once.
        await db.Notices.Where(n => n.Kind == NoticeKind.Queue && n.PostId == held.PostId && n.ReadAt != null).ExecuteDeleteAsync(ct);
        var told = await db.Notices.Where(n => n.Kind == NoticeKind.Queue && n.PostId == held.PostId).Select(n => n.MemberId)
            .ToListAsync(ct);
        await Tell(await Moderators(waits.BoardId, ct), told, NoticeKind.Queue, waits.TopicId, held.PostId, ct);
    }

    async Task WordFailed(CancellationToken ct)
    {
        // One for all words: the list of words marks them.
        var told = await db.Notices.Where(n => n.Kind == NoticeKind.WordFailed && n.ReadAt == null).Select(n => n.MemberId).ToListAsync(ct);
        await Tell(await Moderators(null, ct), told, NoticeKind.WordFailed, null, null, ct);
    }

    async Task Tell(List<long> moderators, List<long> told, NoticeKind kind, long? topic, long? post, CancellationToken ct)
    {
        var whom = moderators.Except(told).ToList();
        await keep.Add(
            whom.ConvertAll(m => new Notice { MemberId = m, Kind = kind, TopicId = topic, PostId = post, At = db.Now }),
            await keep.SettingsOf(whom, ct),
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
