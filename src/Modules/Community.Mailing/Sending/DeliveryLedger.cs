using System.Collections.Concurrent;
using System.Text.Json;
using Community.Kernel;
using Community.Mail;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Community.Mailing;

/// <summary>
/// Writes down what happens to the leased deliveries of each site, for all its connections together: while one commit is under way, what
/// comes meanwhile waits for the next. One commit for each message would be most of the cost of sending it. What is promised is the same:
/// an intent is committed before its final dot leaves, and only the process that holds the lease writes.
/// <para>
/// PostgreSQL has two books for each site: intents, for which connections wait, do not wait for outcomes, for which nobody does. SQLite
/// has one writer anyway, and one commit for both.
/// </para>
/// </summary>
public sealed class DeliveryLedger(Databases databases, SiteScopes scopes, TimeProvider time, ILogger<DeliveryLedger> logger)
{
    /// <summary>More entries than connections of one site wait for the next commit but one.</summary>
    const int MaxEntries = 100;
    /// <summary>An outcome that is not written down leaves its delivery ambiguous for ever.</summary>
    const int MaxTries = 5;
    static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(300);
    /// <summary>So long the first waits for others. They are on their way meanwhile, so it costs next to nothing.</summary>
    static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(5);
    /// <summary>
    /// The same for outcomes alone. A process that dies meanwhile leaves them ambiguous, as many as a few milliseconds bring.
    /// </summary>
    static readonly TimeSpan GatheringOutcomes = TimeSpan.FromMilliseconds(4);

    /// <param name="Result">The relay's answer; null for an intent.</param>
    sealed record Entry(LeasedDelivery Leased, ProcessIncarnation Process, SendResult? Result)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public int Tries { get; set; }
    }

    sealed class Book(bool ofOutcomes)
    {
        public TimeSpan Gathering => ofOutcomes ? GatheringOutcomes : DeliveryLedger.Gathering;
        public readonly List<Entry> Waiting = [];
        public bool IsOpen;
        /// <summary>The connections that are sending for the site.</summary>
        public int Connections;
        /// <summary>Set when three quarters of them wait for their intents; the others are on their way.</summary>
        public TaskCompletionSource? Enough;

        public bool HasEnough =>
            ofOutcomes ? Waiting.Count >= MaxEntries : Waiting.Count(e => e.Result is null) * 4 >= Connections * 3;
    }

    readonly ConcurrentDictionary<(long Site, bool OfOutcomes), Book> books = new();

    Book BookOf(Site site, bool ofOutcomes) =>
        books.GetOrAdd(
            (site.Id, ofOutcomes && databases.IsShared),
            key => new Book(key.OfOutcomes)
        );

    /// <summary>A connection begins to send for the site; it ends with the disposal.</summary>
    public IDisposable Connect(Site site)
    {
        var book = BookOf(site, ofOutcomes: false);
        lock (book) book.Connections++;
        return new Connection(book);
    }

    sealed class Connection(Book book) : IDisposable
    {
        public void Dispose()
        {
            lock (book)
            {
                book.Connections--;
                if (book.HasEnough) book.Enough?.TrySetResult();
            }
        }
    }

    /// <summary>Commits that the message may be delivered from now on. Call before the final dot.</summary>
    /// <exception cref="LeaseLost">The lease is no longer ours, or the mailing was paused or stopped: the dot must not be sent.</exception>
    public async Task Intend(Site site, LeasedDelivery leased, ProcessIncarnation process, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        await Faults.At("mailing.before-intent", site);
        // Not cancelled half way: whether the intent stands decides what the message's fate can be.
        await Add(site, new(leased, process, null));
        await Faults.At("mailing.before-dot", site);
    }

    /// <summary>Writes down that the relay has accepted the message. The caller may go on with the next one meanwhile.</summary>
    public Task Accepted(Site site, LeasedDelivery leased, ProcessIncarnation process, SendResult result) =>
        Add(site, new(leased, process, result));

    Task Add(Site site, Entry entry)
    {
        var book = BookOf(site, ofOutcomes: entry.Result is not null);
        lock (book)
        {
            book.Waiting.Add(entry);
            if (book.HasEnough) book.Enough?.TrySetResult();
            if (book.IsOpen) return entry.Done.Task;
            book.IsOpen = true;
        }
        _ = Task.Run(() => Write(site, book));
        return entry.Done.Task;
    }

    async Task Write(Site site, Book book)
    {
        while (true)
        {
            Task? gather = null;
            lock (book)
                if (book.Waiting.Count > 0 && !book.HasEnough)
                    gather = (book.Enough = new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            if (gather is not null) await Task.WhenAny(gather, Task.Delay(book.Gathering));
            List<Entry> some;
            lock (book)
            {
                book.Enough = null;
                some = [.. book.Waiting.Take(MaxEntries)];
                book.Waiting.RemoveRange(0, some.Count);
                if (some.Count == 0)
                {
                    book.IsOpen = false;
                    return;
                }
            }
            foreach (var entries in some.GroupBy(e => e.Process)) await Commit(site, book, entries.Key, [.. entries]);
        }
    }

    async Task Commit(Site site, Book book, ProcessIncarnation process, List<Entry> entries)
    {
        var intents = entries.Where(e => e.Result is null).ToList();
        var accepted = entries.Where(e => e.Result is not null).ToList();
        try
        {
            var (intended, settled) = await scopes.Run(site, s => Commit(s.GetRequiredService<SiteDb>(), process, intents, accepted));
            foreach (var entry in intents)
                if (intended.Contains(entry.Leased.Delivery.Id)) entry.Done.SetResult();
                else entry.Done.SetException(new LeaseLost());
            foreach (var entry in accepted.Where(e => settled.Contains(e.Leased.Delivery.Id))) entry.Done.SetResult();
            // Another server has reclaimed it meanwhile: one by one.
            foreach (var entry in accepted.Where(e => !settled.Contains(e.Leased.Delivery.Id))) _ = SettleAlone(site, entry);
        }
        catch (Exception error)
        {
            foreach (var entry in intents) entry.Done.SetException(error);
            if (accepted.Count > 0) await Again(site, book, accepted, error);
        }
    }

    async Task Again(Site site, Book book, List<Entry> entries, Exception error)
    {
        var tries = entries.Max(e => ++e.Tries);
        logger.LogWarning(
            "Site {Site}: {Count} outcomes could not be written down, try {Try}: {Error}",
            site.Key,
            entries.Count,
            tries,
            UntrustedText.Trace(error)
        );
        foreach (var entry in entries.Where(e => e.Tries >= MaxTries)) entry.Done.SetException(error);
        await Task.Delay(BetweenTries * tries);
        lock (book) book.Waiting.InsertRange(0, entries.Where(e => e.Tries < MaxTries));
    }

    async Task SettleAlone(Site site, Entry entry)
    {
        try
        {
            await scopes.Run(
                site,
                s => s.GetRequiredService<SettleDelivery>().Settle(entry.Leased, entry.Process, entry.Result!)
            );
            entry.Done.SetResult();
        }
        catch (Exception error) { entry.Done.SetException(error); }
    }

    async Task<(HashSet<long> Intended, HashSet<long> Settled)> Commit(
        SiteDb db, ProcessIncarnation process, List<Entry> intents, List<Entry> accepted)
    {
        var now = time.GetUtcNow().UtcDateTime;
        if (!db.IsSqlite)
        {
            // A statement is a transaction of its own: another way to the server and back would be one more for all that wait.
            if (accepted.Count > 0) await Faults.At("mailing.before-outcomes", db.Site);
            var intended = intents.Count == 0 ? [] : await IntendPostgreSql(db, process, intents, now);
            var settled = accepted.Count == 0 ? [] : await SettlePostgreSql(db, process, accepted, now);
            if (accepted.Count > 0) await Faults.At("mailing.after-outcomes", db.Site);
            return ([.. intended], [.. settled]);
        }
        // The one commit that must survive even a power failure. The connection is kept for others, who need not wait for the disk.
        if (intents.Count > 0)
        {
            await db.Database.OpenConnectionAsync();
            await db.Database.ExecuteSqlAsync($"PRAGMA synchronous=FULL");
        }
        try
        {
            await using var change = await db.Change();
            var written = await WriteSqlite(db, process, intents, accepted, now);
            if (accepted.Count > 0) await Faults.At("mailing.before-outcomes", db.Site);
            await change.Commit();
            if (accepted.Count > 0) await Faults.At("mailing.after-outcomes", db.Site);
            return written;
        }
        finally
        {
            if (intents.Count > 0) await db.Database.ExecuteSqlAsync($"PRAGMA synchronous=NORMAL");
        }
    }

    sealed record Outcome(long Id, int? Code, string? Enhanced, string Answer);

    static string Ids(List<Entry> intents) => JsonSerializer.Serialize(intents.Select(e => e.Leased.Delivery.Id));

    static string Outcomes(IEnumerable<Entry> accepted) =>
        JsonSerializer.Serialize(
            accepted.Select(e => new Outcome(
                e.Leased.Delivery.Id,
                e.Result!.Code,
                e.Result.Enhanced,
                UntrustedText.Safe(e.Result.Text)
            ))
        );

    // State and mailing are asked for so that only the key finds the rows. By the index of those in hand, which looks small, PostgreSQL
    // would walk past all that have been in hand since its last vacuum; by that of mailings it read, for each group of intents, all
    // deliveries of the mailing, as long as it had no statistics of a table that fills within minutes.
    static Task<List<long>> IntendPostgreSql(SiteDb db, ProcessIncarnation process, List<Entry> intents, DateTime now)
    {
        var (ids, until) = (intents.ConvertAll(e => e.Leased.Delivery.Id).ToArray(), db.At(now + LeaseDeliveries.Lease));
        return db.Numbers(
            $"""
            UPDATE deliveries SET state = 'InFlight', attempts = attempts + 1, lease_until = {until}
            WHERE id = ANY({ids}) AND owner = {process.Name} AND incarnation = {process.Number} AND state || '' = 'Leased'
                AND mailing_id + 0 IN (SELECT id FROM mailings WHERE state = 'Running' AND holder = 'WebServers')
            RETURNING id
            """
        );
    }

    /// <summary>One statement: row, attempt and count belong together.</summary>
    static Task<List<long>> SettlePostgreSql(SiteDb db, ProcessIncarnation process, List<Entry> accepted, DateTime now)
    {
        var (outcomes, at, bucket) = (Outcomes(accepted), db.At(now), MailingRollup.BucketOf(now));
        // Counted in order of ids: two servers that count the same mailings do not wait for each other.
        return db.Numbers(
            $"""
            WITH settled AS (
                UPDATE deliveries AS d SET state = 'Accepted', owner = NULL, lease_until = NULL, settled_at = {at},
                    code = o."Code", enhanced = o."Enhanced", answer = o."Answer"
                FROM json_to_recordset({outcomes}::json) AS o("Id" bigint, "Code" int, "Enhanced" text, "Answer" text)
                WHERE d.id = o."Id" AND d.owner = {process.Name} AND d.incarnation = {process.Number}
                    AND d.state || '' = 'InFlight'
                RETURNING d.id, d.mailing_id, d.code, d.enhanced, d.answer
            ), attempted AS (
                INSERT INTO delivery_attempts (delivery_id, at, server, status, phase, code, enhanced, text)
                SELECT id, {at}, {process.Name}, 'Accepted', 'FinalDot', code, enhanced, answer FROM settled
            ), counted AS (
                INSERT INTO mailing_rollups (mailing_id, bucket, state, n)
                SELECT mailing_id, {bucket}, 'Accepted', count(*) FROM settled GROUP BY mailing_id ORDER BY mailing_id
                ON CONFLICT (mailing_id, bucket, state) DO UPDATE SET n = mailing_rollups.n + excluded.n
            )
            SELECT id FROM settled
            """
        );
    }

    sealed record Settled(long Id, long MailingId);

    static async Task<(HashSet<long> Intended, HashSet<long> Settled)> WriteSqlite(
        SiteDb db, ProcessIncarnation process, List<Entry> intents, List<Entry> accepted, DateTime now)
    {
        var (settled, at, until) = (new HashSet<long>(), db.At(now), db.At(now + LeaseDeliveries.Lease));
        if (accepted.Count > 0)
        {
            var rows = await db
                .Database.SqlQuery<Settled>(
                    $"""
                    UPDATE deliveries SET state = 'Accepted', owner = NULL, lease_until = NULL, settled_at = {at},
                        code = o.value ->> 'Code', enhanced = o.value ->> 'Enhanced', answer = o.value ->> 'Answer'
                    FROM json_each({Outcomes(accepted)}) AS o
                    WHERE deliveries.id = o.value ->> 'Id' AND owner = {process.Name} AND incarnation = {process.Number}
                        AND state = 'InFlight'
                    RETURNING id AS "Id", mailing_id AS "MailingId"
                    """
                )
                .ToListAsync();
            settled = [.. rows.Select(r => r.Id)];
            await db.Database.ExecuteSqlAsync(
                $"""
                INSERT INTO delivery_attempts (delivery_id, at, server, status, phase, code, enhanced, text)
                SELECT value ->> 'Id', {at}, {process.Name}, 'Accepted', 'FinalDot', value ->> 'Code', value ->> 'Enhanced',
                    value ->> 'Answer'
                FROM json_each({Outcomes(accepted.Where(e => settled.Contains(e.Leased.Delivery.Id)))})
                """
            );
            foreach (var mailing in rows.GroupBy(r => r.MailingId))
                await db.Count(mailing.Key, now, DeliveryState.Accepted, mailing.Count());
        }
        if (intents.Count == 0) return ([], settled);
        var intended = await db.Numbers(
            $"""
            UPDATE deliveries SET state = 'InFlight', attempts = attempts + 1, lease_until = {until}
            WHERE id IN (SELECT value FROM json_each({Ids(intents)})) AND owner = {process.Name} AND incarnation = {process.Number}
                AND state = 'Leased' AND mailing_id IN (SELECT id FROM mailings WHERE state = 'Running' AND holder = 'WebServers')
            RETURNING id
            """
        );
        return ([.. intended], settled);
    }
}
