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

    /// <summary>
    /// Posts whose members are asked for together: a busy site has hundreds in one batch, and each would cost a dozen queries.
    /// </summary>
    const int Together = 50;

    public async Task Handle(IReadOnlyList<PublishedEvent> events, CancellationToken ct)
    {
        var published = events.Select(e => e.Event).OfType<PostPublished>().Select(e => e.PostId).ToHashSet();
        var ids = published.Union(events.Select(e => e.Event).OfType<PostEdited>().Select(e => e.PostId)).ToList();
        var posts = await db.Posts.AsNoTrackingWithIdentityResolution().Include(p => p.Topic.Board.Groups).Present()
            .Where(p => ids.Contains(p.Id) && p.Topic.HiddenAt == null).OrderBy(p => p.Id).ToListAsync(ct);
        if (posts.Count == 0) return;
        var mentioned = await Mentioned(posts, ct);
        var quoted = await Quoted(posts, ct);
        var wanted = posts.SelectMany(p => Wanted(p, published.Contains(p.Id), mentioned[p.Id], quoted[p.Id]));
        foreach (var some in wanted.GroupBy(w => w.Post).Chunk(Together)) await TellDirectly([.. some.SelectMany(w => w)], published, ct);
        var fresh = posts.Where(p => published.Contains(p.Id)).ToList();
        await FollowForAuthors(fresh, ct);
        await db.SaveChangesAsync(ct);
        await LetWatchersBeTold(fresh, ct);
    }

    async Task<ILookup<long, long>> Mentioned(List<Post> posts, CancellationToken ct)
    {
        var ids = posts.Select(p => p.Id).ToList();
        return (await db.PostMentions.Where(m => ids.Contains(m.PostId)).Select(m => new { m.PostId, m.MemberId }).ToListAsync(ct))
            .ToLookup(m => m.PostId, m => m.MemberId);
    }

    /// <summary>The authors of the posts that each quotes.</summary>
    async Task<ILookup<long, long>> Quoted(List<Post> posts, CancellationToken ct)
    {
        var places = posts.SelectMany(p => Quotations.In(p.Text, texts), (p, place) => (Post: p.Id, place.Topic, place.Number)).ToList();
        if (places.Count == 0) return places.ToLookup(p => p.Post, _ => 0L);
        var (topics, numbers) = (places.ConvertAll(p => p.Topic), places.ConvertAll(p => p.Number));
        var authors = await db.Posts.Where(p => topics.Contains(p.TopicId) && numbers.Contains(p.Number) && p.AuthorId != null)
            .Select(p => new { p.TopicId, p.Number, p.AuthorId }).ToDictionaryAsync(p => (p.TopicId, p.Number), p => p.AuthorId, ct);
        return places.Select(p => (p.Post, Author: authors.GetValueOrDefault((p.Topic, p.Number))))
            .Where(p => p.Author is not null).ToLookup(p => p.Post, p => p.Author!.Value);
    }

    /// <summary>Somebody who may have to be told of a post.</summary>
    sealed record Told(Post Post, long Member, NoticeKind Kind);

    static IEnumerable<Told> Wanted(Post post, bool isNew, IEnumerable<long> mentioned, IEnumerable<long> quoted)
    {
        var wanted = new Dictionary<long, NoticeKind>();
        if (isNew && post.ToMemberId is { } answered) wanted[answered] = NoticeKind.Reply;
        foreach (var member in mentioned) wanted.TryAdd(member, NoticeKind.Mention);
        foreach (var member in quoted) wanted.TryAdd(member, NoticeKind.Quote);
        if (post.AuthorId is { } author) wanted.Remove(author);
        return wanted.Take(MaxDirect).Select(w => new Told(post, w.Key, w.Value));
    }

    async Task TellDirectly(List<Told> wanted, HashSet<long> published, CancellationToken ct)
    {
        List<long> Distinct(Func<Told, long?> of) => [.. wanted.Select(of).OfType<long>().Distinct()];
        var (members, posts, topics) = (Distinct(w => w.Member), Distinct(w => w.Post.Id), Distinct(w => w.Post.TopicId));
        var (boards, authors) = (Distinct(w => w.Post.BoardId), Distinct(w => w.Post.AuthorId));
        var allowed = await readers.Of(members, ct);
        var levels = await db.LevelsOf(members, topics, boards, ct);
        var muting = (await db.MemberMutes.Where(m => members.Contains(m.MemberId) && authors.Contains(m.MutedId))
            .Select(m => new { m.MemberId, m.MutedId }).ToListAsync(ct)).Select(m => (m.MemberId, (long?)m.MutedId)).ToHashSet();
        // Once, ever: an edit that names somebody again, or adds a quotation, tells nobody who was told of this post.
        var told = (await db.Notices
            .Where(n => posts.Contains(n.PostId!.Value) && n.Kind <= NoticeKind.Quote && members.Contains(n.MemberId))
            .Select(n => new { n.MemberId, n.PostId }).ToListAsync(ct)).Select(n => (n.MemberId, n.PostId!.Value)).ToHashSet();
        // Who has read it already, between the commit and now.
        var reads = await db.TopicReads.AsNoTracking().Where(r => topics.Contains(r.TopicId) && members.Contains(r.MemberId))
            .ToDictionaryAsync(r => (r.MemberId, r.TopicId), r => r.Set, ct);
        var settings = await keep.SettingsOf(members, ct);
        await keep.Add([.. wanted.Where(IsToBeTold).Select(NoticeOf)], settings, ct);

        bool IsToBeTold(Told w) =>
            !told.Contains((w.Member, w.Post.Id)) && !muting.Contains((w.Member, w.Post.AuthorId))
            && !(published.Contains(w.Post.Id) && reads.GetValueOrDefault((w.Member, w.Post.TopicId))?.Contains(w.Post.Number) == true)
            && allowed.TryGetValue(w.Member, out var reader) && w.Post.Topic.MayRead(reader)
            && levels(w.Member, w.Post.TopicId, w.Post.BoardId).InTopic is not FollowLevel.Mute;
    }

    static Notice NoticeOf(Told w) =>
        new() { MemberId = w.Member, Kind = w.Kind, TopicId = w.Post.TopicId, PostId = w.Post.Id, At = w.Post.At };

    /// <summary>
    /// Each author follows the topic at the level that their settings say, unless they chose one, or muted the board.
    /// </summary>
    async Task FollowForAuthors(List<Post> posts, CancellationToken ct)
    {
        // By member, the order in which their locks are taken.
        var first = posts.Where(p => p.AuthorId is not null).DistinctBy(p => (p.AuthorId, p.TopicId)).OrderBy(p => p.AuthorId).ToList();
        var authors = first.Select(p => p.AuthorId!.Value).Distinct().ToList();
        var topics = first.Select(p => p.TopicId).Distinct().ToList();
        var levels = await db.LevelsOf(authors, topics, [.. first.Select(p => p.BoardId).Distinct()], ct);
        first.RemoveAll(p => levels(p.AuthorId!.Value, p.TopicId, p.BoardId) is { Topic: not null } or { Board: FollowLevel.Mute });
        if (first.Count == 0) return;
        var present = await db.Members.Where(m => authors.Contains(m.Id)).Select(m => m.Id).ToHashSetAsync(ct);
        var settings = await keep.SettingsOf(authors, ct);
        foreach (var post in first)
            if (post.AuthorId is { } author && present.Contains(author)
                && (post.Number == 1 ? settings(author).OwnTopics : settings(author).Answered) is var level and not FollowLevel.Normal)
                await db.FollowByItself(author, post.TopicId, level, post.At, ct);
    }

    /// <summary>Lets watchers of topics and boards be told, where there are others than the one who wrote.</summary>
    async Task LetWatchersBeTold(List<Post> posts, CancellationToken ct)
    {
        var topics = posts.Select(p => p.TopicId).Distinct().ToList();
        var boards = posts.Where(p => p.Number == 1).Select(p => p.BoardId).Distinct().ToList();
        var (followed, boardsFollowed) = (db.TopicFollows, db.BoardFollows);
        // The first and the last watcher: if they are one, it may be the one who wrote, who needs no job.
        var ofTopics = await db.Topics.Where(t => topics.Contains(t.Id)).Select(t => new Watchers(
                t.Id,
                followed.Where(f => f.TopicId == t.Id && f.Level == FollowLevel.Watch)
                    .OrderBy(f => f.MemberId).Select(f => (long?)f.MemberId).FirstOrDefault(),
                followed.Where(f => f.TopicId == t.Id && f.Level == FollowLevel.Watch)
                    .OrderByDescending(f => f.MemberId).Select(f => (long?)f.MemberId).FirstOrDefault()
            )).ToDictionaryAsync(w => w.Id, ct);
        var ofBoards = boards.Count == 0 ? [] : await db.Boards.Where(b => boards.Contains(b.Id)).Select(b => new Watchers(
                b.Id,
                boardsFollowed.Where(f => f.BoardId == b.Id && f.Level == FollowLevel.Watch)
                    .OrderBy(f => f.MemberId).Select(f => (long?)f.MemberId).FirstOrDefault(),
                boardsFollowed.Where(f => f.BoardId == b.Id && f.Level == FollowLevel.Watch)
                    .OrderByDescending(f => f.MemberId).Select(f => (long?)f.MemberId).FirstOrDefault()
            )).ToDictionaryAsync(w => w.Id, ct);
        foreach (var topic in posts.GroupBy(p => p.TopicId).Select(g => g.ToList()))
        {
            var only = topic.Select(p => p.AuthorId).Distinct().ToList() is [var one] ? one : null;
            if (ofTopics.GetValueOrDefault(topic[0].TopicId)?.HasOthers(only) == true)
                db.Enqueue(new TellWatchers(topic[0].TopicId, topic[0].Id, topic[^1].Id, false, 0));
            if (topic[0].Number == 1 && ofBoards.GetValueOrDefault(topic[0].BoardId)?.HasOthers(only) == true)
                db.Enqueue(new TellWatchers(topic[0].TopicId, topic[0].Id, topic[0].Id, true, 0));
        }
    }

    sealed record Watchers(long Id, long? First, long? Last)
    {
        /// <summary>Whether somebody watches who is not <paramref name="author"/>; null if several wrote.</summary>
        public bool HasOthers(long? author) => First is not null && (First != Last || First != author);
    }
}
