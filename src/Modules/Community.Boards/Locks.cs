using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>
/// Locks that PostgreSQL gives up with the transaction. On SQLite the site's write gate has made everything exclusive already.
/// </summary>
static class Locks
{
    const int Posting = 0x426f61, Reading = 0x526561, Moving = 0x4d6f76;

    /// <summary>Posting holds it before it draws its id; see <see cref="MarkBoard"/>.</summary>
    public static Task ShareBoard(SiteDb db, long board, CancellationToken ct) =>
        Lock(db, "pg_advisory_xact_lock_shared", Posting, board, ct);

    /// <summary>Waits until every post of the board that is under way is committed, and lets none begin.</summary>
    public static Task MarkBoard(SiteDb db, long board, CancellationToken ct) => Lock(db, "pg_advisory_xact_lock", Posting, board, ct);

    /// <summary>One move at a time on a site: so the moves are numbered in the order in which they are seen.</summary>
    public static Task Moves(SiteDb db, CancellationToken ct) => Lock(db, "pg_advisory_xact_lock", Moving, 0, ct);

    /// <summary>One change at a time of what a member has read. Take it first: who posts takes the topic's row after it.</summary>
    public static Task Reader(SiteDb db, long member, CancellationToken ct) => Lock(db, "pg_advisory_xact_lock", Reading, member, ct);

#pragma warning disable EF1002 // The function's name is one of the three above.
    static async Task Lock(SiteDb db, string function, int space, long id, CancellationToken ct)
    {
        if (!db.IsSqlite) await db.Database.ExecuteSqlRawAsync($"SELECT {function}({{0}}, {{1}})", [space, (int)(id & int.MaxValue)], ct);
    }
#pragma warning restore EF1002
}
