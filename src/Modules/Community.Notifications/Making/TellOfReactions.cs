using Community.Boards;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Notifications;

/// <summary>
/// Tells authors who want it that somebody reacted to their post: one notice for each post, which is new again when another reacts after it
/// was read. No mute is broken by it.
/// </summary>
public sealed class TellOfReactions(SiteDb db, PresentReaders readers, KeepNotices keep) : IEventHandler
{
    public static readonly Type[] Reads = [typeof(PostReacted)];

    public async Task Handle(IReadOnlyList<PublishedEvent> events, CancellationToken ct)
    {
        var given = events.Select(e => e.Event).OfType<PostReacted>().Where(r => r.On).ToList();
        var ids = given.Select(r => r.PostId).Distinct().ToList();
        if (ids.Count == 0) return;
        var posts = await db.Posts.AsNoTrackingWithIdentityResolution().Include(p => p.Topic.Board.Groups).Present()
            .Where(p => ids.Contains(p.Id) && p.Topic.HiddenAt == null && p.Reactions != null
                && db.Set<NoticeSettings>().Any(s => s.MemberId == p.AuthorId && s.TellsReactions))
            .ToListAsync(ct);
        if (posts.Count == 0) return;
        var authors = posts.Select(p => p.AuthorId!.Value).Distinct().ToList();
        var allowed = await readers.Of(authors, ct);
        var levels = await db.LevelsOf(
            authors, [.. posts.Select(p => p.TopicId).Distinct()], [.. posts.Select(p => p.BoardId).Distinct()], ct);
        var muting = (await db.MemberMutes.Where(m => authors.Contains(m.MemberId)).Select(m => new { m.MemberId, m.MutedId })
            .ToListAsync(ct)).Select(m => (m.MemberId, m.MutedId)).ToHashSet();
        var told = await db.Notices.Where(n => n.Kind == NoticeKind.Reaction && ids.Contains(n.PostId!.Value))
            .ToDictionaryAsync(n => (n.MemberId, n.PostId!.Value), ct);
        var made = new List<Notice>();
        foreach (var post in posts)
        {
            var author = post.AuthorId!.Value;
            if (!allowed.TryGetValue(author, out var reader) || !post.Topic.MayRead(reader)
                || levels(author, post.TopicId, post.BoardId).InTopic is FollowLevel.Mute
                || given.TrueForAll(r => r.PostId != post.Id || muting.Contains((author, r.MemberId))))
                continue;
            if (told.TryGetValue((author, post.Id), out var notice)) (notice.ReadAt, notice.At) = (null, db.Now);
            else made.Add(new() { MemberId = author, Kind = NoticeKind.Reaction, TopicId = post.TopicId, PostId = post.Id, At = db.Now });
        }
        await db.SaveChangesAsync(ct);
        await keep.Add(made, await keep.SettingsOf(authors, ct), ct);
    }
}
