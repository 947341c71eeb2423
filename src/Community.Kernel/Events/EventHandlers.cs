using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Kernel;

/// <summary>A handler's progress on a site.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Seq">The last event that it has handled.</param>
/// <param name="Lag">Events of its types that it has not handled yet.</param>
/// <param name="Attempts">Consecutive failures at the next event.</param>
/// <param name="Error">Why the last attempt failed.</param>
/// <param name="RetryAt">When it is tried again.</param>
public sealed record HandlerStatus(string Name, long Seq, int Lag, int Attempts, string? Error, DateTime? RetryAt);

/// <summary>
/// A site's event handlers, for operators and staff: shows their progress; rebuilds, retries, or skips an event that cannot be handled.
/// </summary>
public sealed class EventHandlers(SiteDb db, EventList events, ModuleList modules, IServiceProvider services, TimeProvider time)
{
    /// <summary>The handlers that run on this site, in the order in which the modules registered them.</summary>
    public async Task<IReadOnlyList<HandlerStatus>> Status(CancellationToken ct)
    {
        var cursors = await db.EventCursors.AsNoTracking().ToDictionaryAsync(c => c.Handler, ct);
        var result = new List<HandlerStatus>();
        foreach (var handler in EventRunner.Active(events, modules, db.Site))
        {
            var cursor = cursors.GetValueOrDefault(handler.Name) ?? new EventCursor { Handler = handler.Name };
            var lag = await db.Events.CountAsync(e => e.Seq > cursor.Seq && handler.Reads.Contains(e.Type), ct);
            result.Add(new(handler.Name, cursor.Seq, lag, cursor.Attempts, cursor.Error, cursor.RetryAt));
        }
        return result;
    }

    /// <summary>Makes the handler read the log again from the oldest event that is kept.</summary>
    /// <returns>False if the site has no such handler.</returns>
    public async Task<bool> Rebuild(string name, CancellationToken ct)
    {
        if (EventRunner.Active(events, modules, db.Site).FirstOrDefault(h => h.Name == name) is not { } handler) return false;
        await using var change = await db.Change(ct);
        if (await EventRunner.Locked(db, name, ct) is { } cursor)
        {
            await ((IEventHandler)ActivatorUtilities.GetServiceOrCreateInstance(services, handler.Type)).Reset(ct);
            (cursor.Seq, cursor.Attempts, cursor.Error, cursor.RetryAt) = (0, 0, null, null);
        }
        db.Schedule(SiteQueues.Work, Now);
        await change.Commit(ct);
        return true;
    }

    /// <summary>Makes the handler retry the event that failed now. Call it inside a change.</summary>
    /// <returns>False if the handler is not failing.</returns>
    public async Task<bool> Retry(string name, CancellationToken ct)
    {
        if (await EventRunner.Locked(db, name, ct) is not { Attempts: > 0 } cursor) return false;
        (cursor.RetryAt, cursor.Attempts) = (null, 1);
        db.Schedule(SiteQueues.Work, Now);
        return true;
    }

    /// <summary>Makes the handler continue after the event that failed, which it never sees again. Call it inside a change.</summary>
    /// <returns>False if the handler is not failing.</returns>
    public async Task<bool> Skip(string name, CancellationToken ct)
    {
        if (await EventRunner.Locked(db, name, ct) is not { Attempts: > 0 } cursor) return false;
        (cursor.Seq, cursor.Attempts, cursor.Error, cursor.RetryAt) = (cursor.Seq + 1, 0, null, null);
        db.Schedule(SiteQueues.Work, Now);
        return true;
    }

    DateTime Now => time.GetUtcNow().UtcDateTime;
}
