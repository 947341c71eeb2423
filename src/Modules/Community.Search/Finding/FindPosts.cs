using System.Diagnostics;
using Community.Boards;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Search;

/// <summary>How found posts are sorted.</summary>
public enum SearchOrder { Newest, Best }

/// <summary>What is searched for, with the fields of the form.</summary>
/// <param name="Query">What was typed.</param>
/// <param name="Author">The name of the author; null for anybody.</param>
/// <param name="Board">The key or name of the board; null for any.</param>
/// <param name="From">Not before this moment.</param>
/// <param name="Until">Before this moment.</param>
/// <param name="Order">Newest or best first.</param>
/// <param name="Below">Only posts with a lower key: where the page before ended.</param>
/// <param name="Skip">Best first: so many were shown on pages before.</param>
public sealed record SearchRequest(
    SearchQuery Query,
    string? Author,
    string? Board,
    DateTime? From,
    DateTime? Until,
    SearchOrder Order = SearchOrder.Newest,
    long Below = long.MaxValue,
    int Skip = 0
);

/// <summary>A page of found posts.</summary>
/// <param name="Posts">The posts.</param>
/// <param name="Next">The key below which the next page begins (newest first); null on the last.</param>
/// <param name="Top">Best first: below this key the posts were chosen.</param>
/// <param name="HasMore">Whether there may be more.</param>
/// <param name="Building">How much of the index is built, in per cent; null if it is built.</param>
public sealed record FoundPage(IReadOnlyList<FoundPost> Posts, long? Next, long Top, bool HasMore, int? Building = null)
{
    public static readonly FoundPage Empty = new([], null, long.MaxValue, false);
}

/// <summary>
/// Finds posts that a reader may read. The index gives candidates, the newest first; the boards' own rules say which of them the reader may
/// read; the text itself says whether it has the terms as they were typed. All of it in rounds, so the time is bounded whatever is asked:
/// then the page is shorter, and the next goes on.
/// </summary>
public sealed class FindPosts(SiteDb db)
{
    public const int PageSize = 20;
    /// <summary>Best first: so many of the newest posts that fit are compared.</summary>
    public const int MaxRanked = 200;
    /// <summary>A board or an author with at most so many posts is read without the index.</summary>
    const int FewPosts = 1000;
    /// <summary>Texts read together: those of a page and some that do not fit, or half of what is compared.</summary>
    const int Batch = 30, RankedBatch = MaxRanked / 2;
    /// <summary>Hits of a round, each of which takes three times as many as the one before.</summary>
    const int FirstRound = 100, MaxRound = 1000;
    static readonly TimeSpan MaxTime = TimeSpan.FromMilliseconds(700);

    public async Task<FoundPage> Find(SearchRequest request, Reader reader, CancellationToken ct)
    {
        var terms = request.Query.Terms;
        var posts = db.Posts.AsNoTracking().VisibleTo(reader).Present();
        if (request.From is { } from) posts = posts.Where(p => p.At >= from);
        if (request.Until is { } until) posts = posts.Where(p => p.At < until);
        if (request.Below < long.MaxValue)
        {
            var latest = IndexTable.TimeOf(request.Below);
            posts = posts.Where(p => p.At <= latest);
        }
        var (few, authors) = (false, (List<long>?)null);
        if (request.Board is { } named)
        {
            var board = await BoardNamed(named, reader, ct);
            if (board is null) return FoundPage.Empty;
            posts = posts.Where(p => p.BoardId == board.Id);
            few = board.PostCount <= FewPosts;
        }
        if (request.Author is { } name)
        {
            authors = await AuthorsNamed(name, ct);
            if (authors.Count == 0) return FoundPage.Empty;
            few = few || await db.Posts.Where(p => authors.Contains(p.AuthorId!.Value)).Take(FewPosts + 1).CountAsync(ct) <= FewPosts;
        }
        var wanted = request.Order is SearchOrder.Best ? MaxRanked : PageSize + 1;
        var found = new Found(wanted);
        if (few || !request.Query.HasWords) await Read(posts, authors, request, terms, found, ct);
        else
        {
            if (authors is not null) posts = posts.Where(p => authors.Contains(p.AuthorId!.Value));
            if (await db.SearchIndexes.AsNoTracking().Current().FirstOrDefaultAsync(ct) is not { } index)
                return FoundPage.Empty with { Building = await Built(ct) };
            await Search(new IndexTable(db, index.Id), posts, request, terms, found, ct);
        }
        return request.Order is SearchOrder.Best ? Ranked(request, found) : Newest(found);
    }

    /// <summary>What was found so far, and whether to go on.</summary>
    sealed class Found(int wanted)
    {
        readonly long began = Stopwatch.GetTimestamp();
        public List<FoundPost> Posts { get; } = [];
        /// <summary>The key down to which all was read; null when there is nothing more.</summary>
        public long? ReadTo { get; set; }
        public bool IsFull => Posts.Count >= wanted;
        public bool GoesOn => !IsFull && Stopwatch.GetElapsedTime(began) < MaxTime;
    }

    static FoundPage Newest(Found found)
    {
        if (found.Posts.Count <= PageSize) return new(found.Posts, found.ReadTo, long.MaxValue, found.ReadTo is not null);
        var page = found.Posts.Take(PageSize).ToList();
        return new(page, page[^1].Post.Key, long.MaxValue, true);
    }

    static FoundPage Ranked(SearchRequest request, Found found)
    {
        var top = found.Posts.Count > 0 ? found.Posts.Max(p => p.Post.Key) + 1 : long.MaxValue;
        var page = found.Posts.OrderByDescending(p => p.Score).ThenByDescending(p => p.Post.Key).Skip(request.Skip).Take(PageSize).ToList();
        return new(page, null, request.Below < long.MaxValue ? request.Below : top, request.Skip + page.Count < found.Posts.Count);
    }

    async Task Search(
        IndexTable table,
        IQueryable<Post> posts,
        SearchRequest request,
        IReadOnlyList<Term> terms,
        Found found,
        CancellationToken ct
    )
    {
        var lowest = request.From is { } from ? IndexTable.KeyOf(from) : 0;
        var below = request.Until is { } until ? Math.Min(request.Below, IndexTable.KeyOf(until)) : request.Below;
        for (var max = request.Order is SearchOrder.Best ? MaxRanked * 2 : FirstRound; ; max = Math.Min(3 * max, MaxRound))
        {
            var (hits, next) = await table.Find(terms, below, lowest, max, ct);
            var ids = hits.Select(h => h.PostId).ToList();
            var visible = (await posts.Where(p => ids.Contains(p.Id)).Select(p => p.Id).ToListAsync(ct)).ToHashSet();
            foreach (var some in hits.Where(h => visible.Contains(h.PostId)).Chunk(BatchOf(request)))
            {
                await Match(posts, [.. some.Select(h => h.PostId)], terms, found, ct);
                found.ReadTo = some[^1].Key;
                if (!found.GoesOn) return;
            }
            found.ReadTo = next;
            if (next is not { } lower || !found.GoesOn) return;
            below = lower;
        }
    }

    /// <summary>Reads the posts themselves: of somebody, or of a small board, or where no word was typed.</summary>
    static async Task Read(
        IQueryable<Post> posts, List<long>? authors, SearchRequest request, IReadOnlyList<Term> terms, Found found, CancellationToken ct)
    {
        const int max = FewPosts + MaxRanked;
        var read = new List<IndexHit>();
        // One by one: an index has the posts of each by date, and of several together all would be sorted for each page.
        IEnumerable<IQueryable<Post>> each = authors is null ? [posts] : authors.Select(a => posts.Where(p => p.AuthorId == a));
        foreach (var some in each)
            read.AddRange((await some.OrderByDescending(p => p.At).ThenByDescending(p => p.Id).Select(p => new { p.Id, p.At }).Take(max)
                .ToListAsync(ct)).Select(p => new IndexHit(p.Id, IndexTable.KeyOf(p.At, p.Id))));
        var keys = read.OrderByDescending(h => h.Key).Take(max).Where(h => h.Key < request.Below);
        foreach (var some in keys.Chunk(BatchOf(request)))
        {
            await Match(posts, [.. some.Select(h => h.PostId)], terms, found, ct);
            found.ReadTo = some[^1].Key;
            if (!found.GoesOn) return;
        }
        if (read.Count < max) found.ReadTo = null;
    }

    static int BatchOf(SearchRequest request) => request.Order is SearchOrder.Best ? RankedBatch : Batch;

    static async Task Match(IQueryable<Post> posts, List<long> ids, IReadOnlyList<Term> terms, Found found, CancellationToken ct)
    {
        var read = await posts.Where(p => ids.Contains(p.Id)).Select(ReadPost.Of).ToDictionaryAsync(p => p.Id, ct);
        foreach (var id in ids)
            if (read.TryGetValue(id, out var post) && FoundPost.Of(post, terms) is { } fits) found.Posts.Add(fits);
    }

    async Task<Board?> BoardNamed(string named, Reader reader, CancellationToken ct)
    {
        var boards = await db.Boards.AsNoTracking().VisibleTo(reader).ToListAsync(ct);
        var normal = named.Normal();
        return boards.Find(b => b.Key == normal) ?? boards.Find(b => b.Name.Normal() == normal);
    }

    /// <summary>Members of this name, or with one that looks like it; a site's names may stand for several.</summary>
    async Task<List<long>> AuthorsNamed(string name, CancellationToken ct)
    {
        var skeleton = LookAlikes.Of(name);
        if (skeleton.Length == 0) return [];
        return await db.Members.Where(m => m.Skeleton == skeleton).Select(m => m.Id).Order().Take(100).ToListAsync(ct);
    }

    async Task<int> Built(CancellationToken ct)
    {
        var upTo = await db.SearchIndexes.Where(i => i.BuiltAt == null).MaxAsync(i => (long?)i.ReadUpTo, ct) ?? 0;
        var last = await db.Posts.MaxAsync(p => (long?)p.Id, ct) ?? 0;
        return last == 0 ? 0 : (int)(upTo * 100 / last);
    }
}
