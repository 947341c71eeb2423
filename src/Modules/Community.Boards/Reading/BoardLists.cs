using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>A line of the tree of titles; no text if the post is hidden or deleted.</summary>
public sealed record TitleLine(long TopicId, int Number, int Depth, string? Text, string? AuthorName, DateTime At);

/// <summary>
/// What a board's page shows: its topics by latest post, pinned ones first, the first titles of each, or its posts in order of time.
/// Each is one query, whatever stands in the board. Ask <see cref="Board.MayRead"/> first: they show who may read the board all but hidden topics.
/// </summary>
public static class BoardLists
{
    const int MostPinned = 20;

    static readonly HotQuery<Func<SiteDb, string, Task<Board?>>> boards = new(() => EF.CompileAsyncQuery((SiteDb db, string key) =>
        db.Set<Board>().AsNoTracking().Include(b => b.Groups).FirstOrDefault(b => b.Key == key)));

    static readonly HotQuery<Func<SiteDb, long, bool, int, IAsyncEnumerable<TopicLine>>> firstTopics = new(() => EF.CompileAsyncQuery((SiteDb db, long board, bool hidden, int count) =>
        db.Set<Topic>().Where(t =>
            db.Set<Topic>().Where(p => p.BoardId == board && p.PinnedAt != null && (hidden || p.HiddenAt == null)).OrderByDescending(p => p.PinnedAt).Take(MostPinned).Select(p => p.Id)
            .Concat(db.Set<Topic>().Where(p => p.BoardId == board && p.PinnedAt == null && (hidden || p.HiddenAt == null))
                .OrderByDescending(p => p.LastPostAt).ThenByDescending(p => p.Id).Take(count).Select(p => p.Id)).Contains(t.Id)).Select(TopicLine.Of)));

    static readonly HotQuery<Func<SiteDb, long, bool, int, DateTime, long, IAsyncEnumerable<TopicLine>>> olderTopics = new(() => EF.CompileAsyncQuery((SiteDb db, long board, bool hidden, int count, DateTime at, long id) =>
        db.Set<Topic>().Where(t => t.BoardId == board && t.PinnedAt == null && (hidden || t.HiddenAt == null) && (t.LastPostAt < at || (t.LastPostAt == at && t.Id < id)))
            .OrderByDescending(t => t.LastPostAt).ThenByDescending(t => t.Id).Take(count).Select(TopicLine.Of)));

    // One short run along the index for each topic: a window function would read all posts of long topics.
    static readonly HotQuery<Func<SiteDb, long[], IAsyncEnumerable<TitleLine>>> titles = new(() => EF.CompileAsyncQuery((SiteDb db, long[] topics) =>
        from t in db.Set<Topic>()
        join p in db.Set<Post>() on t.Id equals p.TopicId
        where topics.Contains(t.Id) && string.Compare(p.Path, "") > 0
            && string.Compare(p.Path, db.Set<Post>().Where(l => l.TopicId == t.Id && string.Compare(l.Path, "") > 0).OrderBy(l => l.Path).Skip(TitlesOfTopic - 1).Select(l => l.Path).FirstOrDefault() ?? "~") <= 0
        orderby p.TopicId, p.Path
        select new TitleLine(p.TopicId, p.Number, p.Depth, p.HiddenAt == null && p.DeletedAt == null ? p.Title ?? p.Snippet : null, p.Author!.Name, p.At)));

    static readonly HotQuery<Func<SiteDb, long, long, int, IAsyncEnumerable<PostEntry>>> posts = new(() => EF.CompileAsyncQuery((SiteDb db, long board, long before, int count) =>
        db.Set<Post>().Where(p => p.BoardId == board && p.Id < before && p.Topic.HiddenAt == null && p.HiddenAt == null && p.DeletedAt == null)
            .OrderByDescending(p => p.Id).Take(count).Select(PostEntry.Of)));

    /// <summary>How many titles of a topic the tree of titles shows, the opening's apart.</summary>
    public const int TitlesOfTopic = 10;

    /// <summary>A board with its groups; null if there is none.</summary>
    public static Task<Board?> Board(SiteDb db, string key) => boards.On(db)(db, key);

    /// <summary>A page of topics, and where the next one begins; null if it is the last.</summary>
    /// <param name="db">The site's database.</param>
    /// <param name="board">A board that the reader may read.</param>
    /// <param name="hidden">Whether hidden topics are among them.</param>
    /// <param name="before">Where the page before ended; null for the first page, which shows the pinned topics too.</param>
    /// <param name="size">How many that are not pinned.</param>
    /// <param name="ct">Ends the query.</param>
    public static async Task<(List<TopicLine> Topics, string? Older)> Topics(SiteDb db, long board, bool hidden, Cursor? before, int size, CancellationToken ct = default)
    {
        var found = before is { } end
            ? await olderTopics.On(db)(db, board, hidden, size + 1, end.At, end.Id).ToListAsync(ct)
            : await firstTopics.On(db)(db, board, hidden, size + 1).ToListAsync(ct);
        var pinned = found.Where(t => before is null && t.Pinned).OrderByDescending(t => t.PinnedAt);
        var page = found.Where(t => !t.Pinned).OrderByDescending(t => t.LastPostAt).ThenByDescending(t => t.Id).ToList();
        if (page.Count <= size) return ([.. pinned, .. page], null);
        page.RemoveAt(size);
        return ([.. pinned, .. page], new Cursor(page[^1].LastPostAt, page[^1].Id).ToString());
    }

    /// <summary>The titles of each topic's first posts behind the opening, as the tree has them.</summary>
    public static async Task<ILookup<long, TitleLine>> Titles(SiteDb db, IEnumerable<TopicLine> topics, CancellationToken ct = default)
    {
        var ids = topics.Where(t => t.Total > 1).Select(t => t.Id).ToArray();
        var lines = ids.Length == 0 ? [] : await titles.On(db)(db, ids).ToListAsync(ct);
        return lines.ToLookup(t => t.TopicId);
    }

    /// <summary>A page of the board's posts, the newest first, and where the next one begins; null if it is the last.</summary>
    public static async Task<(List<PostEntry> Posts, string? Older)> Posts(SiteDb db, long board, long before, int size, CancellationToken ct = default)
    {
        var page = await posts.On(db)(db, board, before, size + 1).ToListAsync(ct);
        if (page.Count <= size) return (page, null);
        page.RemoveAt(size);
        return (page, page[^1].Id.ToString());
    }
}
