using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>
/// Tells the workers which sites have work in which queue, through the catalogue's <c>site_work</c> and a signal within this
/// process. Entry point: <see cref="SiteDb.Schedule"/>. Before the commit it lowers the site's <c>next_at</c>, so that a node finds the
/// work even if this process dies; after the commit a signal makes this node start at once.
/// </summary>
public sealed class QueueSignals(Databases databases, TimeProvider time)
{
    /// <summary>How long a commit may take. Until then no worker may treat the site as idle.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    /// <summary>A hold younger than this also covers the next commit, so that a busy site rarely writes to the
    /// catalogue.</summary>
    static readonly TimeSpan Reuse = TimeSpan.FromSeconds(5);

    /// <summary>Due whatever the clock says: setting the clock back must not delay running work.</summary>
    public static readonly DateTime Immediately = DateTime.UnixEpoch;

    // When this process last wrote a hold. No worker treats the site as idle before it ends, so the catalogue need not be queried again.
    readonly ConcurrentDictionary<(long Site, string Queue), DateTime> held = new();
    readonly ConcurrentDictionary<string, Channel<long>> channels = new();
    readonly ConcurrentDictionary<string, NothingDue> nothingDue = new();

    DateTime Now => time.GetUtcNow().UtcDateTime;

    Channel<long> Of(string queue) => channels.GetOrAdd(queue, _ => Channel.CreateUnbounded<long>());

    /// <summary>Before a commit: records in the catalogue that the site has work and must not be treated as idle meanwhile.</summary>
    internal async Task BeforeCommit(Site site, IReadOnlyCollection<(string Queue, DateTime At)> scheduled, CancellationToken ct)
    {
        if (scheduled.Count == 0) return;
        var now = Now;
        foreach (var (queue, at) in scheduled.GroupBy(s => s.Queue).Select(g => (g.Key, g.Min(s => s.At))))
        {
            var next = at > now + Grace ? at : now + Grace;
            var young = now - Reuse;
            if (next == now + Grace && held.TryGetValue((site.Id, queue), out var last) && last >= young && last <= now) continue;
            await using var db = databases.OpenCatalogue();
            // Read first: on SQLite even an update that matches no row waits for the catalogue's only write lock.
            var until = young + Grace;
            if (await db.Work.AnyAsync(w => w.SiteId == site.Id && w.Queue == queue && w.NextAt <= next && w.HoldUntil >= until, ct))
                continue;
            await Lower(db, site.Id, queue, next, now + Grace, ct);
            // Only a hold with an early next_at covers work that is due now.
            if (next == now + Grace) held[(site.Id, queue)] = now;
        }
    }

    /// <summary>After a commit: makes this process's workers start at once on what is due.</summary>
    internal void AfterCommit(Site site, IEnumerable<(string Queue, DateTime At)> scheduled)
    {
        foreach (var (queue, at) in scheduled)
            if (at <= Now) Signal(queue, site.Id);
    }

    /// <summary>Makes this process's workers start at once on the site.</summary>
    internal void Signal(string queue, long site) => Of(queue).Writer.TryWrite(site);

    /// <summary>The sites signalled in this process since the last call, each once.</summary>
    public HashSet<long> TakeSignalled(string queue)
    {
        var sites = new HashSet<long>();
        while (Of(queue).Reader.TryRead(out var site)) sites.Add(site);
        return sites;
    }

    /// <summary>Waits for a signal, at most <paramref name="longest"/>.</summary>
    public async Task Wait(string queue, TimeSpan longest, CancellationToken ct)
    {
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(ct);
        wait.CancelAfter(longest);
        try { await Of(queue).Reader.WaitToReadAsync(wait.Token); }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested) { }
    }

    /// <summary>The sites due in a queue whose workers take no lease, longest overdue first.</summary>
    public async Task<IReadOnlyDictionary<long, DateTime>> Due(string queue, CancellationToken ct)
    {
        var now = Now;
        var nothing = nothingDue.GetOrAdd(queue, _ => new NothingDue(databases));
        if (nothing.Still(now)) return new Dictionary<long, DateTime>();
        await using var db = databases.OpenCatalogue();
        var due = await db.Work.Where(w => w.Queue == queue && w.NextAt <= now).OrderBy(w => w.NextAt)
            .ToDictionaryAsync(w => w.SiteId, w => w.NextAt!.Value, ct);
        if (due.Count == 0) nothing.Until(await db.Work.Where(w => w.Queue == queue && w.NextAt > now).MinAsync(w => w.NextAt, ct));
        return due;
    }

    /// <summary>Makes the site due no later than <paramref name="at"/>. For work that is already committed.</summary>
    public async Task Lower(long site, string queue, DateTime at, CancellationToken ct = default)
    {
        await using var db = databases.OpenCatalogue();
        await Lower(db, site, queue, at, null, ct);
    }

    /// <summary>
    /// Records that the site has nothing to do before <paramref name="next"/> (null: nothing at all), as a worker without a lease saw at
    /// <paramref name="seen"/>. Does nothing while a commit that may add work is under way.
    /// </summary>
    public async Task Postpone(long site, string queue, DateTime? next, DateTime seen, CancellationToken ct)
    {
        await using var db = databases.OpenCatalogue();
        await db.Work.Where(w => w.SiteId == site && w.Queue == queue && (w.HoldUntil == null || w.HoldUntil < seen))
            .ExecuteUpdateAsync(s => s.SetProperty(w => w.NextAt, next), ct);
    }

    internal static async Task Lower(CatalogueDb db, long site, string queue, DateTime next, DateTime? holdUntil, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            var lowered = await db.Work.Where(w => w.SiteId == site && w.Queue == queue).ExecuteUpdateAsync(s => s
                .SetProperty(w => w.NextAt, w => w.NextAt == null || w.NextAt > next ? next : w.NextAt)
                .SetProperty(w => w.HoldUntil, w => holdUntil ?? w.HoldUntil), ct);
            if (lowered > 0) return;
            db.Work.Add(new SiteWork { SiteId = site, Queue = queue, NextAt = next, HoldUntil = holdUntil });
            try
            {
                await db.SaveChangesAsync(ct);
                return;
            }
            // Another writer inserted the row first, so now the update finds it.
            catch (DbUpdateException error) when (attempt == 1 && error.IsDuplicate()) { db.ChangeTracker.Clear(); }
        }
    }
}
