using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Notifications;

/// <summary>What other modules have for staff: see <see cref="TellOnSite"/>. They write their own mails.</summary>
public sealed class TellOfModules(SiteDb db, KeepNotices keep)
{
    public async Task Tell(IReadOnlyCollection<long> members, string what, string path, CancellationToken ct)
    {
        if (!db.Site.Features.Contains(NotificationsModule.Feature)) return;
        await db.Notices.Where(n => n.Kind == NoticeKind.OfModule && n.What == what && n.Path == path && members.Contains(n.MemberId))
            .ExecuteDeleteAsync(ct);
        var notices = members.Distinct().Select(m => new Notice
        {
            MemberId = m,
            Kind = NoticeKind.OfModule,
            What = what,
            Path = path,
            At = db.Now,
        }).ToList();
        await keep.Add(notices, await keep.SettingsOf(members, ct), ct);
    }

    public Task End(string what, string path, CancellationToken ct)
    {
        var now = db.Now;
        return db.Notices.Where(n => n.Kind == NoticeKind.OfModule && n.What == what && n.Path == path && n.ReadAt == null)
            .ExecuteUpdateAsync(s => s.SetProperty(n => n.ReadAt, now), ct);
    }
}
