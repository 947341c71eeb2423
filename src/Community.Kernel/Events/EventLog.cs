using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>
/// Reads a site's log without ever skipping an event. On SQLite numbers are assigned under the write lock: they have no gaps, and their
/// order is the commit order. On PostgreSQL a transaction draws its number before it commits, so number 7 may be visible while 6 is
/// still to come, or will never come because its transaction was rolled back. A reader stops before such a gap until every transaction
/// that could fill it has ended: those that were writing to the table when the gap was seen. They show in the table's lock, which a
/// transaction takes before it draws a number and holds until it ends.
/// </summary>
/// <remarks>
/// <c>pg_snapshot_xmin</c> would not do: it waits for all databases of the server, and transaction ids do not survive a dump and restore.
/// </remarks>
public sealed class EventLog
{
    // For each gap, keyed by the event after it: the transactions that may still fill it.
    readonly ConcurrentDictionary<(long Site, long Next), HashSet<string>> gaps = new();

    /// <summary>The events after <paramref name="after"/>, in order, up to the first gap that may still be filled.</summary>
    /// <returns>The events, and whether there are more after such a gap.</returns>
    public async Task<(List<EventRow> Rows, bool Blocked)> Read(SiteDb db, long after, int max, CancellationToken ct)
    {
        var settled = 0L;
        while (true)
        {
            var rows = await db.Events.AsNoTracking().Where(e => e.Seq > after).OrderBy(e => e.Seq).Take(max).ToListAsync(ct);
            if (db.IsSqlite) return (rows, false);
            var safe = BeforeGap(rows, after, settled);
            if (safe == rows.Count) return (rows, false);
            var next = rows[safe].Seq;
            // Query the writers after the read that showed the gap: a transaction that drew a number in it holds the lock, or has ended.
            var writers = await Writers(db, ct);
            if (gaps.GetOrAdd((db.Site.Id, next), writers).Overlaps(writers)) return (rows[..safe], true);
            // All have ended: numbers that the next read does not show will never appear.
            gaps.TryRemove((db.Site.Id, next), out _);
            settled = next;
        }
    }

    /// <summary>The number of rows before the first gap that may still be filled.</summary>
    static int BeforeGap(List<EventRow> rows, long after, long settled)
    {
        for (var i = 0; i < rows.Count; i++)
            if (rows[i].Seq != (i == 0 ? after : rows[i - 1].Seq) + 1 && rows[i].Seq > settled) return i;
        return rows.Count;
    }

    /// <summary>The transactions that are writing to this database's log now.</summary>
    static async Task<HashSet<string>> Writers(SiteDb db, CancellationToken ct) =>
        (
            await db
                .Database.SqlQuery<string>(
                    $"""
                    SELECT virtualtransaction AS "Value" FROM pg_locks
                    WHERE locktype = 'relation' AND relation = 'events'::regclass AND mode = 'RowExclusiveLock'
                    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                    """
                )
                .ToListAsync(ct)
        ).ToHashSet();
}
