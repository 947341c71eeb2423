using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Community.Kernel;

/// <summary>
/// Exchanges change notices between the nodes and the command line within seconds: two indexed queries for all sites together. On SQLite
/// one that reads two numbers of each site, and none where nothing was committed.
/// </summary>
public sealed class CatalogueNotices(
    Databases databases,
    SiteDirectory sites,
    ContentVersions versions,
    TimeProvider time,
    ILogger<CatalogueNotices> logger
) : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    /// <summary>Node clocks differ by seconds, and on a busy server a commit happens seconds after the time recorded in it.</summary>
    static readonly TimeSpan Overlap = TimeSpan.FromSeconds(30);

    readonly Dictionary<long, long> seen = [];
    // Time of the last successful read, so that changes made while the catalogue was away or this process suspended are read later.
    DateTime heard = time.GetUtcNow().UtcDateTime;
    long? heardStamp;

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await versions.Tell(ct);
                await Hear(ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                logger.LogWarning(error, "The catalogue could not be asked for changes; asked again in {Seconds} s", Every.TotalSeconds);
            }
            await Task.Delay(Every, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        try
        {
            await versions.Tell(CancellationToken.None);
        }
        catch (Exception error)
        {
            logger.LogWarning(error, "The other nodes could not be told the last changes; they show them when their pages expire");
        }
    }

    async Task Hear(CancellationToken ct)
    {
        var stamp = databases.CatalogueStamp();
        if (stamp is not null && stamp == heardStamp) return;
        var now = time.GetUtcNow().UtcDateTime;
        var since = (heard < now ? heard : now) - Overlap;
        await using var db = databases.OpenCatalogue();
        // With the stamp no clock is needed: a command beside the server may have another.
        var changed = stamp is null ? db.Sites.Where(s => s.ChangedAt > since) : db.Sites;
        foreach (var row in await changed.Select(s => new { s.Id, s.Version }).ToListAsync(ct))
        {
            if (seen.GetValueOrDefault(row.Id, -1) == row.Version) continue;
            seen[row.Id] = row.Version;
            sites.Forget(row.Id);
        }
        if (databases.IsShared)
            foreach (var row in await db.ContentVersions.AsNoTracking().Where(v => v.ChangedAt > since).ToListAsync(ct)) versions.Hear(row);
        (heard, heardStamp) = (now, stamp);
    }
}
