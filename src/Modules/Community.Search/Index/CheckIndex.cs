using Community.Boards;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Search;

/// <summary>What a check of the index found.</summary>
/// <param name="Posts">Posts that can be found.</param>
/// <param name="Missing">Of these, not in the index.</param>
/// <param name="Outdated">Of those whose words were compared, with other words in the index.</param>
/// <param name="Left">Entries of posts that are hidden, deleted or gone.</param>
public readonly record struct IndexCheck(long Posts, long Missing, long Outdated, long Left)
{
    public bool IsGood => Missing + Outdated + Left == 0;
}

/// <summary>
/// Compares the index with the posts: each is there, none that should not be, and the words of some are compared. What is written in this
/// minute may not be in the index yet.
/// </summary>
public sealed class CheckIndex(SiteDb db)
{
    const int Batch = 500;
    /// <summary>The words of one in so many posts are compared.</summary>
    const int Compared = 50;

    /// <returns>Null while no index is built.</returns>
    public async Task<IndexCheck?> Run(CancellationToken ct)
    {
        if (await db.SearchIndexes.AsNoTracking().Current().FirstOrDefaultAsync(ct) is not { } index) return null;
        var table = new IndexTable(db, index.Id);
        var (posts, missing, outdated, left) = (0L, 0L, 0L, 0L);
        for (var after = 0L; ;)
        {
            var some = await db.Posts.Present().Where(p => p.Id > after).OrderBy(p => p.Id).Take(Batch)
                .Select(p => new { p.Id, p.At }).ToListAsync(ct);
            var there = await table.Has(some.ConvertAll(p => IndexTable.KeyOf(p.At, p.Id)), ct);
            posts += some.Count;
            missing += some.Count(p => !there.Contains(IndexTable.KeyOf(p.At, p.Id)));
            // The newest are compared too: with few posts, these are all.
            var chosen = some.Where((_, i) => some.Count < Batch || i % Compared == 0).Select(p => p.Id).ToList();
            foreach (var post in await PostWords.Load(db, chosen, ct))
                if (there.Contains(post.Key) && !await table.Finds(post, ct)) outdated++;
            if (some.Count < Batch) break;
            after = some[^1].Id;
        }
        for (var after = -1L; ;)
        {
            var some = await table.After(after, Batch, ct);
            var ids = some.ConvertAll(h => h.PostId);
            var present = (await db.Posts.Present().Where(p => ids.Contains(p.Id)).Select(p => new { p.Id, p.At }).ToListAsync(ct))
                .Select(p => new IndexHit(p.Id, IndexTable.KeyOf(p.At, p.Id)))
                .ToHashSet();
            left += some.Count(h => !present.Contains(h));
            if (some.Count < Batch) break;
            after = some[^1].Key;
        }
        return new(posts, missing, outdated, left);
    }
}
