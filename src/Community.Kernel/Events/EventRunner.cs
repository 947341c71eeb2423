using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Community.Kernel;

/// <summary>
/// Runs a site's handlers over its log, for the worker that has leased the site in the work queue. Each handler has its own cursor: one
/// that fails waits at its position in the log while the others go on.
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
    /// <summary>Most events handled in one change, so that other writers get their turn in between.</summary>
    const int BatchSize = 200;
    static readonly TimeSpan MaxForOne = TimeSpan.FromSeconds(30);
    /// <summary>
    /// A handler that ignores its cancellation is abandoned after this long. Its open change still locks its cursor.
    /// </summary>
    static readonly TimeSpan IgnoresCancellation = TimeSpan.FromSeconds(5);
    /// <summary>When to look again for a number that is drawn but not committed. The commit signals, unless its process dies.</summary>
    static readonly TimeSpan LateCommit = TimeSpan.FromSeconds(1);

    sealed class Position(EventList.Handler handler, EventCursor cursor)
    {
        public EventList.Handler Handler => handler;
        /// <summary>The cursor as stored in the database.</summary>
        public EventCursor Cursor { get; set; } = cursor;
        /// <summary>The last event that the handler has handled or does not read.</summary>
        public long Seq { get; set; } = cursor.Seq;
    }

    // After a batch failed: events up to this number go one by one, so that the cursor stops at the one that fails.
    readonly ConcurrentDictionary<(long Site, string Handler), long> oneByOne = new();

    DateTime Now => time.GetUtcNow().UtcDateTime;

    /// <summary>Runs all handlers until they have read everything, or the time slice ends.</summary>
    /// <returns>When to run again; null if nothing is waiting.</returns>
    public async Task<DateTime?> Run(Site site, Func<bool> slice, CancellationToken ct)
    {
        var positions = await scopes.Run(site, s => Positions(s.GetRequiredService<SiteDb>(), ct));
        var blocked = false;
        for (var more = true; more && slice();)
        {
            (more, blocked) = (false, false);
            // Most handlers are at the same position, so the log is read once for all of them.
            foreach (var place in positions.Where(IsDue).GroupBy(p => p.Seq).ToList())
            {
                if (!slice()) break;
                var (rows, gap) = await scopes.Run(site, s => log.Read(s.GetRequiredService<SiteDb>(), place.Key, BatchSize, ct));
                blocked |= gap;
                if (rows.Count == 0) continue;
                // Handlers that read none of these events are moved in the transaction of the first that does: this saves one.
                var skipping = place.Where(p => !rows.Any(r => p.Handler.Reads.Contains(r.Type))).ToList();
                foreach (var position in skipping) position.Seq = rows[^1].Seq;
                foreach (var position in place.Except(skipping)) await Advance(site, position, rows, positions, ct);
                // A short batch was the end of the log. Newer events have sent a signal, and are left for the next run.
                more |= rows.Count == BatchSize || place.Any(p => p.Seq < rows[^1].Seq && IsDue(p));
            }
        }
        await KeepSkipped(site, positions, ct);
        var next = positions.Min(p => p.Cursor.RetryAt);
        if (!slice()) return Now;
        return blocked && (next is null || next > Now + LateCommit) ? Now + LateCommit : next;
    }

    bool IsDue(Position p) => p.Cursor.RetryAt is not { } at || at <= Now;

    /// <summary>The cursors of the handlers whose modules are on. Creates those that the site does not have yet.</summary>
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

    /// <summary>The handlers that run on a site. A module that is off neither handles events nor prevents their removal.</summary>
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
            // They were saved with it, unless somebody else had moved this cursor; then KeepSkipped saves them.
            if (moved.Seq == upTo) skipped.ForEach(p => p.Cursor.Seq = p.Seq);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested) { throw; }
        catch (Exception error)
        {
            if (wanted.Count > 1) oneByOne[key] = upTo;
            else await Fail(site, position, wanted[0], error);
        }
    }

    /// <summary>Handles events and moves the cursor in one transaction.</summary>
    /// <returns>The cursor as it is now, even if somebody else has moved it meanwhile.</returns>
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
        // With the row locked, a node whose lease expired while it was suspended sees that the cursor has moved, and does nothing.
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

    /// <summary>A handler's cursor with its row locked. Call it inside a change. Null if the site has none yet.</summary>
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
            // Directly before the event that failed, so that skipping it skips nothing else.
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

    /// <summary>Saves the positions of handlers that only passed over events they do not read.</summary>
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

    /// <summary>Moves cursors past events that their handlers do not read. Skips cursors that somebody else moved meanwhile.</summary>
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
