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
        Lock(db, $"SELECT pg_advisory_xact_lock_shared({Posting}, {Number(board)})", ct);

    /// <summary>The same for a board of which only the key is known; nothing if there is none.</summary>
    public static Task ShareBoard(SiteDb db, string key, CancellationToken ct) =>
        Lock(db, $"SELECT pg_advisory_xact_lock_shared({Posting}, (id & {(long)int.MaxValue})::int) FROM boards WHERE key = {key}", ct);

    /// <summary>Waits until every post of the board that is under way is committed, and lets none begin.</summary>
    public static Task MarkBoard(SiteDb db, long board, CancellationToken ct) => Exclusive(db, Posting, board, ct);

    /// <summary>One move at a time on a site: so the moves are numbered in the order in which they are seen.</summary>
    public static Task Moves(SiteDb db, CancellationToken ct) => Exclusive(db, Moving, 0, ct);

    /// <summary>One change at a time of what a member has read. Take it first: who posts takes the topic's row after it.</summary>
    public static Task Reader(SiteDb db, long member, CancellationToken ct) => Exclusive(db, Reading, member, ct);

    static Task Exclusive(SiteDb db, int space, long id, CancellationToken ct) =>
        Lock(db, $"SELECT pg_advisory_xact_lock({space}, {Number(id)})", ct);

    static int Number(long id) => (int)(id & int.MaxValue);

    static Task Lock(SiteDb db, FormattableString sql, CancellationToken ct) =>
        db.IsSqlite ? Task.CompletedTask : db.Database.ExecuteSqlAsync(sql, ct);
}
