using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Community.Kernel;

/// <summary>
/// Hears what other nodes and the command line changed, at the latest after some seconds: two indexed queries for all sites together.
/// </summary>
public sealed class CatalogueNotices(Databases databases, SiteDirectory sites, ContentVersions versions, TimeProvider time, ILogger<CatalogueNotices> logger) : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(2);
    /// <summary>Clocks of nodes differ, and a commit comes later than the time it carries.</summary>
    static readonly TimeSpan Overlap = TimeSpan.FromSeconds(15);

    readonly Dictionary<long, long> seen = [];

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try { await Hear(ct); }
            catch (OperationCanceledException) when (ct.IsCancellationRequested) { return; }
            catch (Exception error) { logger.LogWarning(error, "The catalogue could not be asked for changes; asked again in {Seconds} s", Every.TotalSeconds); }
            await Task.Delay(Every, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    async Task Hear(CancellationToken ct)
    {
        var since = time.GetUtcNow().UtcDateTime - Overlap;
        await using var db = databases.OpenCatalogue();
        foreach (var row in await db.Sites.Where(s => s.ChangedAt > since).Select(s => new { s.Id, s.Version }).ToListAsync(ct))
        {
            if (seen.GetValueOrDefault(row.Id, -1) == row.Version) continue;
            seen[row.Id] = row.Version;
            sites.Forget(row.Id);
        }
        if (!databases.IsShared) return;
        foreach (var row in await db.ContentVersions.AsNoTracking().Where(v => v.ChangedAt > since).ToListAsync(ct)) versions.Hear(row);
    }
}
