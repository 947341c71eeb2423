using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Search;

/// <summary>A post as the index stores it.</summary>
/// <param name="Key">See <see cref="IndexTable.KeyOf"/>.</param>
/// <param name="PostId">The post.</param>
/// <param name="Grams">Its words, see <see cref="Search.Grams"/>.</param>
public readonly record struct IndexedPost(long Key, long PostId, string Grams);

/// <summary>A post that the index finds.</summary>
public sealed record IndexHit(long PostId, long Key);

/// <summary>What the index finds.</summary>
/// <param name="Hits">By key, the highest first.</param>
/// <param name="Next">Below this key there may be more; null if there is nothing.</param>
public sealed record IndexHits(IReadOnlyList<IndexHit> Hits, long? Next)
{
    internal static IndexHits Of(List<IndexHit> hits, int max) => new(hits, hits.Count < max ? null : hits[^1].Key);
}

/// <summary>
/// The table of one index: on SQLite a full-text table (FTS5) without the texts, on PostgreSQL a column of words (tsvector) with an
/// inverted index (GIN). The table comes and goes with its index, so it is no part of the migrations.
/// </summary>
public sealed class IndexTable(SiteDb db, long index)
{
    /// <summary>Of a post's id, this much is in its key.</summary>
    const int IdBits = 20;

    readonly string name = $"search_{index}";

    /// <summary>
    /// Sorts posts by time: an imported archive brings old posts with new ids. Two posts of the same millisecond would have the same key
    /// only if their ids were a million apart.
    /// </summary>
    public static long KeyOf(DateTime at, long postId) => KeyOf(at) | (postId & ((1L << IdBits) - 1));

    /// <summary>The lowest key of that time.</summary>
    public static long KeyOf(DateTime at) => Math.Max(0, (long)(at - DateTime.UnixEpoch).TotalMilliseconds) << IdBits;

    /// <summary>The time of a key.</summary>
    public static DateTime TimeOf(long key) => DateTime.UnixEpoch.AddMilliseconds(Math.Min(key >> IdBits, MaxTime));

    /// <summary>The last millisecond that a <see cref="DateTime"/> holds.</summary>
    const long MaxTime = 253402300799999;

#pragma warning disable EF1002 // The table's name is made of a number.
    public async Task Create(CancellationToken ct)
    {
        if (db.IsSqlite)
        {
            // ascii: what is not ASCII is part of a word, and all folding is our own. contentless_delete needs SQLite 3.43,
            // contentless_unindexed 3.47.
            await db.Database.ExecuteSqlRawAsync(
                $"""
                CREATE VIRTUAL TABLE {name} USING fts5(grams, post_id UNINDEXED,
                content='', contentless_delete=1, contentless_unindexed=1, tokenize="ascii tokenchars '#+'")
                """,
                ct
            );
            return;
        }
        // The words stand apart from their rows, which many queries read: a low toast_tuple_target keeps the rows small.
        await db.Database.ExecuteSqlRawAsync(
            $"""
            CREATE TABLE {name} (key bigint PRIMARY KEY, post_id bigint NOT NULL, grams tsvector NOT NULL) WITH (toast_tuple_target = 128);
            CREATE INDEX ix_{name}_grams ON {name} USING gin (grams) WITH (gin_pending_list_limit = 1024)
            """,
            ct
        );
    }

    public Task Drop(CancellationToken ct) => db.Database.ExecuteSqlRawAsync($"DROP TABLE IF EXISTS {name}", ct);

    /// <summary>Replaces what the index has of these posts; those without words are removed.</summary>
    public async Task Write(IReadOnlyList<IndexedPost> posts, CancellationToken ct)
    {
        if (posts.Count == 0) return;
        var present = posts.Where(p => p.Grams.Length > 0).ToList();
        if (db.IsSqlite)
        {
            foreach (var post in posts) await db.Database.ExecuteSqlRawAsync($"DELETE FROM {name} WHERE rowid = {{0}}", [post.Key], ct);
            foreach (var post in present)
                await db.Database.ExecuteSqlRawAsync(
                    $"INSERT INTO {name} (rowid, grams, post_id) VALUES ({{0}}, {{1}}, {{2}})",
                    [post.Key, post.Grams, post.PostId],
                    ct
                );
            return;
        }
        await db.Database.ExecuteSqlRawAsync($"DELETE FROM {name} WHERE key = ANY({{0}})", [posts.Select(p => p.Key).ToArray()], ct);
        await db.Database.ExecuteSqlRawAsync(
            $"""
            INSERT INTO {name} (key, post_id, grams)
            SELECT k, p, array_to_tsvector(array_remove(string_to_array(g, ' '), '')) FROM unnest({"{0}"}, {"{1}"}, {"{2}"}) AS t(k, p, g)
            ON CONFLICT (key) DO NOTHING
            """,
            [
                present.Select(p => p.Key).ToArray(),
                present.Select(p => p.PostId).ToArray(),
                present.Select(p => p.Grams).ToArray(),
            ],
            ct
        );
    }

    /// <summary>
    /// Posts that may have all these terms, the newest first: some have the words, but not as the term has them.
    /// </summary>
    /// <param name="terms">At least one; those with a minus do not count.</param>
    /// <param name="below">Only posts with a lower key.</param>
    /// <param name="from">Only posts with this key or a higher one.</param>
    /// <param name="max">So many at most.</param>
    /// <param name="ct">Cancels it.</param>
    public Task<IndexHits> Find(IEnumerable<Term> terms, long below, long from, int max, CancellationToken ct)
    {
        var phrases = terms.Where(t => !t.IsExcluded).SelectMany(t => t.Phrases());
        var words = db.IsSqlite
            ? phrases.Select(p => $"\"{string.Join(' ', p.Grams)}\"" + (p.IsPrefix ? "*" : ""))
            : phrases.SelectMany(p => p.Grams.Select((g, i) => $"'{g}'" + (p.IsPrefix && i == p.Grams.Count - 1 ? ":*" : "")));
        var all = string.Join(db.IsSqlite ? " AND " : " & ", words.Distinct());
        return db.IsSqlite ? Walk(all, below, from, max, ct) : FindNewest(all, below, from, max, ct);
    }

    /// <summary>SQLite walks along the posts of a word from the newest on.</summary>
    async Task<IndexHits> Walk(string words, long below, long from, int max, CancellationToken ct) =>
        IndexHits.Of(
            await db.Database.SqlQueryRaw<IndexHit>(
                $"""
                SELECT post_id AS "PostId", rowid AS "Key" FROM {name}
                WHERE {name} MATCH {"{0}"} AND rowid < {"{1}"} AND rowid >= {"{2}"} ORDER BY rowid DESC LIMIT {"{3}"}
                """,
                words,
                below,
                from,
                max
            ).ToListAsync(ct),
            max
        );

    /// <summary>
    /// A row among the newest: a hit, or without a post the last one that was looked at. With it whether that was all, and how many rows
    /// the table has, as the planner knows it.
    /// </summary>
    sealed record NewestRow(long PostId, long Key, bool IsAll, double Rows);

    /// <summary>
    /// PostgreSQL collects all posts of a word before it sorts them, and fetches each from its page. A frequent word fills a page with a
    /// few of the newest posts, so these are looked through first, without the inverted index. How many of them are hits says how far back
    /// the others will be: only these are fetched then, by the inverted index and the primary key together.
    /// </summary>
    async Task<IndexHits> FindNewest(string words, long below, long from, int max, CancellationToken ct)
    {
        var newest = Math.Min(max * NewestForEach, MaxNewest);
        var rows = await db.Database.SqlQueryRaw<NewestRow>(
            $"""
            WITH newest AS MATERIALIZED (
                SELECT key, post_id, grams @@ {"{0}"}::tsquery AS fits FROM {name}
                WHERE key < {"{1}"} AND key >= {"{2}"} ORDER BY key DESC LIMIT {"{3}"}
            ), looked AS (SELECT min(key) AS last, count(*) < {"{3}"} AS is_all FROM newest)
            SELECT CASE WHEN fits THEN post_id ELSE 0 END AS "PostId", key AS "Key", is_all AS "IsAll",
                (SELECT reltuples::float8 FROM pg_class WHERE oid = '{name}'::regclass) AS "Rows"
            FROM newest, looked WHERE fits OR key = last ORDER BY key DESC LIMIT {"{4}"}
            """,
            words,
            below,
            from,
            newest,
            max + 1
        ).ToListAsync(ct);
        if (rows.Count == 0) return new([], null);
        var hits = rows.Where(r => r.PostId > 0).Take(max).Select(r => new IndexHit(r.PostId, r.Key)).ToList();
        if (rows.Count > max) return new(hits, hits[^1].Key);
        if (rows[0].IsAll) return new(hits, null);
        var last = rows[^1].Key;
        if (hits.Count >= max / EnoughOf) return new(hits, last);
        var older = hits.Count * rows[0].Rows / newest <= MaxWhole
            ? IndexHits.Of(await OfWhole(words, last, from, max, ct), max)
            : await OfWindow(words, last, from, max, Math.Min((long)(newest * max * WindowMargin / hits.Count), MaxWindow), ct);
        return older with { Hits = [.. hits, .. older.Hits] };
    }

    /// <summary>
    /// The rare ones, or those that were frequent only long ago. The sum keeps the planner from walking along the primary key until it has
    /// found enough, which it never does where words that are frequent alone never meet.
    /// </summary>
    Task<List<IndexHit>> OfWhole(string words, long below, long from, int max, CancellationToken ct) =>
        db.Database.SqlQueryRaw<IndexHit>(
            $"""
            SELECT post_id AS "PostId", key AS "Key" FROM {name}
            WHERE grams @@ {"{0}"}::tsquery AND key + 0 < {"{1}"} AND key + 0 >= {"{2}"} ORDER BY key + 0 DESC LIMIT {"{3}"}
            """,
            words,
            below,
            from,
            max
        ).ToListAsync(ct);

    /// <summary>
    /// Those among the next rows, of which there should be enough. If there are not, since they are fewer than the newest made believe, the
    /// caller goes on below them.
    /// </summary>
    async Task<IndexHits> OfWindow(string words, long below, long from, int max, long rows, CancellationToken ct)
    {
        var ends = await db.Database.SqlQueryRaw<long>(
            $"""
            SELECT key AS "Value" FROM {name} WHERE key < {"{0}"} AND key >= {"{1}"} ORDER BY key DESC OFFSET {"{2}"} LIMIT 1
            """,
            below,
            from,
            rows
        ).ToListAsync(ct);
        var lowest = ends.Count > 0 ? ends[0] : from;
        // With both bounds in its text it is planned for them each time: a plan for any bounds would walk along the primary key.
        var hits = await db.Database.SqlQueryRaw<IndexHit>(
            $"""
            SELECT post_id AS "PostId", key AS "Key" FROM {name}
            WHERE grams @@ {"{0}"}::tsquery AND key < {below} AND key >= {lowest} ORDER BY key DESC LIMIT {"{1}"}
            """,
            words,
            max
        ).ToListAsync(ct);
        return new(hits, hits.Count == max ? hits[^1].Key : ends.Count > 0 ? lowest : null);
    }

    /// <summary>So many of the newest posts are looked through for each hit that is wanted; a thousand take two milliseconds.</summary>
    const int NewestForEach = 12, MaxNewest = 6_000;

    /// <summary>With this part of what is wanted among the newest, the caller looks at that first.</summary>
    const int EnoughOf = 4;

    /// <summary>So many hits are fetched from all over the table, each from a page of its own: a thousand take ten milliseconds.</summary>
    public int MaxWhole { get; init; } = 2_500;

    /// <summary>So far goes one look back, in rows: to find its end takes some twenty milliseconds.</summary>
    const long MaxWindow = 200_000;

    /// <summary>The window is so much longer than it should be.</summary>
    const double WindowMargin = 1.5;

    /// <summary>Which of these keys the index has.</summary>
    public async Task<HashSet<long>> Has(IReadOnlyList<long> keys, CancellationToken ct) =>
        keys.Count == 0
            ? []
            : [
                .. await (
                    db.IsSqlite
                        ? db.Database.SqlQueryRaw<long>(
                            $"SELECT id AS \"Value\" FROM {name}_docsize WHERE id IN (SELECT value FROM json_each({{0}}))",
                            System.Text.Json.JsonSerializer.Serialize(keys)
                        )
                        : db.Database.SqlQueryRaw<long>($"SELECT key AS \"Value\" FROM {name} WHERE key = ANY({{0}})", keys.ToArray())
                ).ToListAsync(ct),
            ];

    /// <summary>The entries after this key, by key.</summary>
    public Task<List<IndexHit>> After(long key, int max, CancellationToken ct) =>
        db.Database.SqlQueryRaw<IndexHit>(
            db.IsSqlite
                ? $"SELECT c1 AS \"PostId\", id AS \"Key\" FROM {name}_content WHERE id > {{0}} ORDER BY id LIMIT {{1}}"
                : $"SELECT post_id AS \"PostId\", key AS \"Key\" FROM {name} WHERE key > {{0}} ORDER BY key LIMIT {{1}}",
            key,
            max
        ).ToListAsync(ct);

    /// <summary>Whether this post is found by all words of its own.</summary>
    public async Task<bool> Finds(IndexedPost post, CancellationToken ct)
    {
        var words = post.Grams.Split(' ', StringSplitOptions.RemoveEmptyEntries).Distinct().ToArray();
        return (
            await (
                db.IsSqlite
                    ? db.Database.SqlQueryRaw<long>(
                        $"SELECT rowid AS \"Value\" FROM {name} WHERE {name} MATCH {{0}} AND rowid = {{1}}",
                        string.Join(' ', words.Take(200).Select(w => $"\"{w}\"")),
                        post.Key
                    )
                    : db.Database.SqlQueryRaw<long>(
                        $"""
                        SELECT key AS "Value" FROM {name} WHERE key = {"{1}"}
                        AND tsvector_to_array(grams) @> {"{0}"} AND tsvector_to_array(grams) <@ {"{0}"}
                        """,
                        words,
                        post.Key
                    )
            ).ToListAsync(ct)
        ).Count == 1;
    }

    /// <summary>Before a newly built table is searched: PostgreSQL plans by its figures.</summary>
    public Task Analyze(CancellationToken ct) => db.IsSqlite ? Task.CompletedTask : db.Database.ExecuteSqlRawAsync($"ANALYZE {name}", ct);

    /// <summary>
    /// SQLite only marks removed posts, and forgets their words when it merges. This merges all, in steps; PostgreSQL's autovacuum does it
    /// by itself.
    /// </summary>
    /// <param name="first">Whether this is the first step.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>Whether there is more to do.</returns>
    public async Task<bool> Merge(bool first, CancellationToken ct)
    {
        if (!db.IsSqlite) return false;
        const int pages = 500;
        var before = await Changes(ct);
        await db.Database.ExecuteSqlRawAsync($"INSERT INTO {name} ({name}, rank) VALUES ('merge', {{0}})", [first ? -pages : pages], ct);
        // https://sqlite.org/fts5.html#the_merge_command: it was a no-op if fewer than two rows changed.
        return first || await Changes(ct) - before >= 2;
    }

    Task<long> Changes(CancellationToken ct) =>
        db.Database.SqlQueryRaw<long>("SELECT total_changes() AS \"Value\"").SingleAsync(ct);
#pragma warning restore EF1002
}
