using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Kernel;

/// <summary>How a handler fares on a site.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Seq">The last event that it has handled.</param>
/// <param name="Lag">Events of its types that it has not handled yet.</param>
/// <param name="Attempts">Failures in a row with the next one.</param>
/// <param name="Error">Why the last attempt failed.</param>
/// <param name="RetryAt">When it is tried again.</param>
public sealed record HandlerStatus(string Name, long Seq, int Lag, int Attempts, string? Error, DateTime? RetryAt);

/// <summary>
/// The handlers of a site's log, for operators and staff: how far each is, begin anew, retry, skip what cannot be handled.
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

    /// <summary>The handler reads the log once more from the oldest event that is kept.</summary>
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

    /// <summary>The handler tries the event that it could not handle once more, now. In the caller's change.</summary>
    /// <returns>False if it does not fail.</returns>
    public async Task<bool> Retry(string name, CancellationToken ct)
    {
        if (await EventRunner.Locked(db, name, ct) is not { Attempts: > 0 } cursor) return false;
        (cursor.RetryAt, cursor.Attempts) = (null, 1);
        db.Schedule(SiteQueues.Work, Now);
        return true;
    }

    /// <summary>The handler goes on behind the event that it could not handle: that one is lost to it. In the caller's change.</summary>
    /// <returns>False if it does not fail.</returns>
    public async Task<bool> Skip(string name, CancellationToken ct)
    {
        if (await EventRunner.Locked(db, name, ct) is not { Attempts: > 0 } cursor) return false;
        (cursor.Seq, cursor.Attempts, cursor.Error, cursor.RetryAt) = (cursor.Seq + 1, 0, null, null);
        db.Schedule(SiteQueues.Work, Now);
        return true;
    }

    DateTime Now => time.GetUtcNow().UtcDateTime;
}
