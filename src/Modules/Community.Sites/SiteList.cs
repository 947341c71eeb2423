using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Sites;

/// <summary>The sites of the catalogue, as the console and the command line list them. No site's database is opened.</summary>
public sealed class SiteList(Databases databases)
{
    public sealed record Row(Site Site, bool IsReady, DateTime CreatedAt);
    /// <param name="Rows">The rows, ordered by key.</param>
    /// <param name="Count">The number of matches.</param>
    /// <param name="Next">The key after which the next page begins; null on the last page.</param>
    public sealed record Found(IReadOnlyList<Row> Rows, int Count, string? Next);
    public sealed record Figures(int All, int Active, int Suspended);

    /// <summary>Sites whose key, name or host has <paramref name="words"/> in it.</summary>
    public async Task<Found> Find(string? words, string? after, int most, CancellationToken ct)
    {
        await using var db = databases.OpenCatalogue();
        var matching = Present(db);
        if (words?.Trim().ToLowerInvariant() is { Length: > 0 } w)
            matching = matching.Where(s => s.Key.Contains(w) || s.Name.ToLower().Contains(w) || s.Hosts.Any(h => h.Host.Contains(w)));
        var count = await matching.CountAsync(ct);
        if (!string.IsNullOrEmpty(after)) matching = matching.Where(s => string.Compare(s.Key, after) > 0);
        var (rows, more) = await matching.AsNoTracking().Include(s => s.Hosts).OrderBy(s => s.Key).PageOf(most, ct);
        return new([.. rows.Select(ToRow)], count, more ? rows[^1].Key : null);
    }

    public async Task<Row?> WithKey(string key, CancellationToken ct)
    {
        await using var db = databases.OpenCatalogue();
        var row = await Present(db).AsNoTracking().Include(s => s.Hosts).FirstOrDefaultAsync(s => s.Key == key, ct);
        return row is null ? null : ToRow(row);
    }

    public async Task<Figures> Count(CancellationToken ct)
    {
        await using var db = databases.OpenCatalogue();
        var states = await Present(db)
            .GroupBy(s => s.State)
            .Select(g => new { g.Key, Count = g.Count() })
            .ToDictionaryAsync(g => g.Key, g => g.Count, ct);
        return new(states.Values.Sum(), states.GetValueOrDefault(SiteState.Active), states.GetValueOrDefault(SiteState.Suspended));
    }

    static IQueryable<CatalogueSite> Present(CatalogueDb db) => db.Sites.Where(s => s.State != SiteState.Deleted);

    static Row ToRow(CatalogueSite row) => new(SiteDirectory.ToSite(row), row.ReadyAt is not null, row.CreatedAt);
}
