using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Community.Boards;

/// <summary>
/// Locks that PostgreSQL releases at the end of the transaction. Not needed on SQLite: the site's write gate serializes all writes.
/// Whoever needs several takes them in this order (decision 0090): what a member has read, and other numbers of this class; members, by
/// id; topics, by id; everything else. An import and a clearing have their own row before the members of a step.
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

    /// <summary>The locks of who writes rows that belong to them: what they have read, and their own row.</summary>
    public static Task Writer(SiteDb db, long member, CancellationToken ct) =>
        Lock(
            db,
            $"""
            SELECT pg_advisory_xact_lock({Reading}, {Number(member)});
            SELECT id FROM members WHERE id = {member} FOR KEY SHARE
            """,
            ct
        );

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
    public static Task Member(SiteDb db, long member, CancellationToken ct) => Members(db, [member], ct);

    /// <summary>
    /// The members to whose rows something will refer, in order of ids and so that others may refer to them too. Before the rows of
    /// topics and of all that is in them: who erases or merges a member holds the member's row, and comes to the others later.
    /// </summary>
    /// <returns>Those of them who are there, and stay so until the change ends; all of them on SQLite.</returns>
    public static async Task<IReadOnlyCollection<long>> Members(SiteDb db, IEnumerable<long?> members, CancellationToken ct)
    {
        long[] ids = [.. members.OfType<long>().Distinct()];
        if (db.IsSqlite || ids.Length == 0) return ids;
        return await db.Database
            .SqlQuery<long>($"SELECT id AS \"Value\" FROM members WHERE id = ANY({ids}) ORDER BY id FOR KEY SHARE").ToListAsync(ct);
    }

    /// <summary>
    /// The same of whoever the rows of topics may name, and what is written about them: those who began them, and the author of the last
    /// post, whichever post is hidden or shown again.
    /// </summary>
    /// <param name="db">The site's database, with an open change that holds none of the topics yet.</param>
    /// <param name="topics">The topics.</param>
    /// <param name="members">Who else is named.</param>
    /// <param name="post">The number of a post that may be hidden or shown again; null if none is.</param>
    /// <param name="gone">Whose posts may all be hidden or shown again; null if nobody's.</param>
    /// <param name="ct">Cancels it.</param>
    public static Task MembersOf(SiteDb db, long[] topics, IEnumerable<long?> members, int? post, long? gone, CancellationToken ct)
    {
        long[] ids = [.. members.OfType<long>()];
        return Lock(
            db,
            $"""
            SELECT id FROM members WHERE id = ANY({ids} || ARRAY(
                SELECT author_id FROM topics WHERE id = ANY({topics})
                UNION ALL SELECT author_id FROM posts WHERE topic_id = ANY({topics}) AND number = {post}::int
                UNION ALL SELECT last.author_id FROM unnest({topics}) AS each (topic) CROSS JOIN LATERAL (
                    SELECT author_id FROM posts
                    WHERE topic_id = each.topic AND hidden_at IS NULL AND deleted_at IS NULL AND author_id IS DISTINCT FROM {gone}::bigint
                    ORDER BY at DESC, number DESC LIMIT 2) last
                WHERE {post is not null || gone is not null}))
            ORDER BY id FOR KEY SHARE
            """,
            ct
        );
    }

    /// <summary>The same of everybody who wrote in topics whose posts are arranged anew or taken out, or has read in them.</summary>
    /// <param name="db">The site's database, with an open change that holds none of the topics yet.</param>
    /// <param name="topics">The topics.</param>
    /// <param name="members">Who else is named.</param>
    /// <param name="boards">Whether what was read of their boards is written down for the topics.</param>
    /// <param name="ct">Cancels it.</param>
    public static Task EverybodyIn(SiteDb db, long[] topics, IEnumerable<long?> members, bool boards, CancellationToken ct)
    {
        long[] ids = [.. members.OfType<long>()];
        return Lock(
            db,
            $"""
            SELECT id FROM members WHERE id = ANY({ids} || ARRAY(
                SELECT author_id FROM topics WHERE id = ANY({topics})
                UNION SELECT author_id FROM posts WHERE topic_id = ANY({topics})
                UNION SELECT member_id FROM topic_reads WHERE topic_id = ANY({topics})
                UNION SELECT member_id FROM board_reads WHERE {boards} AND board_id IN (
                    SELECT board_id FROM topics WHERE id = ANY({topics})
                    UNION SELECT board_id FROM topic_stays WHERE topic_id = ANY({topics}))))
            ORDER BY id FOR KEY SHARE
            """,
            ct
        );
    }

    /// <summary>
    /// Locks and loads a topic for who holds a member's row for good: rows that refer to the topic (what was read, notices) may be written
    /// meanwhile, and wait for that member while they do.
    /// </summary>
    public static Task<Topic?> TopicOfErased(SiteDb db, long topic, CancellationToken ct) =>
        (db.IsSqlite ? db.Topics : db.Topics.FromSql($"SELECT * FROM topics WHERE id = {topic} FOR NO KEY UPDATE"))
            .FirstOrDefaultAsync(t => t.Id == topic, ct);

    /// <summary>Opens a change of a topic, with the locks of the members whom the act may name before the topic's own.</summary>
    /// <param name="db">The site's database.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="actor">Who acts.</param>
    /// <param name="post">The number of the post that it may hide or show again, or write about; null for none.</param>
    /// <param name="mentioned">Whom a new text mentions.</param>
    /// <param name="ct">Cancels it.</param>
    public static async Task<Change<Topic>> ChangeTopic(
        this SiteDb db, long topic, Reader actor, int? post, IEnumerable<long> mentioned, CancellationToken ct)
    {
        var change = await db.Change(ct);
        try
        {
            await MembersOf(db, [topic], [actor.Id, .. mentioned], post, null, ct);
            return new(change, await db.Locked<Topic>(topic, ct));
        }
        catch
        {
            await change.DisposeAsync();
            throw;
        }
    }

    /// <summary>The rows of several posts whose reactions are counted, in order of ids.</summary>
    public static Task Posts(SiteDb db, IReadOnlyCollection<long> posts, CancellationToken ct) =>
        Lock(db, $"SELECT id FROM posts WHERE id = ANY({posts.ToArray()}) ORDER BY id FOR NO KEY UPDATE", ct);

    /// <summary>Allows one change of a site's reactions at a time: the first stores the usual ones.</summary>
    public static Task Reactions(SiteDb db, CancellationToken ct) => Exclusive(db, Reacting, 0, ct);

    /// <summary>
    /// All locks of a reply, in one round trip: what its author has read, the members to whose rows it will refer, the topic's row, and the
    /// board as in <see cref="ShareBoard(SiteDb, long, CancellationToken)"/>. The post's id is drawn with the locks, so that the event that
    /// names it is saved with the post: within a topic ids increase with numbers, as its row is locked by then.
    /// </summary>
    /// <returns>
    /// The id for the reply, and whether those whom it mentions are there still, under their names; null on SQLite, which gives an id to
    /// the row as it is inserted.
    /// </returns>
    public static async Task<(long Id, bool AreThere)?> Reply(
        SiteDb db, long member, long topic, int to, IReadOnlyCollection<Mentions.Named> mentioned, CancellationToken ct)
    {
        if (db.IsSqlite) return null;
        long[] ids = [.. mentioned.Select(m => m.Id)];
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
            member, topic, to, ids);
        // Rows that refer to the topic (what was read, notices) may be written meanwhile: their keys are not changed here.
        Add("SELECT id FROM topics WHERE id = $1 FOR NO KEY UPDATE", topic);
        Add("SELECT pg_advisory_xact_lock_shared($1, (board_id & $2)::int) FROM topics WHERE id = $3", Posting, (long)int.MaxValue, topic);
        Add("SELECT nextval(pg_get_serial_sequence('posts', 'id'))");
        var drawn = batch.BatchCommands.Count;
        // Behind all locks, since who waited for the topic may have waited long.
        if (ids.Length > 0) Add("SELECT id, name, handle FROM members WHERE id = ANY($1)", ids);
        await using var results = await batch.ExecuteReaderAsync(ct);
        for (var before = drawn - 1; before > 0; before--) await results.NextResultAsync(ct);
        await results.ReadAsync(ct);
        var (id, left) = (results.GetInt64(0), mentioned.Select(m => (m.Id, m.Name, m.Handle)).ToHashSet());
        if (ids.Length > 0) await results.NextResultAsync(ct);
        while (left.Count > 0 && await results.ReadAsync(ct))
            left.Remove((results.GetInt64(0), results.GetString(1), results.GetString(2)));
        return (id, left.Count == 0);

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
