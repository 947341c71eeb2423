using System.Collections.Concurrent;
using System.Data.Common;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>
/// Finds sites by host name or id. A site is loaded on first use, and cached until the catalogue reports a change.
/// </summary>
public sealed class SiteDirectory(Databases databases)
{
    readonly ConcurrentDictionary<string, long> byHost = new();
    readonly ConcurrentDictionary<long, Site> byId = new();
    readonly SemaphoreSlim upgrading = new(1);
    readonly Lock keeping = new();

    /// <summary>Unknown host names are cached too, but at most this many, because strangers can send any number of them.</summary>
    const int MaxUnknown = 10_000;
    readonly ConcurrentDictionary<string, byte> unknown = new();
    readonly ConcurrentDictionary<long, byte> checkedSites = new();

    /// <summary>Increases with each <see cref="Forget"/>: what was read before it must not be cached after it.</summary>
    long changes;

    /// <summary>The longest name that DNS allows (RFC 1035 §2.3.4).</summary>
    const int MaxHostLength = 253;

    /// <summary>The site of a host name, in upper or lower case, with or without the trailing dot.</summary>
    public async ValueTask<Site?> Find(string host, CancellationToken ct)
    {
        if (host.EndsWith('.'))
            host = host[..^1];
        if (host.Length is 0 or > MaxHostLength || !host.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or ':' or '[' or ']'))
            return null;
        host = host.ToLowerInvariant();
        if (byHost.TryGetValue(host, out var id) && byId.TryGetValue(id, out var site) && site.Hosts.Contains(host)) return site;
        if (unknown.ContainsKey(host)) return null;
        var before = Volatile.Read(ref changes);
        await using var db = databases.OpenCatalogue();
        var found = await db.Hosts.Where(h => h.Host == host).Select(h => (long?)h.SiteId).FirstOrDefaultAsync(ct);
        if (found is null)
        {
            if (unknown.Count >= MaxUnknown) unknown.Clear();
            lock (keeping)
                if (before == changes) unknown[host] = 0;
            return null;
        }
        return await Load(found.Value, ct);
    }

    public async ValueTask<Site?> Find(long id, CancellationToken ct) =>
        byId.TryGetValue(id, out var site) ? site : await Load(id, ct);

    public async Task<Site?> FindByKey(string key, CancellationToken ct)
    {
        await using var db = databases.OpenCatalogue();
        var id = await db.Sites.Where(s => s.Key == key).Select(s => (long?)s.Id).FirstOrDefaultAsync(ct);
        return id is null ? null : await Find(id.Value, ct);
    }

    async Task<Site?> Load(long id, CancellationToken ct)
    {
        await using var db = databases.OpenCatalogue();
        var before = Volatile.Read(ref changes);
        var row = await db.Sites.AsNoTracking().Include(s => s.Hosts).FirstOrDefaultAsync(s => s.Id == id && s.ReadyAt != null, ct);
        if (row is null || row.State is SiteState.Deleting or SiteState.Deleted) return null;
        if (row.Schema != databases.Schema || !await IsUpToDate(row, ct)) await Upgrade(db, row, ct);
        var site = ToSite(row);
        lock (keeping)
        {
            if (before != changes) return site;
            byId[id] = site;
            foreach (var host in site.Hosts) byHost[host] = id;
        }
        return site;
    }

    /// <summary>Checks the site's database once per process.</summary>
    async Task<bool> IsUpToDate(CatalogueSite row, CancellationToken ct)
    {
        if (checkedSites.ContainsKey(row.Id)) return true;
        try
        {
            if (!await databases.IsUpToDate(ToSite(row), ct)) return false;
            checkedSites[row.Id] = 0;
        }
        catch (DbException)
        {
            // If the database does not respond, the first page that needs it reports that; it is checked again at the next load.
        }
        return true;
    }

    async Task Upgrade(CatalogueDb db, CatalogueSite row, CancellationToken ct)
    {
        await upgrading.WaitAsync(ct);
        try
        {
            // Another caller may have upgraded it while this one waited.
            var schema = await db.Sites.Where(s => s.Id == row.Id).Select(s => s.Schema).FirstOrDefaultAsync(ct);
            if (schema != databases.Schema || !await databases.IsUpToDate(ToSite(row), ct)) await databases.UpgradeSite(ToSite(row), ct);
            await Faults.At("site.upgraded", ToSite(row));
            row.Schema = databases.Schema;
            // A new version may bring jobs that update the site's rows.
            await QueueSignals.Lower(db, row.Id, SiteQueues.Work, QueueSignals.Immediately, null, ct);
            await db.Sites.Where(s => s.Id == row.Id).ExecuteUpdateAsync(s => s.SetProperty(r => r.Schema, databases.Schema), ct);
        }
        finally { upgrading.Release(); }
    }

    /// <summary>Drops a site from the cache because it has changed or is gone.</summary>
    public void Forget(long id)
    {
        lock (keeping)
        {
            Interlocked.Increment(ref changes);
            if (byId.TryRemove(id, out var site))
                foreach (var host in site.Hosts) byHost.TryRemove(host, out _);
            unknown.Clear();
        }
    }

    public static Site ToSite(CatalogueSite row) =>
        new()
        {
            Id = row.Id,
            Key = row.Key,
            Name = row.Name,
            Tagline = row.Tagline,
            State = row.State,
            Hosts = [.. row.Hosts.OrderBy(h => h.Position).Select(h => h.Host)],
            Culture = row.Culture,
            Languages = row.OneLanguage ? [row.Culture] : Texts.Languages,
            TimeZone = row.TimeZone,
            Theme = row.Theme,
            Tokens = JsonSerializer.Deserialize<Dictionary<string, string>>(row.Tokens)!,
            Features = row.Features.Split(',', StringSplitOptions.RemoveEmptyEntries).ToHashSet(),
            MailFrom =
                row.MailFrom.Length > 0
                    ? row.MailFrom
                    : "no-reply@" + row.Hosts.OrderBy(h => h.Position).Select(h => h.Host).FirstOrDefault("localhost"),
            MailFromName = row.MailFromName.Length > 0 ? row.MailFromName : row.Name,
            Schema = row.Schema,
            Version = row.Version,
        };
}
