using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>
/// Versions of what visitors see, by site and name (<c>*</c> for the whole site, else a board's key). They live in process;
/// with several nodes the catalogue carries them, read by <see cref="SiteDirectory"/> every few seconds.
/// </summary>
public sealed class ContentVersions(Databases databases, TimeProvider time)
{
    /// <summary>The whole site.</summary>
    public const string Whole = "*";

    readonly ConcurrentDictionary<(long Site, string Name), long> versions = new();
    // A restarted process must not reuse a version under which another node or a proxy still holds a page.
    readonly long start = time.GetUtcNow().ToUnixTimeMilliseconds();

    public long Of(Site site, string name) => versions.GetValueOrDefault((site.Id, name), start);

    internal async Task Bump(Site site, IEnumerable<string> names)
    {
        var now = time.GetUtcNow();
        foreach (var name in names.Append(Whole).Distinct())
        {
            var version = versions.AddOrUpdate((site.Id, name), start + 1, (_, old) => Math.Max(old + 1, now.ToUnixTimeMilliseconds()));
            if (databases.IsShared) await Tell(site.Id, name, version, now.UtcDateTime);
        }
    }

    internal void Hear(ContentVersion row) => versions.AddOrUpdate((row.SiteId, row.Name), row.Version, (_, old) => Math.Max(old, row.Version));

    async Task Tell(long site, string name, long version, DateTime now)
    {
        await using var db = databases.OpenCatalogue();
        var told = await db.ContentVersions.Where(v => v.SiteId == site && v.Name == name)
            .ExecuteUpdateAsync(s => s.SetProperty(v => v.Version, version).SetProperty(v => v.ChangedAt, now));
        if (told > 0) return;
        db.ContentVersions.Add(new ContentVersion { SiteId = site, Name = name, Version = version, ChangedAt = now });
        try { await db.SaveChangesAsync(); }
        catch (DbUpdateException) { /* Another node was first; its version is as new. */ }
    }
}
