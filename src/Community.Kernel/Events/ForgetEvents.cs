using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>
/// Removes events that are old enough and that every handler of the site has read. A handler that is stuck keeps what it has not read;
/// one of a module that is off does not.
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
        // A handler without a cursor has yet to begin, with the oldest.
        if (cursors.Count < active.Count) return;
        var read = cursors.Count == 0 ? long.MaxValue : cursors.Min();
        var before = time.GetUtcNow().UtcDateTime - (await settings.Get(ct)).EventsKept;
        await db.Events.Where(e => e.Seq <= read && e.At < before).OrderBy(e => e.Seq).DeleteAll(ct);
    }
}
