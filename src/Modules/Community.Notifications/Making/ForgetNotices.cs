using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Notifications;

/// <summary>
/// Deletes notices of what members watch once they are old. Replies, mentions and quotations stay with their posts: by them it is known
/// that nobody is told twice of one post.
/// </summary>
public sealed class ForgetNotices(SiteDb db) : IHandle<Tick>
{
    public static readonly TimeSpan After = TimeSpan.FromDays(90);

    public async Task Handle(Tick message, CancellationToken ct)
    {
        var before = db.Now - After;
        var deleted = await db.Notices.Where(n => n.At < before && n.Kind > NoticeKind.Quote).DeleteAll(ct);
        await RetentionRun.Leave(db, "notifications.notices", deleted, ct);
    }
}
