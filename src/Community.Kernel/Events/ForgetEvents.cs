using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>
/// Removes events that are old enough and that every active handler of the site has read. A stuck handler keeps the events it has not
/// read; a handler of a module that is off does not.
/// </summary>
public sealed class ForgetEvents(
    SiteDb db,
    EventList events,
    ModuleList modules,
    Settings<KernelSettings> settings,
    TimeProvider time
) : IHandle<Tick>
{
    public async Task Handle(Tick message, CancellationToken ct)
    {
        var active = EventRunner.Active(events, modules, db.Site).Select(h => h.Name).ToList();
        var cursors = await db.EventCursors.Where(c => active.Contains(c.Handler)).Select(c => c.Seq).ToListAsync(ct);
        // A handler without a cursor has not started yet, and may start at the oldest event.
        if (cursors.Count < active.Count) return;
        var read = cursors.Count == 0 ? long.MaxValue : cursors.Min();
        var before = time.GetUtcNow().UtcDateTime - (await settings.Get(ct)).EventsKept;
        var deleted = await db.Events.Where(e => e.Seq <= read && e.At < before).OrderBy(e => e.Seq).DeleteAll(ct);
        await RetentionRun.Leave(db, "kernel.events", deleted, ct);
    }
}
