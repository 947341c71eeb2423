using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Community.Kernel;

/// <summary>
/// One queue of this node: leases a site that has work due, drains it for a time slice, and records when it next has work.
/// Looks into the catalogue each second, if it may have changed. A site without work is never opened.
/// </summary>
public abstract class SiteQueue(
    string queue,
    Databases databases,
    SiteDirectory sites,
    QueueSignals signals,
    TimeProvider time,
    ILogger logger
) : BackgroundService
{
    protected TimeProvider Time => time;

    /// <summary>No other node can be running, so any lease found at startup belongs to a process that has ended.</summary>
    protected bool IsAlone => !databases.IsShared;

    /// <summary>After this time another node takes over a dead node's lease. Renewed while the site is drained.</summary>
    internal static readonly TimeSpan Lease = TimeSpan.FromSeconds(60);
    static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    /// <summary>Delay before the next attempt after draining a site failed.</summary>
    static readonly TimeSpan AfterFailure = TimeSpan.FromMinutes(1);
    /// <summary>Delay before the next attempt on a site that is still being created: it has work before it is ready.</summary>
    static readonly TimeSpan Unready = TimeSpan.FromSeconds(5);

    /// <summary>Number of sites drained concurrently, so that one that hangs does not hold up the others.</summary>
    protected virtual int Workers => 2;

    /// <summary>Whether a site that is suspended is drained too: for what has to be told to others that it stands still.</summary>
    protected virtual bool GoesOnSuspended => false;

    readonly NothingDue nothingDue = new(databases);
    readonly HashSet<long> signalled = [];
    /// <summary>The sites that this process drains now, and whether they were signalled meanwhile.</summary>
    readonly ConcurrentDictionary<long, bool> draining = new();
    bool tookSignalled;
    /// <summary>When a look last found nothing due.</summary>
    long? foundNothing;

    /// <summary>
    /// How long the last look that found nothing holds. A busy site signals with each commit, and on PostgreSQL each look is a query.
    /// </summary>
    TimeSpan UntilLook => foundNothing is { } at && Poll - time.GetElapsedTime(at) is { Ticks: > 0 } left ? left : TimeSpan.Zero;

    /// <summary>
    /// True until the time slice ends. Checked against both clocks: if the wall clock jumps forward the lease has expired; if it jumps back
    /// the slice
    /// must not get longer.
    /// </summary>
    protected Func<bool> TimeSlice(TimeSpan length)
    {
        var (began, end) = (time.GetTimestamp(), time.GetUtcNow() + length);
        return () => time.GetElapsedTime(began) < length && time.GetUtcNow() < end;
    }

    /// <summary>Makes sure that the site is drained again no later than <paramref name="at"/>.</summary>
    protected Task Reschedule(long siteId, DateTime at) => signals.Lower(siteId, queue, at);

    /// <summary>Does the work that is due, for at most a few seconds. Returns when more work is due, or null if there is none.</summary>
    protected abstract Task<DateTime?> Drain(Site site, CancellationToken ct);

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        using var free = new SemaphoreSlim(Workers);
        var begun = false;
        while (!ct.IsCancellationRequested)
        {
            try
            {
                if (!begun && IsAlone) await ReleaseAll(ct);
                begun = true;
                await free.WaitAsync(ct);
                if (!await StartNext(free, ct)) await signals.Wait(queue, UntilLook, ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested) { }
            catch (Exception error)
            {
                logger.LogError("Queue {Queue}: looking for work failed, retried in a second: {Error}", queue, UntrustedText.Trace(error));
                await Task.Delay(Poll, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        // The workers were cancelled too; each releases its site.
        for (var i = 0; i < Workers; i++) await free.WaitAsync(CancellationToken.None);
    }

    /// <summary>Releases a dead process's leases, so that nobody has to wait for them to expire.</summary>
    async Task ReleaseAll(CancellationToken ct)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var db = databases.OpenCatalogue();
        await db.Work.Where(w => w.Queue == queue && w.Owner != null).ExecuteUpdateAsync(s => s
            .SetProperty(w => w.Owner, (string?)null).SetProperty(w => w.LeaseUntil, (DateTime?)null).SetProperty(w => w.NextAt, now), ct);
    }

    /// <returns>False if no site has work due.</returns>
    async Task<bool> StartNext(SemaphoreSlim free, CancellationToken ct)
    {
        var started = false;
        try
        {
            if (await Next(ct) is not { } next) return false;
            // A busy site is signalled with each commit. Its worker here looks again when it is done; the catalogue need not be told.
            if (next.Signalled && LeftToOurs(next.Site)) return true;
            if (await Claim(next.Site, next.Signalled) is { } owner)
            {
                started = true;
                draining[next.Site] = false;
                _ = Task.Run(
                    async () =>
                    {
                        try
                        {
                            await DrainClaimed(next.Site, owner, ct);
                        }
                        catch (Exception error)
                        {
                            logger.LogError(
                                error,
                                "Queue {Queue}: site {Site} could not be released; its lease runs out",
                                queue,
                                next.Site
                            );
                        }
                        finally
                        {
                            if (draining.TryRemove(next.Site, out var again) && again) signals.Signal(queue, next.Site);
                            free.Release();
                        }
                    },
                    CancellationToken.None
                );
            }
            return true;
        }
        finally { if (!started) free.Release(); }
    }

    /// <summary>Leaves a signalled site to the worker of this process that drains it now; false if there is none.</summary>
    bool LeftToOurs(long site) => draining.TryGetValue(site, out var again) && (again || draining.TryUpdate(site, true, false));

    // Signalled and due sites alternate, so that neither starves the other.
    async Task<(long Site, bool Signalled)?> Next(CancellationToken ct)
    {
        signalled.UnionWith(signals.TakeSignalled(queue));
        tookSignalled = !tookSignalled;
        if ((!tookSignalled || signalled.Count == 0) && UntilLook == TimeSpan.Zero)
        {
            if (await FindDue(ct) is { } due) return (due, false);
            foundNothing = time.GetTimestamp();
        }
        if (signalled.Count == 0) return null;
        var first = signalled.First();
        signalled.Remove(first);
        return (first, true);
    }

    async Task<long?> FindDue(CancellationToken ct)
    {
        var now = time.GetUtcNow().UtcDateTime;
        if (nothingDue.Still(now)) return null;
        await using var db = databases.OpenCatalogue();
        var due = await db.Work
            .Where(w => w.Queue == queue && ((w.NextAt <= now && (w.LeaseUntil == null || w.LeaseUntil < now)) || w.LeaseUntil < now))
            .OrderBy(w => w.NextAt).Select(w => (long?)w.SiteId).FirstOrDefaultAsync(ct);
        if (due is null && databases.CatalogueStamp() is not null)
        {
            var next = await db.Work.Where(w => w.Queue == queue && w.NextAt > now).MinAsync(w => w.NextAt, ct);
            var ends = await db.Work.Where(w => w.Queue == queue && w.LeaseUntil >= now).MinAsync(w => w.LeaseUntil, ct);
            nothingDue.Until(next is null || ends < next ? ends : next);
        }
        return due;
    }

    /// <returns>The owner name of the new lease; null if another worker holds the site.</returns>
    async Task<string?> Claim(long siteId, bool wasSignalled)
    {
        // Not cancellable: a cancelled claim may already have been written, and would block the site for others.
        var ct = CancellationToken.None;
        var owner = Guid.NewGuid().ToString("N");
        var now = time.GetUtcNow().UtcDateTime;
        await using var db = databases.OpenCatalogue();
        // The claim sets next_at to null: a commit that adds work from now on lowers it again, and Release does not overwrite that.
        var claimed = await db
            .Work.Where(w => w.SiteId == siteId && w.Queue == queue && (w.LeaseUntil == null || w.LeaseUntil < now))
            .ExecuteUpdateAsync(
                s =>
                    s.SetProperty(w => w.Owner, owner)
                        .SetProperty(w => w.LeaseUntil, now + Lease)
                        .SetProperty(w => w.NextAt, (DateTime?)null),
                ct
            );
        if (claimed > 0)
            return owner;
        // The current owner may have looked just before the commit, so make the site due again as soon as it is released.
        if (wasSignalled) await QueueSignals.Lower(db, siteId, queue, now, null, ct);
        return null;
    }

    async Task DrainClaimed(long siteId, string owner, CancellationToken ct)
    {
        DateTime? next = time.GetUtcNow().UtcDateTime + AfterFailure;
        using var done = new CancellationTokenSource();
        var renewal = Renew(siteId, owner, done.Token);
        try
        {
            var site = await sites.Find(siteId, ct);
            next =
                site is null ? await NextOfUnknown(siteId, ct)
                : site.State == SiteState.Active || (GoesOnSuspended && site.State == SiteState.Suspended) ? await Drain(site, ct)
                : null;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested) { next = time.GetUtcNow().UtcDateTime; }
        catch (Exception error)
        {
            logger.LogError(
                "Queue {Queue}: site {Site} could not be drained; retried in a minute: {Error}",
                queue,
                siteId,
                UntrustedText.Trace(error)
            );
        }
        finally
        {
            await done.CancelAsync();
            await renewal;
            await Release(siteId, owner, next);
        }
    }

    async Task Renew(long siteId, string owner, CancellationToken done)
    {
        while (true)
        {
            await Task.Delay(Lease / 3, done).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (done.IsCancellationRequested) return;
            try
            {
                var until = time.GetUtcNow().UtcDateTime + Lease;
                await using var db = databases.OpenCatalogue();
                await db
                    .Work.Where(w => w.SiteId == siteId && w.Queue == queue && w.Owner == owner)
                    .ExecuteUpdateAsync(s => s.SetProperty(w => w.LeaseUntil, until), CancellationToken.None);
            }
            catch (Exception error)
            {
                logger.LogWarning(error, "Queue {Queue}: the lease of site {Site} could not be renewed", queue, siteId);
            }
        }
    }

    // A site that is still being created commits work before it is ready. The work of a deleted site is removed.
    async Task<DateTime?> NextOfUnknown(long siteId, CancellationToken ct)
    {
        await using var db = databases.OpenCatalogue();
        if (await db.Sites.AnyAsync(s => s.Id == siteId && s.State != SiteState.Deleting && s.State != SiteState.Deleted, ct))
            return time.GetUtcNow().UtcDateTime + Unready;
        await db.Work.Where(w => w.SiteId == siteId && w.Queue == queue).ExecuteDeleteAsync(ct);
        return null;
    }

    async Task Release(long siteId, string owner, DateTime? next)
    {
        var now = time.GetUtcNow().UtcDateTime;
        // Queue it behind the sites that are already waiting.
        if (next < now) next = now;
        await using var db = databases.OpenCatalogue();
        var mine = db.Work.Where(w => w.SiteId == siteId && w.Queue == queue && w.Owner == owner);
        // A commit may come after our last query, and its process may die before it signals: look again when the hold ends.
        var hold = await mine.Select(w => w.HoldUntil).FirstOrDefaultAsync();
        if (hold > now && (next is null || next > hold)) next = hold;
        if (next is { } at)
            await db
                .Work.Where(w => w.SiteId == siteId && w.Queue == queue && (w.NextAt == null || w.NextAt > at))
                .ExecuteUpdateAsync(s => s.SetProperty(w => w.NextAt, at));
        await mine.ExecuteUpdateAsync(s => s.SetProperty(w => w.Owner, (string?)null).SetProperty(w => w.LeaseUntil, (DateTime?)null));
    }
}
