using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>
/// Wakes the queues of a site. Before a commit that adds work the catalogue's <c>next_at</c> is lowered, so that a node finds it
/// even if this process dies; after the commit a bell rings in this process, so that it starts at once.
/// </summary>
public sealed class SiteBell(Databases databases, TimeProvider time)
{
    /// <summary>Gives the commit time to happen before another node looks.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);
    /// <summary>An announcement so young serves for the next commit too: a busy site does not write to the catalogue each time.</summary>
    static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    // When this process last announced: SiteQueue keeps a site in turn for the time of grace after that, so the catalogue need not be asked
    // again.
    readonly ConcurrentDictionary<(long Site, string Queue), DateTime> announced = new();

    readonly Dictionary<string, Channel<long>> bells = new()
    {
        [SiteQueues.Work] = NewChannel(),
        [SiteQueues.Letters] = NewChannel(),
    };

    static Channel<long> NewChannel() => Channel.CreateUnbounded<long>();

    /// <summary>The bell of a queue: ids of sites that have just got work.</summary>
    public ChannelReader<long> Listen(string queue) => Of(queue).Reader;

    Channel<long> Of(string queue)
    {
        lock (bells) return bells.TryGetValue(queue, out var bell) ? bell : bells[queue] = NewChannel();
    }

    public async Task Before(Site site, IReadOnlyList<(string Queue, DateTime At)> wakes, CancellationToken ct)
    {
        if (wakes.Count == 0) return;
        var now = time.GetUtcNow().UtcDateTime;
        foreach (var (queue, at) in wakes.GroupBy(w => w.Queue).Select(g => (g.Key, g.Min(w => w.At))))
        {
            var next = at > now + Grace ? at : now + Grace;
            var young = now - Fresh;
            if (
                queue is SiteQueues.Work or SiteQueues.Letters
                && announced.TryGetValue((site.Id, queue), out var last)
                && last >= young
                && last <= now
                && next == now + Grace
            )
                continue;
            await using var db = databases.OpenCatalogue();
            // Asked first: on SQLite even an update of no row waits for the catalogue's one writer.
            if (await db.Work.AnyAsync(w => w.SiteId == site.Id && w.Queue == queue && w.NextAt <= next && w.AnnouncedAt >= young, ct))
                continue;
            await Lower(db, site.Id, queue, next, now, ct);
            // Work of a later day lets nobody look soon.
            if (next == now + Grace) announced[(site.Id, queue)] = now;
        }
    }

    public void After(Site site, IReadOnlyList<(string Queue, DateTime At)> wakes)
    {
        foreach (var (queue, at) in wakes)
            if (at <= time.GetUtcNow().UtcDateTime) Of(queue).Writer.TryWrite(site.Id);
    }

    /// <summary>The site is looked at not later than <paramref name="next"/>.</summary>
    internal static async Task Lower(CatalogueDb db, long site, string queue, DateTime next, DateTime? announced, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            var lowered = await db.Work.Where(w => w.SiteId == site && w.Queue == queue).ExecuteUpdateAsync(s => s
                .SetProperty(w => w.NextAt, w => w.NextAt == null || w.NextAt > next ? next : w.NextAt)
                .SetProperty(w => w.AnnouncedAt, w => announced ?? w.AnnouncedAt), ct);
            if (lowered > 0) return;
            db.Work.Add(new SiteWork { SiteId = site, Queue = queue, NextAt = next, AnnouncedAt = announced });
            try
            {
                await db.SaveChangesAsync(ct);
                return;
            }
            // Another writer was first with the row: it is there now.
            catch (DbUpdateException error) when (attempt == 1 && error.IsDuplicate()) { db.ChangeTracker.Clear(); }
        }
    }
}
