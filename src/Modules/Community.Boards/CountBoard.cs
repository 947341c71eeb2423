using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>
/// Keeps a board's counters and its latest post, after the commit: so that posting never queues for the board's row.
/// Twice does no harm: each post says whether the count holds it.
/// </summary>
public sealed class CountBoard(SiteDb db) :
    IHandle<TopicStarted>, IHandle<BoardGrew>, IHandle<PostVisibilityChanged>, IHandle<BoardContentsChanged>
{
    public Task Handle(TopicStarted fact, CancellationToken ct) => Count(fact.BoardId, async board =>
        board.TopicCount = await db.Topics.CountAsync(t => t.BoardId == board.Id && t.HiddenAt == null, ct), ct);

    public Task Handle(BoardGrew fact, CancellationToken ct) =>
        Count(
            fact.BoardId,
            async board =>
                board.PostCount += await db
                    .Posts.Where(p => p.BoardId == board.Id && !p.Counted && p.Topic.HiddenAt == null)
                    .Present()
                    .ExecuteUpdateAsync(s => s.SetProperty(p => p.Counted, true), ct),
            ct
        );

    public Task Handle(PostVisibilityChanged fact, CancellationToken ct) =>
        Count(fact.BoardId, board => CountPost(board, fact.PostId, ct), ct);

    /// <summary>Rare, and after it nothing is left of what was counted before: all anew.</summary>
    public Task Handle(BoardContentsChanged fact, CancellationToken ct) => Count(fact.BoardId, async board =>
    {
        var posts = db.Posts.Where(p => p.BoardId == board.Id);
        await posts.Where(p => p.Counted != (p.HiddenAt == null && p.DeletedAt == null && p.Topic.HiddenAt == null))
            .ExecuteUpdateAsync(s => s.SetProperty(p => p.Counted, p => !p.Counted), ct);
        board.PostCount = await posts.CountAsync(p => p.Counted, ct);
        board.TopicCount = await db.Topics.CountAsync(t => t.BoardId == board.Id && t.HiddenAt == null, ct);
    }, ct);

    async Task CountPost(Board board, long id, CancellationToken ct)
    {
        var post = await db.Posts.Include(p => p.Topic).FirstOrDefaultAsync(p => p.Id == id && p.BoardId == board.Id, ct);
        if (post is null) return;
        var counts = !post.IsRemoved && post.Topic.HiddenAt is null;
        if (post.Counted == counts) return;
        post.Counted = counts;
        board.PostCount += counts ? 1 : -1;
    }

    async Task Count(long id, Func<Board, Task> count, CancellationToken ct)
    {
        await using var change = await db.Change<Board>(id, ct);
        if (change.Row is not { } board) return;
        await count(board);
        board.LastPostId = await db.Posts.Where(p => p.BoardId == id && p.Topic.HiddenAt == null).Present()
            .OrderByDescending(p => p.Id).Select(p => (long?)p.Id).FirstOrDefaultAsync(ct);
        db.Touch(board.Key);
        await change.Commit(ct);
    }
}
