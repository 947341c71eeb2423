using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>
/// A module's settings on the site of this request or job: <c>(await settings.Get()).LeastAge</c>. They are cached, and
/// a change reaches all nodes within seconds.
/// </summary>
/// <typeparam name="T">The record, one of <see cref="Module.Settings"/>.</typeparam>
public sealed class Settings<T>(SiteSettings all, Site site)
    where T : class, new()
{
    /// <summary>The settings as they are now.</summary>
    public ValueTask<T> Get(CancellationToken ct = default) => all.Of<T>(site, ct);
}

/// <summary>
/// Caches the sites' settings, read by one query for all modules together. A change updates <see cref="Site.Version"/> in the
/// catalogue, which every node notices within seconds; if the process dies before that, the change is seen when the cache
/// expires.
/// </summary>
public sealed class SiteSettings(SiteDatabases databases, ModuleList modules, TimeProvider time)
{
    static readonly TimeSpan Old = TimeSpan.FromMinutes(1);

    sealed record Kept(long Version, long At, IReadOnlyDictionary<Type, object> Parts);

    readonly ConcurrentDictionary<long, Kept> bySite = new();

    public ValueTask<T> Of<T>(Site site, CancellationToken ct) where T : class, new() =>
        bySite.TryGetValue(site.Id, out var kept) && kept.Version >= site.Version && time.GetElapsedTime(kept.At) < Old
            ? new((T)kept.Parts[typeof(T)])
            : Load<T>(site, ct);

    async ValueTask<T> Load<T>(Site site, CancellationToken ct)
    {
        var at = time.GetTimestamp();
        // Uses its own database context, because parts of a page may be loading concurrently on theirs.
        await using var db = databases.Open(site);
        var rows = await db.StoredSettings.AsNoTracking().ToDictionaryAsync(s => s.Part, s => s.Json, ct);
        var kept = new Kept(
            site.Version,
            at,
            modules.Settings.ToDictionary(p => p.Type, p => p.Read(rows.GetValueOrDefault(p.Name)))
        );
        bySite.AddOrUpdate(site.Id, kept, (_, before) => before.Version > kept.Version ? before : kept);
        return (T)kept.Parts[typeof(T)];
    }
}
