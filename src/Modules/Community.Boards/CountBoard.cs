using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>
/// Updates the boards' counters and latest posts from the site's log, so that posting never waits for a lock on the board's row. All
/// waiting posts of a board are counted together. Handling an event twice does no harm: <see cref="Post.Counted"/> marks counted posts.
/// </summary>
public sealed class CountBoard(SiteDb db) : IEventHandler
{
    /// <summary>The events that change a counter.</summary>
    public static readonly Type[] Reads =
    [
        typeof(PostPublished),
        typeof(PostsImported),
        typeof(ImportUndone),
        typeof(PostHidden),
        typeof(PostRestored),
        typeof(PostDeleted),
        typeof(TopicHidden),
        typeof(TopicRestored),
        typeof(TopicMoved),
        typeof(TopicSplit),
        typeof(TopicsMerged),
    ];

    public async Task Handle(IReadOnlyList<PublishedEvent> events, CancellationToken ct)
    {
        // By id, the order in which all code locks several boards, so that nothing deadlocks.
        var boards = events.SelectMany(e => BoardsOf(e.Event), (e, id) => (Id: id, e.Event)).ToLookup(e => e.Id, e => e.Event);
        foreach (var board in boards.OrderBy(b => b.Key)) await Count(board.Key, [.. board], ct);
    }

    /// <summary>Recounts all boards.</summary>
    public async Task Reset(CancellationToken ct)
    {
        foreach (var id in await db.Boards.OrderBy(b => b.Id).Select(b => b.Id).ToListAsync(ct))
            if (await Locks.Count(db, id, ct) is { } board) await Finish(board, Recount, ct);
    }

    static IEnumerable<long> BoardsOf(SiteEvent e) =>
        e switch
        {
            PostPublished p => [p.BoardId],
            PostsImported p => [p.BoardId],
            ImportUndone p => [p.BoardId],
            PostHidden p => [p.BoardId],
            PostRestored p => [p.BoardId],
            PostDeleted p => [p.BoardId],
            TopicHidden t => [t.BoardId],
            TopicRestored t => [t.BoardId],
            TopicMoved t => [t.FromBoardId, t.ToBoardId],
            TopicSplit t => [t.BoardId],
            TopicsMerged t => [t.BoardId, t.IntoBoardId],
            _ => [],
        };

    async Task Count(long id, IReadOnlyList<SiteEvent> events, CancellationToken ct)
    {
        // The board may have been deleted meanwhile.
        if (await Locks.Count(db, id, ct) is not { } board)
            return;
        await Finish(board, (board, ct) => Move(board, events, ct), ct);
    }

    static IEnumerable<long> TopicsOf(SiteEvent e) =>
        e switch
        {
            TopicHidden t => [t.TopicId],
            TopicRestored t => [t.TopicId],
            TopicMoved t => [t.TopicId],
            TopicSplit t => [t.TopicId, t.NewTopicId],
            TopicsMerged t => [t.IntoTopicId],
            _ => [],
        };

    async Task Move(Board board, IReadOnlyList<SiteEvent> events, CancellationToken ct)
    {
        var topics = events.SelectMany(TopicsOf).Distinct().ToList();
        if (topics.Count > 0 || events.Any(e => e is PostPublished { Number: 1 } or PostsImported or ImportUndone))
            board.TopicCount = await ShownIn(board).CountAsync(ct);
        if (events.Any(e => e is PostPublished or PostsImported))
            board.PostCount += await db
                .Posts.Where(p => p.BoardId == board.Id && !p.Counted && p.Topic.HiddenAt == null)
                .Present()
                .ExecuteUpdateAsync(s => s.SetProperty(p => p.Counted, true), ct);
        foreach (var id in events.Select(RemovedOrRestored).OfType<long>().Distinct()) await CountPost(board, id, ct);
        // What was marked one by one is asked below.
        await db.SaveChangesAsync(ct);
        // The posts of these topics alone: hiding one costs the same in a board of a million posts.
        foreach (var id in topics) board.PostCount += await Mark(db.Posts.Where(p => p.BoardId == board.Id && p.TopicId == id), ct);
        // Posts have come or gone that count, and of those that are gone nothing tells whether they did.
        if (events.Any(e => e is TopicMoved or TopicsMerged or ImportUndone)) board.PostCount = await Counted(board, ct);
    }

    static long? RemovedOrRestored(SiteEvent e) =>
        e switch { PostHidden p => p.PostId, PostRestored p => p.PostId, PostDeleted p => p.PostId, _ => null };

    async Task CountPost(Board board, long id, CancellationToken ct)
    {
        var post = await db.Posts.Include(p => p.Topic).FirstOrDefaultAsync(p => p.Id == id && p.BoardId == board.Id, ct);
        if (post is null) return;
        var counts = !post.IsRemoved && post.Topic.HiddenAt is null;
        if (post.Counted == counts) return;
        post.Counted = counts;
        board.PostCount += counts ? 1 : -1;
    }

    /// <summary>Counts from scratch, ignoring the old values. Rarely needed.</summary>
    async Task Recount(Board board, CancellationToken ct)
    {
        await Mark(db.Posts.Where(p => p.BoardId == board.Id), ct);
        board.PostCount = await Counted(board, ct);
        board.TopicCount = await ShownIn(board).CountAsync(ct);
    }

    /// <summary>Marks as counted those of the posts that count, and no others.</summary>
    /// <returns>How many more they are.</returns>
    static async Task<int> Mark(IQueryable<Post> posts, CancellationToken ct) =>
        await posts.Where(p => !p.Counted && p.Topic.HiddenAt == null).Present()
            .ExecuteUpdateAsync(s => s.SetProperty(p => p.Counted, true), ct)
        - await posts.Where(p => p.Counted && (p.HiddenAt != null || p.DeletedAt != null || p.Topic.HiddenAt != null))
            .ExecuteUpdateAsync(s => s.SetProperty(p => p.Counted, false), ct);

    /// <summary>The marked posts, by two indexes alone: all, without those that are not marked.</summary>
    async Task<int> Counted(Board board, CancellationToken ct)
    {
        var posts = db.Posts.Where(p => p.BoardId == board.Id);
        return await posts.CountAsync(ct) - await posts.CountAsync(p => !p.Counted, ct);
    }

    IQueryable<Topic> ShownIn(Board board) => db.Topics.Where(t => t.BoardId == board.Id && t.HiddenAt == null);

    async Task Finish(Board board, Func<Board, CancellationToken, Task> count, CancellationToken ct)
    {
        await count(board, ct);
        board.LastPostId = await db.Posts.LastOfBoard(board.Id, ct);
        db.Touch(board.Key);
    }
}
