using System.Collections.Concurrent;

namespace Community.Kernel;

/// <summary>What <see cref="SiteDb.Cached"/> keeps, under the <see cref="ContentVersions"/> of its name.</summary>
public sealed class SiteCache(ContentVersions versions, TimeProvider time)
{
    // If a node dies between its commit and the notice, the others see its change after this time.
    static readonly TimeSpan Old = TimeSpan.FromMinutes(1);

    sealed record Kept(long Version, long At, object Value);

    readonly ConcurrentDictionary<(long Site, string Name), Kept> all = new();

    public ValueTask<T> Get<T>(Site site, string name, Func<Task<T>> load) where T : class =>
        all.TryGetValue((site.Id, name), out var kept) && kept.Version == versions.Of(site, name) && time.GetElapsedTime(kept.At) < Old
            ? new((T)kept.Value)
            : Load(site, name, load);

    // The version is taken before the rows are read: a change that commits meanwhile makes what was read old.
    async ValueTask<T> Load<T>(Site site, string name, Func<Task<T>> load) where T : class
    {
        var (version, at) = (versions.Of(site, name), time.GetTimestamp());
        var value = await load();
        all[(site.Id, name)] = new(version, at, value);
        return value;
    }
}
