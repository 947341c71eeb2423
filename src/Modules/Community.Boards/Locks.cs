using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Community.Boards;

/// <summary>
/// Locks that PostgreSQL releases at the end of the transaction. Not needed on SQLite: the site's write gate serializes all writes.
/// </summary>
static class Locks
{
    const int Posting = 0x426f61, Reading = 0x526561, Moving = 0x4d6f76, Arranging = 0x417272, Reacting = 0x526163,
        Importing = 0x496d70;

    /// <summary>A shared lock that posting takes before the post gets its id; see <see cref="MarkBoard"/>.</summary>
    public static Task ShareBoard(SiteDb db, long board, CancellationToken ct) =>
        Lock(db, $"SELECT pg_advisory_xact_lock_shared({Posting}, {Number(board)})", ct);

    /// <summary>The same for a board known only by its key. Locks nothing if there is no such board.</summary>
    public static Task ShareBoard(SiteDb db, string key, CancellationToken ct) =>
        Lock(db, $"SELECT pg_advisory_xact_lock_shared({Posting}, (id & {(long)int.MaxValue})::int) FROM boards WHERE key = {key}", ct);

    /// <summary>Waits until all transactions that are posting in the board have ended, and blocks new ones.</summary>
    public static Task MarkBoard(SiteDb db, long board, CancellationToken ct) => Exclusive(db, Posting, board, ct);

    /// <summary>
    /// Locks and loads a board whose counters change. Rows that refer to it may be written meanwhile: a moderator who has changed a post
    /// refers to its board in the log, and would wait here for a counter that waits for that post.
    /// </summary>
    public static Task<Board?> Count(SiteDb db, long board, CancellationToken ct) =>
        (db.IsSqlite ? db.Boards : db.Boards.FromSql($"SELECT * FROM boards WHERE id = {board} FOR NO KEY UPDATE"))
            .FirstOrDefaultAsync(b => b.Id == board, ct);

    /// <summary>Allows one topic move at a time per site, so that the moves' ids are in commit order.</summary>
    public static Task Moves(SiteDb db, CancellationToken ct) => Exclusive(db, Moving, 0, ct);

    /// <summary>Allows one import into the board to be begun, resumed or undone at a time.</summary>
    public static Task Import(SiteDb db, long board, CancellationToken ct) => Exclusive(db, Importing, board, ct);

    /// <summary>Serializes changes of what a member has read. Take it before a topic's row, as posting does.</summary>
    public static Task Reader(SiteDb db, long member, CancellationToken ct) => Exclusive(db, Reading, member, ct);

    /// <summary>
    /// Blocks for topics whose posts get other numbers what a member has read of them, see <see cref="ReadTopic"/>. Take it before the
    /// topics' rows: storing what was read locks them too, as a foreign key does.
    /// </summary>
    public static async Task Arrange(SiteDb db, IEnumerable<long> topics, CancellationToken ct)
    {
        foreach (var topic in topics.Distinct().Order()) await Exclusive(db, Arranging, topic, ct);
    }

    /// <summary>The locks for storing what a member has read of a topic.</summary>
    public static Task ReadTopic(SiteDb db, long member, long topic, CancellationToken ct) =>
        Lock(
            db,
            $"""
            SELECT pg_advisory_xact_lock({Reading}, {Number(member)});
            SELECT pg_advisory_xact_lock_shared({Arranging}, {Number(topic)})
            """,
            ct
        );

    /// <summary>
    /// The member's row, to which a new row will refer, and the post, whose reactions are counted: a lock that lets others refer to it.
    /// </summary>
    public static Task React(SiteDb db, long member, long post, CancellationToken ct) =>
        Lock(
            db,
            $"""
            SELECT id FROM members WHERE id = {member} FOR KEY SHARE;
            SELECT id FROM posts WHERE id = {post} FOR NO KEY UPDATE
            """,
            ct
        );

    /// <summary>The member's row, to which a new row will refer.</summary>
    public static Task Member(SiteDb db, long member, CancellationToken ct) =>
        Lock(db, $"SELECT id FROM members WHERE id = {member} FOR KEY SHARE", ct);

    /// <summary>The rows of several posts whose reactions are counted, in order of ids.</summary>
    public static Task Posts(SiteDb db, IReadOnlyCollection<long> posts, CancellationToken ct) =>
        Lock(db, $"SELECT id FROM posts WHERE id = ANY({posts.ToArray()}) ORDER BY id FOR NO KEY UPDATE", ct);

    /// <summary>Allows one change of a site's reactions at a time: the first stores the usual ones.</summary>
    public static Task Reactions(SiteDb db, CancellationToken ct) => Exclusive(db, Reacting, 0, ct);

    /// <summary>
    /// All locks of a reply, in one round trip: what its author has read, the members to whose rows it will refer, the topic's row, and the
    /// board as in <see cref="ShareBoard(SiteDb, long, CancellationToken)"/>. The members come before the topic, as who erases or merges
    /// one has it: they hold the member's row when they come to the topics. The post's id is drawn with the locks, so that the event that
    /// names it is saved with the post: within a topic ids increase with numbers, as its row is locked by then.
    /// </summary>
    /// <returns>The id for the reply; null on SQLite, which gives one to the row as it is inserted.</returns>
    public static async Task<long?> Reply(SiteDb db, long member, long topic, int to, long[] mentioned, CancellationToken ct)
    {
        if (db.IsSqlite) return null;
        // Statements of a batch are prepared once for each connection; one text of several would be parsed at each call.
        await using var batch = db.Database.GetDbConnection().CreateBatch();
        batch.Transaction = db.Database.CurrentTransaction!.GetDbTransaction();
        Add("SELECT pg_advisory_xact_lock($1, $2)", Reading, Number(member));
        Add(
            """
            SELECT id FROM members
            WHERE id = ANY(ARRAY[$1, (SELECT author_id FROM posts WHERE topic_id = $2 AND number = $3)] || $4)
            ORDER BY id FOR KEY SHARE
            """,
            member, topic, to, mentioned);
        // Rows that refer to the topic (what was read, notices) may be written meanwhile: their keys are not changed here.
        Add("SELECT id FROM topics WHERE id = $1 FOR NO KEY UPDATE", topic);
        Add("SELECT pg_advisory_xact_lock_shared($1, (board_id & $2)::int) FROM topics WHERE id = $3", Posting, (long)int.MaxValue, topic);
        Add("SELECT nextval(pg_get_serial_sequence('posts', 'id'))");
        await using var results = await batch.ExecuteReaderAsync(ct);
        for (var before = batch.BatchCommands.Count - 1; before > 0; before--) await results.NextResultAsync(ct);
        await results.ReadAsync(ct);
        return results.GetInt64(0);

        void Add(string sql, params ReadOnlySpan<object> values)
        {
            var command = batch.CreateBatchCommand();
            command.CommandText = sql;
            foreach (var value in values)
            {
                var parameter = command.CreateParameter();
                parameter.Value = value;
                command.Parameters.Add(parameter);
            }
            batch.BatchCommands.Add(command);
        }
    }

    static Task Exclusive(SiteDb db, int space, long id, CancellationToken ct) =>
        Lock(db, $"SELECT pg_advisory_xact_lock({space}, {Number(id)})", ct);

    static int Number(long id) => (int)(id & int.MaxValue);

    static Task Lock(SiteDb db, FormattableString sql, CancellationToken ct) =>
        db.IsSqlite ? Task.CompletedTask : db.Database.ExecuteSqlAsync(sql, ct);
}
