using Community.Boards;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Notifications;

/// <summary>
/// After a post is committed: tells whom it answers, names and quotes, follows its topic for the author, and lets the watchers be told by a
/// job in steps. None of it is part of the request that posts.
/// </summary>
public sealed class TellOfPosts(SiteDb db, PresentReaders readers, KeepNotices keep, IStringLocalizer texts) : IEventHandler
{
    public static readonly Type[] Reads = [typeof(PostPublished), typeof(PostEdited)];

    /// <summary>Members told of one post directly, so that a post that quotes a thousand tells not all of them.</summary>
    const int MaxDirect = 50;

    public async Task Handle(IReadOnlyList<PublishedEvent> events, CancellationToken ct)
    {
        var published = events.Select(e => e.Event).OfType<PostPublished>().ToDictionary(e => e.PostId);
        var ids = published.Keys.Union(events.Select(e => e.Event).OfType<PostEdited>().Select(e => e.PostId)).ToList();
        var posts = await db.Posts.AsNoTrackingWithIdentityResolution().Include(p => p.Topic.Board.Groups).Present()
            .Where(p => ids.Contains(p.Id) && p.Topic.HiddenAt == null).OrderBy(p => p.Id).ToListAsync(ct);
        var mentioned = await Mentioned(posts, ct);
        foreach (var post in posts) await TellDirectly(post, published.ContainsKey(post.Id), mentioned[post.Id], ct);
        var fresh = posts.Where(p => published.ContainsKey(p.Id)).ToList();
        foreach (var post in fresh) await FollowForAuthor(post, ct);
        await db.SaveChangesAsync(ct);
        foreach (var topic in fresh.GroupBy(p => p.TopicId)) await LetWatchersBeTold([.. topic], ct);
    }

    async Task<ILookup<long, long>> Mentioned(List<Post> posts, CancellationToken ct)
    {
        var ids = posts.Select(p => p.Id).ToList();
        return (await db.PostMentions.Where(m => ids.Contains(m.PostId)).Select(m => new { m.PostId, m.MemberId }).ToListAsync(ct))
            .ToLookup(m => m.PostId, m => m.MemberId);
    }

    async Task TellDirectly(Post post, bool isNew, IEnumerable<long> mentioned, CancellationToken ct)
    {
        var wanted = new Dictionary<long, NoticeKind>();
        if (isNew && post.ToMemberId is { } answered) wanted[answered] = NoticeKind.Reply;
        foreach (var member in mentioned) wanted.TryAdd(member, NoticeKind.Mention);
        foreach (var quoted in await Quoted(post, ct)) wanted.TryAdd(quoted, NoticeKind.Quote);
        if (post.AuthorId is { } author) wanted.Remove(author);
        if (wanted.Count == 0) return;
        var members = wanted.Keys.Take(MaxDirect).ToList();
        var allowed = await readers.Of(members, ct);
        var levels = await db.LevelsOf(members, post.TopicId, post.BoardId, ct);
        var muting = await db.MemberMutes.Where(m => m.MutedId == post.AuthorId && members.Contains(m.MemberId))
            .Select(m => m.MemberId).ToHashSetAsync(ct);
        // Once, ever: an edit that names somebody again, or adds a quotation, tells nobody who was told of this post.
        var told = await db.Notices.Where(n => n.PostId == post.Id && n.Kind <= NoticeKind.Quote && members.Contains(n.MemberId))
            .Select(n => n.MemberId).ToHashSetAsync(ct);
        var read = isNew ? await ReadBy(members, post, ct) : [];
        var settings = await keep.SettingsOf(members, ct);
        await keep.Add(
            [
                .. members
                    .Where(m => !told.Contains(m) && !muting.Contains(m) && !read.Contains(m)
                        && allowed.TryGetValue(m, out var reader) && post.Topic.MayRead(reader)
                        && levels.GetValueOrDefault(m, FollowLevels.None).InTopic is not FollowLevel.Mute)
                    .Select(m => new Notice { MemberId = m, Kind = wanted[m], TopicId = post.TopicId, PostId = post.Id, At = post.At }),
            ],
            settings,
            ct
        );
    }

    /// <summary>Who has read it already, between the commit and now.</summary>
    async Task<HashSet<long>> ReadBy(List<long> members, Post post, CancellationToken ct) =>
        (await db.TopicReads.AsNoTracking().Where(r => r.TopicId == post.TopicId && members.Contains(r.MemberId)).ToListAsync(ct))
            .Where(r => r.Set.Contains(post.Number)).Select(r => r.MemberId).ToHashSet();

    /// <summary>The authors of the posts that it quotes.</summary>
    async Task<List<long>> Quoted(Post post, CancellationToken ct)
    {
        var places = Quotations.In(post.Text, texts);
        if (places.Count == 0) return [];
        var (topics, numbers) = (places.Select(p => p.Topic).ToList(), places.Select(p => p.Number).ToList());
        var found = await db.Posts.Where(p => topics.Contains(p.TopicId) && numbers.Contains(p.Number) && p.AuthorId != null)
            .Select(p => new { p.TopicId, p.Number, p.AuthorId }).ToListAsync(ct);
        return [.. found.Where(p => places.Contains((p.TopicId, p.Number))).Select(p => p.AuthorId!.Value).Distinct()];
    }

    /// <summary>The author follows the topic at the level that their settings say, unless they chose one, or muted the board.</summary>
    async Task FollowForAuthor(Post post, CancellationToken ct)
    {
        if (post.AuthorId is not { } author || await db.TopicFollows.FindAsync([author, post.TopicId], ct) is not null) return;
        if (!await db.Members.AnyAsync(m => m.Id == author, ct)) return;
        var settings = (await keep.SettingsOf([author], ct))(author);
        var level = post.Number == 1 ? settings.OwnTopics : settings.Answered;
        if (level is FollowLevel.Normal)
            return;
        if (await db.BoardFollows.AnyAsync(f => f.MemberId == author && f.BoardId == post.BoardId && f.Level == FollowLevel.Mute, ct))
            return;
        await db.FollowByItself(author, post.TopicId, level, post.At, ct);
    }

    async Task LetWatchersBeTold(List<Post> posts, CancellationToken ct)
    {
        var (topic, board, only) = (posts[0].TopicId, posts[0].BoardId, posts.Select(p => p.AuthorId).Distinct().ToList());
        // The one author who watches needs no job.
        var author = only.Count == 1 ? only[0] : null;
        if (await db.TopicFollows.AnyAsync(f => f.TopicId == topic && f.Level == FollowLevel.Watch && f.MemberId != author, ct))
            db.Enqueue(new TellWatchers(topic, posts[0].Id, posts[^1].Id, false, 0));
        if (posts[0].Number == 1
            && await db.BoardFollows.AnyAsync(f => f.BoardId == board && f.Level == FollowLevel.Watch && f.MemberId != author, ct))
            db.Enqueue(new TellWatchers(topic, posts[0].Id, posts[0].Id, true, 0));
    }
}
