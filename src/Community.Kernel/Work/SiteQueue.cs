using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Community.Kernel;

/// <summary>
/// One queue of this node: claims a site that has something due, drains it for a while, and says when it has work again.
/// One indexed look at the catalogue a second; a site without work is never opened.
/// </summary>
public abstract class SiteQueue(string queue, Databases databases, SiteDirectory sites, SiteBell bell, TimeProvider time, ILogger logger) : BackgroundService
{
    protected TimeProvider Time => time;

    /// <summary>A node that dies leaves its claim; another takes it over after this time. A drain must end well before.</summary>
    static readonly TimeSpan Lease = TimeSpan.FromSeconds(60);
    static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    readonly string owner = Guid.NewGuid().ToString("N");

    /// <summary>Does what is due, for some seconds at the most; returns when there is more, or null.</summary>
    protected abstract Task<DateTime?> Drain(Site site, CancellationToken ct);

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        var rings = bell.Listen(queue);
        while (!ct.IsCancellationRequested)
        {
            try
            {
                while (rings.TryRead(out var rung)) await ClaimAndDrain(rung, ct);
                if (await FindDue(ct) is { } due)
                {
                    await ClaimAndDrain(due, ct);
                    continue;
                }
                using var wait = CancellationTokenSource.CreateLinkedTokenSource(ct);
                wait.CancelAfter(Poll);
                try { await rings.WaitToReadAsync(wait.Token); }
                catch (OperationCanceledException) when (!ct.IsCancellationRequested) { }
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested) { }
            catch (Exception error)
            {
                logger.LogError(error, "Queue {Queue}: a turn failed; the next follows in a second", queue);
                await Task.Delay(Poll, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    async Task<long?> FindDue(CancellationToken ct)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var db = databases.OpenCatalogue();
        return await db.Work
            .Where(w => w.Queue == queue && ((w.NextAt <= now && (w.LeaseUntil == null || w.LeaseUntil < now)) || w.LeaseUntil < now))
            .OrderBy(w => w.NextAt).Select(w => (long?)w.SiteId).FirstOrDefaultAsync(ct);
    }

    async Task ClaimAndDrain(long siteId, CancellationToken ct)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var db = databases.OpenCatalogue();
        // next_at becomes null with the claim: who adds work from here on lowers it again, and is not overwritten below.
        var claimed = await db.Work.Where(w => w.SiteId == siteId && w.Queue == queue && (w.LeaseUntil == null || w.LeaseUntil < now))
            .ExecuteUpdateAsync(s => s.SetProperty(w => w.Owner, owner).SetProperty(w => w.LeaseUntil, now + Lease).SetProperty(w => w.NextAt, (DateTime?)null), ct);
        if (claimed == 0) return;
        DateTime? next = now + TimeSpan.FromMinutes(1);
        try
        {
            next = await sites.Find(siteId, ct) is { State: SiteState.Active } site ? await Drain(site, ct) : null;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            logger.LogError(error, "Queue {Queue}: site {Site} could not be drained; tried again in a minute", queue, siteId);
        }
        finally
        {
            await Release(db, siteId, next);
        }
    }

    async Task Release(CatalogueDb db, long siteId, DateTime? next)
    {
        var mine = db.Work.Where(w => w.SiteId == siteId && w.Queue == queue && w.Owner == owner);
        if (next is { } at)
            await mine.Where(w => w.NextAt == null || w.NextAt > at).ExecuteUpdateAsync(s => s.SetProperty(w => w.NextAt, at), CancellationToken.None);
        await mine.ExecuteUpdateAsync(s => s.SetProperty(w => w.Owner, (string?)null).SetProperty(w => w.LeaseUntil, (DateTime?)null), CancellationToken.None);
    }
}
