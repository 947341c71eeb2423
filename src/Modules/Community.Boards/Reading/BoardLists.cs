using System.Linq.Expressions;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>A line of the title tree; no text if the post is hidden or deleted.</summary>
public sealed record TitleLine(long TopicId, int Number, int Depth, string? Text, string? Unrendered, string? AuthorName, DateTime At)
{
    public string? Heading => Unrendered is null ? Text : Post.SnippetOf(Unrendered);
}

/// <summary>A board as lists show it, with its latest post, and how much the reader hears of it.</summary>
public sealed record BoardLine(long Id, string Key, string Name, string Description, bool Archived, int Topics, int Posts,
    long? LastTopicId, int? LastNumber, string? LastTitle, DateTime? LastAt, string? LastAuthor, string? LastHandle,
    BoardKind Kind, FollowLevel? Level, string Icon, long? CategoryId, Translations? CategoryNames, BoardPicture? Picture);

/// <summary>
/// What a board's page lists: its topics by latest post, pinned ones first; the first titles of each topic; or its posts by date.
/// Each takes one query, however full the board is. Check <see cref="Board.MayRead"/> first: these queries leave out only what is hidden,
/// and do not check who may read the board.
/// </summary>
public static class BoardLists
{
    const int MaxPinned = 20;

    sealed record Found(Board Board, string? Recent, long Moves, FollowLevel? Level);

    static readonly CompiledQuery<Func<SiteDb, string, long, Task<Found?>>> boards = new(() =>
        EF.CompileAsyncQuery((SiteDb db, string key, long member) =>
        db.Set<Board>().AsNoTracking().Include(b => b.Groups).Where(b => b.Key == key)
            // As one string: a list would be joined to the board and repeat it in every row.
            .Select(b => new Found(b,
                db.Set<Post>().OrderByDescending(p => p.Id).Take(Horizon.Window).GroupBy(p => 1)
                    .Select(g => string.Join(".", g.Select(p => p.Id.ToString()))).FirstOrDefault(),
                db.Set<TopicStay>().Max(s => (long?)s.Id) ?? 0,
                db.Set<BoardFollow>().Where(f => f.BoardId == b.Id && f.MemberId == member).Select(f => (FollowLevel?)f.Level)
                    .FirstOrDefault()))
            .FirstOrDefault()));

    static readonly Expression<Func<SiteDb, long, bool, int, long, IQueryable<Topic>>> first = (db, board, hidden, count, own) =>
        db.Set<Topic>()
            .Where(t =>
                db.Set<Topic>()
                    .Where(p => p.BoardId == board && p.PinnedAt != null && p.MergedInto == null
                        && (hidden || p.HiddenAt == null || (p.Withheld != Withheld.No && p.AuthorId == own)))
                    .OrderByDescending(p => p.PinnedAt)
                    .Take(MaxPinned)
                    .Select(p => p.Id)
                    .Concat(
                        db.Set<Topic>()
                            .Where(p => p.BoardId == board && p.PinnedAt == null && p.MergedInto == null
                        && (hidden || p.HiddenAt == null || (p.Withheld != Withheld.No && p.AuthorId == own)))
                            .OrderByDescending(p => p.LastPostAt)
                            .ThenByDescending(p => p.Id)
                            .Take(count)
                            .Select(p => p.Id)
                    )
                    .Contains(t.Id)
            );

    static readonly Expression<Func<SiteDb, long, bool, int, DateTime, long, long, IQueryable<Topic>>> older =
        (db, board, hidden, count, at, id, own) =>
            db.Set<Topic>()
                .Where(t =>
                    t.BoardId == board
                    && t.PinnedAt == null
                    && t.MergedInto == null
                        && (hidden || t.HiddenAt == null || (t.Withheld != Withheld.No && t.AuthorId == own))
                    && (t.LastPostAt < at || (t.LastPostAt == at && t.Id < id))
                )
                .OrderByDescending(t => t.LastPostAt)
                .ThenByDescending(t => t.Id)
                .Take(count);

    static readonly CompiledQuery<Func<SiteDb, long, bool, int, long, IAsyncEnumerable<TopicLine>>> firstTopics = new(() =>
        EF.CompileAsyncQuery(Lines<Func<SiteDb, long, bool, int, long, IQueryable<TopicLine>>>(first)));

    static readonly CompiledQuery<Func<SiteDb, long, bool, int, DateTime, long, long, IAsyncEnumerable<TopicLine>>> olderTopics = new(() =>
        EF.CompileAsyncQuery(Lines<Func<SiteDb, long, bool, int, DateTime, long, long, IQueryable<TopicLine>>>(older)));

    static readonly CompiledQuery<Func<SiteDb, long, long, bool, int, long, IAsyncEnumerable<Unread.Row>>> firstForMember = new(() =>
        EF.CompileAsyncQuery(
            Unread.WithLines<
                Func<SiteDb, long, bool, int, long, IQueryable<Topic>>,
                Func<SiteDb, long, long, bool, int, long, IQueryable<Unread.Row>>
            >(first)
        )
    );

    static readonly CompiledQuery<Func<SiteDb, long, long, bool, int, DateTime, long, long, IAsyncEnumerable<Unread.Row>>> olderForMember =
        new(() => EF.CompileAsyncQuery(Unread.WithLines<
            Func<SiteDb, long, bool, int, DateTime, long, long, IQueryable<Topic>>,
            Func<SiteDb, long, long, bool, int, DateTime, long, long, IQueryable<Unread.Row>>>(older)));

    static Expression<T> Lines<T>(LambdaExpression topics) => Expression.Lambda<T>(
        Expression.Call(typeof(Queryable), nameof(Queryable.Select), [typeof(Topic), typeof(TopicLine)],
            topics.Body, Expression.Quote(TopicLine.Of)),
        topics.Parameters);

    // One short index scan per topic: a window function would read all posts of long topics.
    static readonly CompiledQuery<Func<SiteDb, long[], bool, long, IAsyncEnumerable<TitleLine>>> titles = new(() =>
        EF.CompileAsyncQuery(
            (SiteDb db, long[] topics, bool all, long reader) =>
                from t in db.Set<Topic>()
                join p in db.Set<Post>() on t.Id equals p.TopicId
                where
                    topics.Contains(t.Id)
                    && (all || p.Withheld == Withheld.No || p.AuthorId == reader)
                    && string.Compare(p.Path, "") > 0
                    && string.Compare(
                        p.Path,
                        db.Set<Post>()
                            .Where(l => l.TopicId == t.Id && string.Compare(l.Path, "") > 0)
                            .OrderBy(l => l.Path)
                            .Skip(MaxTitles)
                            .Select(l => l.Path)
                            .FirstOrDefault()
                            ?? "~"
                    ) <= 0
                orderby p.TopicId, p.Path
                select new TitleLine(
                    p.TopicId,
                    p.Number,
                    p.Depth,
                    (p.HiddenAt == null || p.Withheld == Withheld.Waiting) && p.DeletedAt == null ? p.Title ?? p.Snippet : null,
                    p.HiddenAt == null && p.DeletedAt == null && p.Title == null && p.HtmlVersion != Markup.Version
                        ? p.Text.Substring(0, Post.SnippetFrom)
                        : null,
                    p.Author!.Name ?? p.GuestName,
                    p.At
                )
        )
    );

    // By date, not by id: an import brings old posts with new ids.
    static readonly CompiledQuery<Func<SiteDb, long, DateTime, long, int, IAsyncEnumerable<PostEntry>>> posts = new(() =>
        EF.CompileAsyncQuery(
            (SiteDb db, long board, DateTime at, long before, int count) =>
                db.Set<Post>()
                    .Where(p =>
                        p.BoardId == board && p.At <= at && (p.At < at || p.Id < before)
                        && p.Topic.HiddenAt == null && p.HiddenAt == null && p.DeletedAt == null
                    )
                    .OrderByDescending(p => p.At)
                    .ThenByDescending(p => p.Id)
                    .Take(count)
                    .Select(PostEntry.Of)
        )
    );

    /// <summary>How many titles of a topic the title tree shows, not counting the opening post.</summary>
    public const int TitlesOfTopic = 10;

    // Pages.Max(TitlesOfTopic), as a query cannot call it: a line "1 more" would take as much room as the title.
    const int MaxTitles = TitlesOfTopic + TitlesOfTopic / 3;

    /// <summary>
    /// A board with its groups, null if there is none; the <see cref="Horizon"/>, taken before any of the board's posts are read; and how
    /// much the member hears of it.
    /// </summary>
    public static async Task<(Board? Board, Horizon Known, FollowLevel Level)> Board(SiteDb db, string key, long? member) =>
        await boards.On(db)(db, key, member ?? 0) is { } found
            ? (found.Board, Horizon.Of(found.Recent, found.Moves), found.Level ?? FollowLevel.Normal)
            : (null, new Horizon(0, 0, []), FollowLevel.Normal);

    /// <summary>The boards that the reader may read; archived ones at the end.</summary>
    public static Task<List<BoardLine>> All(SiteDb db, Reader reader, CancellationToken ct = default)
    {
        var member = reader.Id ?? 0;
        var follows = db.BoardFollows;
        return (from b in db.Boards.VisibleTo(reader)
                join p in db.Posts on b.LastPostId equals (long?)p.Id into last
                from p in last.DefaultIfEmpty()
                orderby b.ArchivedAt != null, b.CategoryId != null, b.Category!.Position, b.CategoryId, b.Position, b.Id
                select new BoardLine(b.Id, b.Key, b.Name, b.Description, b.ArchivedAt != null, b.TopicCount, b.PostCount,
                    (long?)p!.TopicId, (int?)p.Number, p.Topic.Title, (DateTime?)p.At, p.Author!.Name ?? p.GuestName,
                    p.Author.Handle, b.Kind,
                    follows.Where(f => f.BoardId == b.Id && f.MemberId == member).Select(f => (FollowLevel?)f.Level).FirstOrDefault(),
                    b.Icon, b.CategoryId, b.Category!.Names, b.PictureHash == null ? null
                        : new BoardPicture(b.PictureHash, b.PictureSmallHash, b.PictureWidth, b.PictureHeight, b.PictureAlt)))
            .ToListAsync(ct);
    }

    /// <summary>A page of topics, where the next one begins, and what the reader has not read of them.</summary>
    /// <param name="Topics">Pinned ones first.</param>
    /// <param name="Older">Null if this is the last page.</param>
    /// <param name="Unseen">By topic id; empty for a visitor.</param>
    public sealed record PageOfTopics(
        IReadOnlyList<TopicLine> Topics, string? Older, IReadOnlyDictionary<long, Unseen> Unseen);

    /// <summary>A page of topics.</summary>
    /// <param name="db">The site's database.</param>
    /// <param name="board">A board that the reader may read.</param>
    /// <param name="reader">Decides whether hidden topics are included, see <see cref="Boards.Topic.ShownRule"/>.</param>
    /// <param name="before">Where the previous page ended; null for the first page, which also shows the pinned topics.</param>
    /// <param name="size">How many unpinned topics.</param>
    /// <param name="ct">Cancels the query.</param>
    public static async Task<PageOfTopics> Topics(
        SiteDb db,
        long board,
        Reader reader,
        Cursor? before,
        int size,
        CancellationToken ct = default
    )
    {
        var (hidden, asked) = (reader.Moderates(board), Pages.Asked(size));
        var (found, unseen) = (new List<TopicLine>(asked), new Dictionary<long, Unseen>());
        if (reader.Id is { } member)
            await foreach (var row in before is { } end
                ? olderForMember.On(db)(db, member, board, hidden, asked, end.At, end.Id, member)
                : firstForMember.On(db)(db, member, board, hidden, asked, member))
            {
                found.Add(row.Line!);
                unseen[row.TopicId] = Unread.Of(row);
            }
        else
            await foreach (var line in before is { } end
                ? olderTopics.On(db)(db, board, hidden, asked, end.At, end.Id, 0)
                : firstTopics.On(db)(db, board, hidden, asked, 0))
                found.Add(line);
        ct.ThrowIfCancellationRequested();
        var pinned = found.Where(t => before is null && t.Pinned).OrderByDescending(t => t.PinnedAt).ToList();
        var page = found.Where(t => !t.Pinned).OrderByDescending(t => t.LastPostAt).ThenByDescending(t => t.Id).ToList();
        var next = Pages.TrimToPage(page, size) ? new Cursor(page[^1].LastPostAt, page[^1].Id).ToString() : null;
        return new(pinned.Count > 0 ? [.. pinned, .. page] : page, next, unseen);
    }

    /// <summary>The titles of each topic's first posts after the opening, in tree order, by topic id.</summary>
    public static async Task<IReadOnlyDictionary<long, List<TitleLine>>> Titles(
        SiteDb db, IReadOnlyList<TopicLine> topics, Reader reader, CancellationToken ct = default)
    {
        var found = new Dictionary<long, List<TitleLine>>(topics.Count);
        long[] ids = [.. topics.Where(t => t.Total > 1).Select(t => t.Id)];
        if (ids.Length == 0)
            return found;
        await foreach (
            var line in titles.On(db)(db, ids, topics.All(t => reader.Moderates(t.BoardId)), reader.Id ?? 0).WithCancellation(ct)
        )
        {
            if (!found.TryGetValue(line.TopicId, out var lines)) found[line.TopicId] = lines = new(MaxTitles + 1);
            lines.Add(line);
        }
        foreach (var lines in found.Values) Pages.TrimToPage(lines, TitlesOfTopic);
        return found;
    }

    /// <summary>A page of the board's posts, the newest first, and where the next one begins; null if this is the last.</summary>
    public static async Task<(List<PostEntry> Posts, string? Older)> Posts(
        SiteDb db,
        long board,
        Cursor? before,
        int size,
        CancellationToken ct = default
    )
    {
        var (at, id) = before is { } end ? (end.At, end.Id) : (db.Now.AddDays(1), long.MaxValue);
        var page = await posts.On(db)(db, board, at, id, Pages.Asked(size)).ToListAsync(ct);
        return (page, Pages.TrimToPage(page, size) ? new Cursor(page[^1].At, page[^1].Id).ToString() : null);
    }
}
