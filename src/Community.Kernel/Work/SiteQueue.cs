using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Community.Kernel;

/// <summary>
/// One queue of this node: claims a site that has something due, drains it for a while, and says when it has work again.
/// One indexed look at the catalogue a second; a site without work is never opened.
/// </summary>
public abstract class SiteQueue(string queue, Databases databases, SiteDirectory sites, SiteBell bell, TimeProvider time, ILogger logger)
    : BackgroundService
{
    protected TimeProvider Time => time;

    /// <summary>No other node works here: what is in hand when this one starts was in the hand of a process that ended.</summary>
    protected bool IsAlone => !databases.IsShared;

    /// <summary>A node that dies leaves its claim; another takes it over after this time. Renewed while the site is drained.</summary>
    internal static readonly TimeSpan Lease = TimeSpan.FromSeconds(60);
    static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    /// <summary>After a site's own database failed.</summary>
    static readonly TimeSpan AfterFailure = TimeSpan.FromMinutes(1);
    /// <summary>A site in the making has work before it is ready.</summary>
    static readonly TimeSpan Unready = TimeSpan.FromSeconds(5);

    /// <summary>Sites drained at the same time: one that hangs does not hold up the others.</summary>
    protected virtual int Lanes => 2;

    // Many rings of one site are one.
    readonly HashSet<long> rung = [];
    bool rungLast;

    /// <summary>
    /// True while a turn lasts: put forward, the clock ends it, for the claim has run out; put back, it does not make it longer.
    /// </summary>
    protected Func<bool> Lasts(TimeSpan turn)
    {
        var (began, end) = (time.GetTimestamp(), time.GetUtcNow() + turn);
        return () => time.GetElapsedTime(began) < turn && time.GetUtcNow() < end;
    }

    /// <summary>The site is drained again not later than <paramref name="at"/>.</summary>
    protected async Task LookAgain(long siteId, DateTime at)
    {
        await using var db = databases.OpenCatalogue();
        await SiteBell.Lower(db, siteId, queue, at, null, CancellationToken.None);
    }

    /// <summary>Does what is due, for some seconds at the most; returns when there is more, or null.</summary>
    protected abstract Task<DateTime?> Drain(Site site, CancellationToken ct);

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        var rings = bell.Listen(queue);
        using var lanes = new SemaphoreSlim(Lanes);
        var begun = false;
        while (!ct.IsCancellationRequested)
        {
            try
            {
                if (!begun && IsAlone) await GiveBack(ct);
                begun = true;
                await lanes.WaitAsync(ct);
                if (!await Start(lanes, rings, ct)) await Ring(rings, ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested) { }
            catch (Exception error)
            {
                logger.LogError("Queue {Queue}: a turn failed; the next follows in a second: {Error}", queue, Foreign.Trace(error));
                await Task.Delay(Poll, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        // What is under way has heard of the stop, and gives its site back.
        for (var i = 0; i < Lanes; i++) await lanes.WaitAsync(CancellationToken.None);
    }

    /// <summary>Claims of a process that died need not run out.</summary>
    async Task GiveBack(CancellationToken ct)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var db = databases.OpenCatalogue();
        await db.Work.Where(w => w.Queue == queue && w.Owner != null).ExecuteUpdateAsync(s => s
            .SetProperty(w => w.Owner, (string?)null).SetProperty(w => w.LeaseUntil, (DateTime?)null).SetProperty(w => w.NextAt, now), ct);
    }

    /// <returns>False if no site has anything due.</returns>
    async Task<bool> Start(SemaphoreSlim lanes, ChannelReader<long> rings, CancellationToken ct)
    {
        var started = false;
        try
        {
            if (await Next(rings, ct) is not { } next) return false;
            if (await Claim(next.Site, next.Rung) is { } claim)
            {
                started = true;
                _ = Task.Run(
                    async () =>
                    {
                        try
                        {
                            await DrainClaimed(next.Site, claim, ct);
                        }
                        catch (Exception error)
                        {
                            logger.LogError(
                                error,
                                "Queue {Queue}: site {Site} could not be given back; its claim runs out",
                                queue,
                                next.Site
                            );
                        }
                        finally
                        {
                            lanes.Release();
                        }
                    },
                    CancellationToken.None
                );
            }
            return true;
        }
        finally { if (!started) lanes.Release(); }
    }

    static async Task Ring(ChannelReader<long> rings, CancellationToken ct)
    {
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(ct);
        wait.CancelAfter(Poll);
        try { await rings.WaitToReadAsync(wait.Token); }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested) { }
    }

    // Rung and due in turn, so that neither starves the other.
    async Task<(long Site, bool Rung)?> Next(ChannelReader<long> rings, CancellationToken ct)
    {
        while (rings.TryRead(out var site)) rung.Add(site);
        rungLast = !rungLast;
        if (!rungLast || rung.Count == 0)
            if (await FindDue(ct) is { } due) return (due, false);
        if (rung.Count == 0) return null;
        var first = rung.First();
        rung.Remove(first);
        return (first, true);
    }

    async Task<long?> FindDue(CancellationToken ct)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var db = databases.OpenCatalogue();
        return await db.Work
            .Where(w => w.Queue == queue && ((w.NextAt <= now && (w.LeaseUntil == null || w.LeaseUntil < now)) || w.LeaseUntil < now))
            .OrderBy(w => w.NextAt).Select(w => (long?)w.SiteId).FirstOrDefaultAsync(ct);
    }

    /// <returns>The claim's name; null if another has the site.</returns>
    async Task<string?> Claim(long siteId, bool rung)
    {
        // To its end, also when the program stops: a claim that was given up half-way may have been entered, and keeps the site from
        // others.
        var ct = CancellationToken.None;
        var claim = Guid.NewGuid().ToString("N");
        var now = time.GetUtcNow().UtcDateTime;
        await using var db = databases.OpenCatalogue();
        // next_at becomes null with the claim: who adds work from here on lowers it again, and is not overwritten by Release.
        var claimed = await db
            .Work.Where(w => w.SiteId == siteId && w.Queue == queue && (w.LeaseUntil == null || w.LeaseUntil < now))
            .ExecuteUpdateAsync(
                s =>
                    s.SetProperty(w => w.Owner, claim)
                        .SetProperty(w => w.LeaseUntil, now + Lease)
                        .SetProperty(w => w.NextAt, (DateTime?)null),
                ct
            );
        if (claimed > 0)
            return claim;
        // The one who drains it may have looked just before: it is due again as soon as it is given back.
        if (rung) await SiteBell.Lower(db, siteId, queue, now, null, ct);
        return null;
    }

    async Task DrainClaimed(long siteId, string claim, CancellationToken ct)
    {
        DateTime? next = time.GetUtcNow().UtcDateTime + AfterFailure;
        using var done = new CancellationTokenSource();
        var renewal = Renew(siteId, claim, done.Token);
        try
        {
            var site = await sites.Find(siteId, ct);
            next = site is null ? await NextOfUnknown(siteId, ct) : site.State == SiteState.Active ? await Drain(site, ct) : null;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested) { next = time.GetUtcNow().UtcDateTime; }
        catch (Exception error)
        {
            logger.LogError(
                "Queue {Queue}: site {Site} could not be drained; tried again in a minute: {Error}",
                queue,
                siteId,
                Foreign.Trace(error)
            );
        }
        finally
        {
            await done.CancelAsync();
            await renewal;
            await Release(siteId, claim, next);
        }
    }

    async Task Renew(long siteId, string claim, CancellationToken done)
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
                    .Work.Where(w => w.SiteId == siteId && w.Queue == queue && w.Owner == claim)
                    .ExecuteUpdateAsync(s => s.SetProperty(w => w.LeaseUntil, until), CancellationToken.None);
            }
            catch (Exception error)
            {
                logger.LogWarning(error, "Queue {Queue}: the claim on site {Site} could not be renewed", queue, siteId);
            }
        }
    }

    // Work of a site in the making is committed before the site is ready; work of a deleted one is nobody's.
    async Task<DateTime?> NextOfUnknown(long siteId, CancellationToken ct)
    {
        await using var db = databases.OpenCatalogue();
        if (await db.Sites.AnyAsync(s => s.Id == siteId && s.State != SiteState.Deleting && s.State != SiteState.Deleted, ct))
            return time.GetUtcNow().UtcDateTime + Unready;
        await db.Work.Where(w => w.SiteId == siteId && w.Queue == queue).ExecuteDeleteAsync(ct);
        return null;
    }

    async Task Release(long siteId, string claim, DateTime? next)
    {
        var now = time.GetUtcNow().UtcDateTime;
        // Behind the sites that wait already.
        if (next < now) next = now;
        await using var db = databases.OpenCatalogue();
        var mine = db.Work.Where(w => w.SiteId == siteId && w.Queue == queue && w.Owner == claim);
        var announced = await mine.Select(w => w.AnnouncedAt).FirstOrDefaultAsync();
        // A commit that was announced may have come after the last look, and its process may die before it rings.
        if (announced + SiteBell.Grace is { } look && look > now && (next is null || next > look)) next = look;
        if (next is { } at)
            await db
                .Work.Where(w => w.SiteId == siteId && w.Queue == queue && (w.NextAt == null || w.NextAt > at))
                .ExecuteUpdateAsync(s => s.SetProperty(w => w.NextAt, at));
        await mine.ExecuteUpdateAsync(s => s.SetProperty(w => w.Owner, (string?)null).SetProperty(w => w.LeaseUntil, (DateTime?)null));
    }
}
