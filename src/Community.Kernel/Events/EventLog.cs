using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>
/// Reads a site's log so that no event is ever skipped. On SQLite numbers are given under the write lock: they have no gaps, and their
/// order is that of the commits. On PostgreSQL a transaction draws its number before it commits, so number 7 may be visible while 6 is
/// still to come, or will never come because its transaction was rolled back. A reader stops before such a gap until every transaction has
/// ended that could fill it: those that were writing to the table when the gap was seen. They are recognised by the table's lock, which a
/// transaction takes before it draws a number and keeps to its end.
/// </summary>
/// <remarks>
/// Not by <c>pg_snapshot_xmin</c>: that waits for all databases of the server, and transaction ids do not survive a dump and restore.
/// </remarks>
public sealed class EventLog
{
    // By the event behind the gap: the transactions that may still fill it.
    readonly ConcurrentDictionary<(long Site, long Next), HashSet<string>> gaps = new();

    /// <summary>The events behind <paramref name="after"/>, in order, as far as nothing can come in between any more.</summary>
    /// <returns>The events, and whether more are there behind a gap that may still be filled.</returns>
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
            // The writers are asked for behind the read that showed the gap: whoever drew a number in it holds the lock, or has ended.
            var writers = await Writers(db, ct);
            if (gaps.GetOrAdd((db.Site.Id, next), writers).Overlaps(writers)) return (rows[..safe], true);
            // All have ended: what the next read does not show will never be there.
            gaps.TryRemove((db.Site.Id, next), out _);
            settled = next;
        }
    }

    /// <summary>How many rows stand before the first gap that is not known to stay empty.</summary>
    static int BeforeGap(List<EventRow> rows, long after, long settled)
    {
        for (var i = 0; i < rows.Count; i++)
            if (rows[i].Seq != (i == 0 ? after : rows[i - 1].Seq) + 1 && rows[i].Seq > settled) return i;
        return rows.Count;
    }

    /// <summary>The transactions that write to this database's log now.</summary>
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
