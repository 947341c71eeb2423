using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>
/// Versions of what visitors see, by site and name (the whole site, its people, or a board's key). They are kept in memory;
/// with several nodes <see cref="CatalogueNotices"/> carries them through the catalogue within seconds.
/// If a node dies in between, the others serve what they have cached until it expires.
/// </summary>
public sealed class ContentVersions(Databases databases, TimeProvider time)
{
    /// <summary>The whole site.</summary>
    public const string Whole = "*";
    /// <summary>Members' names and pictures, which appear on pages of every board. No board's key starts with @.</summary>
    public const string People = "@people";

    readonly ConcurrentDictionary<(long Site, string Name), long> versions = new();
    readonly ConcurrentDictionary<(long Site, string Name), byte> untold = new();
    /// <summary>What the catalogue had when this node last read or wrote it.</summary>
    readonly ConcurrentDictionary<(long Site, string Name), long> known = new();
    // A restarted process must not reuse a version under which another node or a proxy still holds a page.
    readonly long start = time.GetUtcNow().ToUnixTimeMilliseconds();

    public long Of(Site site, string name) => versions.GetValueOrDefault((site.Id, name), start);

    internal void Bump(Site site, IEnumerable<string> names)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var name in names.Append(Whole).Distinct())
        {
            versions.AddOrUpdate((site.Id, name), Math.Max(start + 1, now), (_, old) => Math.Max(old + 1, now));
            if (databases.IsShared) untold[(site.Id, name)] = 0;
        }
    }

    internal void Hear(ContentVersion row)
    {
        known[(row.SiteId, row.Name)] = row.Version;
        versions.AddOrUpdate((row.SiteId, row.Name), row.Version, (_, old) => Math.Max(old, row.Version));
    }

    /// <summary>Publishes this node's changes to the other nodes: many changes of one board within a second become one row.</summary>
    internal async Task Tell(CancellationToken ct)
    {
        foreach (var (key, _) in untold)
        {
            untold.TryRemove(key, out _);
            try { await Tell(key.Site, key.Name, versions[key], ct); }
            catch
            {
                untold[key] = 0;
                throw;
            }
        }
    }

    async Task Tell(long site, string name, long version, CancellationToken ct)
    {
        var (now, ours) = (time.GetUtcNow().UtcDateTime, known.GetValueOrDefault((site, name)));
        await using var db = databases.OpenCatalogue();
        for (var attempt = 1; ; attempt++)
        {
            // A version that this node does not know is another node's change. Then it becomes higher than both: whoever holds one of them,
            // this node too, must see the other, whichever clock is ahead.
            if (
                await db
                    .ContentVersions.Where(v => v.SiteId == site && v.Name == name)
                    .ExecuteUpdateAsync(
                        s =>
                            s.SetProperty(
                                    v => v.Version,
                                    v => v.Version == ours ? version : (v.Version > version ? v.Version : version) + 1
                                )
                                .SetProperty(v => v.ChangedAt, now),
                        ct
                    ) > 0
            )
            {
                known.TryUpdate((site, name), version, ours);
                return;
            }
            db.ContentVersions.Add(
                new ContentVersion
                {
                    SiteId = site,
                    Name = name,
                    Version = version,
                    ChangedAt = now,
                }
            );
            try
            {
                await db.SaveChangesAsync(ct);
                known[(site, name)] = version;
                return;
            }
            // Another node inserted the row first.
            catch (DbUpdateException error) when (attempt == 1 && error.IsDuplicate()) { db.ChangeTracker.Clear(); }
        }
    }
}
