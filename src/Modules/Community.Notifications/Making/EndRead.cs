using Community.Boards;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Notifications;

/// <summary>
/// What a member reads on the site ends its notices, in the transaction that stores what was read. A notice of new posts moves on to the
/// first that is still unread.
/// </summary>
static class EndRead
{
    public static readonly WhenRead Heard = new(Posts, Board);

    /// <summary>Posts looked at for the next unread one.</summary>
    const int MaxLookedAt = 500;

    static async Task Posts(SiteDb db, long member, long topic, IReadOnlyCollection<int> numbers, ReadSet read, CancellationToken ct)
    {
        var unread = await db.Notices.Where(n => n.MemberId == member && n.TopicId == topic && n.ReadAt == null && n.PostId != null
                && n.Kind != NoticeKind.Queue)
            .ToListAsync(ct);
        if (unread.Count == 0) return;
        var muted = db.MutedBy(member);
        var first = unread.Min(n => n.PostId);
        var later = await db.Posts.Where(p => p.TopicId == topic && p.Id >= first).OrderBy(p => p.Id)
            .Select(p => new
            {
                p.Id,
                p.Number,
                p.AuthorId,
                p.At,
                Gone = p.HiddenAt != null || p.DeletedAt != null
                || muted.Contains(p.AuthorId ?? 0)
            }).Take(MaxLookedAt).ToListAsync(ct);
        foreach (var notice in unread)
        {
            // They have been there: the topic's next mail may come.
            notice.MailedAt = null;
            var isRead =
                later.Find(p => p.Id == notice.PostId) is { } post && (read.Contains(post.Number) || numbers.Contains(post.Number));
            if (!isRead)
                continue;
            if (
                notice.Kind is NoticeKind.NewPost
                && later.Find(p => p.Id > notice.PostId && !p.Gone && p.AuthorId != member && !read.Contains(p.Number)) is { } next
            )
                (notice.PostId, notice.At) = (next.Id, next.At);
            else (notice.ReadAt, notice.Waits) = (db.Now, null);
        }
    }

    static Task Board(SiteDb db, long member, long board, long watermark, CancellationToken ct)
    {
        var now = db.Now;
        return db.Notices
            .Where(n => n.MemberId == member && n.ReadAt == null && n.PostId <= watermark && n.Kind != NoticeKind.Queue
                && db.Set<Topic>().Any(t => t.Id == n.TopicId && t.BoardId == board))
            .ExecuteUpdateAsync(s => s.SetProperty(n => n.ReadAt, now).SetProperty(n => n.Waits, (MailPace?)null), ct);
    }
}
