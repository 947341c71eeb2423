using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Community.Kernel;

/// <summary>
/// Runs the handlers of a site over its log, for whoever has leased the site in the work queue. Each handler has a cursor: one that fails
/// waits by itself, in its place of the log, and the others go on.
/// </summary>
public sealed class EventRunner(
    SiteScopes scopes,
    EventList events,
    ModuleList modules,
    EventLog log,
    TimeProvider time,
    ILogger<EventRunner> logger
)
{
    /// <summary>Events handled in one change at most: other writers come in between.</summary>
    const int BatchSize = 200;
    static readonly TimeSpan MaxForOne = TimeSpan.FromSeconds(30);
    /// <summary>
    /// A handler that ignores its cancellation is abandoned after this long; its change still keeps others from its cursor.
    /// </summary>
    static readonly TimeSpan IgnoresCancellation = TimeSpan.FromSeconds(5);
    /// <summary>A transaction has drawn a number and not committed yet. Its commit signals, unless its process dies.</summary>
    static readonly TimeSpan LateCommit = TimeSpan.FromSeconds(1);

    sealed class Position(EventList.Handler handler, EventCursor cursor)
    {
        public EventList.Handler Handler => handler;
        /// <summary>As it stands in the database.</summary>
        public EventCursor Cursor { get; set; } = cursor;
        /// <summary>The last event that it has handled, or that is not for it.</summary>
        public long Seq { get; set; } = cursor.Seq;
    }

    // A batch failed as a whole: up to here events go one by one, so that the cursor stops at the one that cannot be handled.
    readonly ConcurrentDictionary<(long Site, string Handler), long> oneByOne = new();

    DateTime Now => time.GetUtcNow().UtcDateTime;

    /// <summary>Runs all handlers until they have read everything, or the time slice ends.</summary>
    /// <returns>When to come again; null if nothing waits.</returns>
    public async Task<DateTime?> Run(Site site, Func<bool> slice, CancellationToken ct)
    {
        var positions = await scopes.Run(site, s => Positions(s.GetRequiredService<SiteDb>(), ct));
        var blocked = false;
        for (var more = true; more && slice();)
        {
            (more, blocked) = (false, false);
            // Handlers mostly stand at the same place: the log is read once for them.
            foreach (var place in positions.Where(IsDue).GroupBy(p => p.Seq).ToList())
            {
                if (!slice()) break;
                var (rows, gap) = await scopes.Run(site, s => log.Read(s.GetRequiredService<SiteDb>(), place.Key, BatchSize, ct));
                blocked |= gap;
                if (rows.Count == 0) continue;
                // Those for whom nothing is among these events move along with the first that handles some: one transaction less.
                var skipping = place.Where(p => !rows.Any(r => p.Handler.Reads.Contains(r.Type))).ToList();
                foreach (var position in skipping) position.Seq = rows[^1].Seq;
                foreach (var position in place.Except(skipping)) await Advance(site, position, rows, positions, ct);
                // A short batch was the end of the log: what came meanwhile has signalled, and is gathered for the next time.
                more |= rows.Count == BatchSize || place.Any(p => p.Seq < rows[^1].Seq && IsDue(p));
            }
        }
        await KeepSkipped(site, positions, ct);
        var next = positions.Min(p => p.Cursor.RetryAt);
        if (!slice()) return Now;
        return blocked && (next is null || next > Now + LateCommit) ? Now + LateCommit : next;
    }

    bool IsDue(Position p) => p.Cursor.RetryAt is not { } at || at <= Now;

    /// <summary>The cursors of the handlers whose modules are on; those that the site has not yet are made.</summary>
    async Task<List<Position>> Positions(SiteDb db, CancellationToken ct)
    {
        var on = Active(events, modules, db.Site).ToList();
        var cursors = await db.EventCursors.AsNoTracking().ToDictionaryAsync(c => c.Handler, ct);
        if (on.Find(h => !cursors.ContainsKey(h.Name)) is not null)
        {
            var last = await db.Events.MaxAsync(e => (long?)e.Seq, ct) ?? 0;
            foreach (var handler in on.Where(h => !cursors.ContainsKey(h.Name)))
                db.EventCursors.Add(
                    cursors[handler.Name] = new() { Handler = handler.Name, Seq = handler.Start == EventStart.Next ? last : 0 }
                );
            await db.SaveChangesAsync(ct);
        }
        return on.ConvertAll(h => new Position(h, cursors[h.Name]));
    }

    /// <summary>The handlers that run on a site: a module that is off neither handles events nor keeps them from being removed.</summary>
    public static IEnumerable<EventList.Handler> Active(EventList events, ModuleList modules, Site site) =>
        events.Handlers.Where(h => modules.OwnerOf(h.Type.Assembly) is not { } module || ModuleList.IsOn(module, site));

    /// <summary>The cursors of a new site: it has no events yet.</summary>
    public static IEnumerable<EventCursor> FirstCursors(EventList events, ModuleList modules, Site site) =>
        Active(events, modules, site).Select(h => new EventCursor { Handler = h.Name });

    async Task Advance(Site site, Position position, List<EventRow> rows, List<Position> all, CancellationToken ct)
    {
        var handler = position.Handler;
        var wanted = rows.Where(r => handler.Reads.Contains(r.Type)).ToList();
        var (key, upTo) = ((site.Id, handler.Name), rows[^1].Seq);
        var single = position.Cursor.Attempts > 0 || (oneByOne.TryGetValue(key, out var end) && wanted[0].Seq <= end);
        if (single) (wanted, upTo) = (wanted[..1], wanted[0].Seq);
        else oneByOne.TryRemove(key, out _);
        try
        {
            var skipped = all.Where(p => p.Seq != p.Cursor.Seq && p != position).ToList();
            var moved = await scopes
                .Run(site, s => Handle(s, position, wanted, upTo, skipped, ct))
                .WaitAsync(MaxForOne + IgnoresCancellation, ct);
            position.Cursor = moved;
            position.Seq = moved.Seq;
            // They have been written with it, unless somebody else moved this cursor; then KeepSkipped does it.
            if (moved.Seq == upTo) skipped.ForEach(p => p.Cursor.Seq = p.Seq);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested) { throw; }
        catch (Exception error)
        {
            if (wanted.Count > 1) oneByOne[key] = upTo;
            else await Fail(site, position, wanted[0], error);
        }
    }

    /// <summary>Handles events and moves the cursor, both or neither.</summary>
    /// <returns>The cursor as it is now, also if somebody else moved it meanwhile.</returns>
    async Task<EventCursor> Handle(
        IServiceProvider services,
        Position position,
        List<EventRow> rows,
        long upTo,
        List<Position> skipped,
        CancellationToken ct
    )
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(MaxForOne);
        var db = services.GetRequiredService<SiteDb>();
        await using var change = await db.Change(limit.Token);
        // The row's lock: a node whose lease ran out while it slept finds the cursor moved, and does nothing.
        var cursor = await Locked(db, position.Handler.Name, limit.Token) ?? throw new InvalidOperationException("Its cursor was removed.");
        if (cursor.Seq != position.Cursor.Seq) return cursor;
        var handler = (IEventHandler)ActivatorUtilities.GetServiceOrCreateInstance(services, position.Handler.Type);
        await handler.Handle(rows.ConvertAll(events.Read), limit.Token);
        await Faults.At("events.handled", db.Site);
        (cursor.Seq, cursor.Attempts, cursor.Error, cursor.RetryAt) = (upTo, 0, null, null);
        await Skip(db, skipped, limit.Token);
        await change.Commit(limit.Token);
        return cursor;
    }

    /// <summary>A handler's cursor under its row's lock, in a change that is open. Null if the site has none yet.</summary>
    internal static async Task<EventCursor?> Locked(SiteDb db, string handler, CancellationToken ct)
    {
        var rows = db.IsSqlite
            ? db.EventCursors.Where(c => c.Handler == handler)
            : db.EventCursors.FromSql($"SELECT * FROM event_cursors WHERE handler = {handler} FOR UPDATE");
        return await rows.FirstOrDefaultAsync(ct);
    }

    async Task Fail(Site site, Position position, EventRow row, Exception error)
    {
        var attempts = position.Cursor.Attempts + 1;
        var reason = error is OperationCanceledException or TimeoutException
            ? $"It took longer than {MaxForOne.TotalSeconds} s."
            : UntrustedText.Safe(error);
        logger.LogWarning(
            "Site {Site}: {Handler} failed at event {Seq} ({Type}), attempt {Attempt}: {Error}",
            site.Key,
            position.Handler.Name,
            row.Seq,
            row.Type,
            attempts,
            UntrustedText.Trace(error)
        );
        var (stood, before, retry) = (position.Cursor.Seq, row.Seq - 1, Now + WorkQueue.Backoff(attempts));
        var cursor = new EventCursor
        {
            Handler = position.Handler.Name,
            // Exactly before the event that fails: skipping it skips nothing else.
            Seq = before,
            Attempts = attempts,
            Error = reason,
            RetryAt = retry,
        };
        await scopes.Run(site, s => Write(s.GetRequiredService<SiteDb>(), stood, cursor));
        (position.Cursor, position.Seq) = (cursor, before);
    }

    static async Task Write(SiteDb db, long stood, EventCursor cursor)
    {
        await using var change = await db.Change();
        await db.EventCursors.Where(c => c.Handler == cursor.Handler && c.Seq == stood)
            .ExecuteUpdateAsync(s => s
                .SetProperty(c => c.Seq, cursor.Seq)
                .SetProperty(c => c.Attempts, cursor.Attempts)
                .SetProperty(c => c.Error, cursor.Error)
                .SetProperty(c => c.RetryAt, cursor.RetryAt));
        await change.Commit();
    }

    /// <summary>Writes down what handlers passed over because it is not for them.</summary>
    async Task KeepSkipped(Site site, List<Position> positions, CancellationToken ct)
    {
        var skipped = positions.Where(p => p.Seq != p.Cursor.Seq).ToList();
        if (skipped.Count == 0) return;
        await scopes.Run(site, async s =>
        {
            var db = s.GetRequiredService<SiteDb>();
            await using var change = await db.Change(ct);
            await Skip(db, skipped, ct);
            await change.Commit(ct);
        });
    }

    /// <summary>Moves cursors over events that are not for their handlers; one that somebody else moved meanwhile stays.</summary>
    static async Task Skip(SiteDb db, List<Position> skipped, CancellationToken ct)
    {
        foreach (var place in skipped.GroupBy(p => (Stood: p.Cursor.Seq, p.Seq)))
        {
            var names = place.Select(p => p.Handler.Name).ToList();
            await db.EventCursors.Where(c => names.Contains(c.Handler) && c.Seq == place.Key.Stood)
                .ExecuteUpdateAsync(u => u.SetProperty(c => c.Seq, place.Key.Seq), ct);
        }
    }
}
