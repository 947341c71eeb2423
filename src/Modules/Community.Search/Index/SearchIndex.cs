using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Search;

/// <summary>
/// An index over a site's posts; its words stand in a table of its own, see <see cref="IndexTable"/>. A site has one that is searched, and
/// at times another that is being built and will replace it. Both can be made anew from the posts at any time.
/// </summary>
public sealed class SearchIndex
{
    /// <summary>Part of its table's name; never given twice.</summary>
    public long Id { get; set; }
    /// <summary>The rules by which texts were cut into words, see <see cref="Grams.Version"/>.</summary>
    public int Rules { get; set; }
    public DateTime StartedAt { get; set; }
    /// <summary>The last post that the building has read.</summary>
    public long ReadUpTo { get; set; }
    /// <summary>From then on it is searched; null while it is being built.</summary>
    public DateTime? BuiltAt { get; set; }
}

public static class SearchDb
{
    extension(SiteDb db)
    {
        public DbSet<SearchIndex> SearchIndexes => db.Set<SearchIndex>();
    }

    /// <summary>The index that is searched; null while there is none.</summary>
    public static IQueryable<SearchIndex> Current(this IQueryable<SearchIndex> indexes) =>
        indexes.Where(i => i.BuiltAt != null).OrderByDescending(i => i.Id);

    /// <summary>The index on the operators' status page.</summary>
    internal static async Task<IReadOnlyList<StatusLine>> Status(SiteDb db, CancellationToken ct)
    {
        var built = await db.SearchIndexes.AsNoTracking().Current().FirstOrDefaultAsync(ct);
        return [new("search.status.built", At: built?.BuiltAt, Warn: built is null)];
    }

    internal static void Map(ModelBuilder model) => model.Entity<SearchIndex>().ToTable("search_indexes");
}
