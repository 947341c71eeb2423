using System.Collections.Concurrent;
using Community.Mail;
using Npgsql;
using NpgsqlTypes;

namespace Community.Bulk;

/// <summary>A recipient in the hands of one delivery server.</summary>
public sealed record LeasedRecipient(long Offer, long Rid, int Attempts, BulkRecipient To)
{
    /// <summary>The name of what its mail shares connections and pace with; the domain, unless more is known.</summary>
    public string Destination { get; init; } = To.Domain;

    /// <summary>When it was leased, by <see cref="Environment.TickCount64"/>: a clock that nobody sets.</summary>
    public long TakenAt { get; init; } = Environment.TickCount64;

    /// <summary>Since when it was due.</summary>
    public DateTime Due { get; init; }
}

/// <summary>
/// Where in an offer's queue something was leased. What lies before it is on its way: to look for more from there on spares walking past
/// all that was sent already, which the index has until it is vacuumed.
/// </summary>
public readonly record struct LeasePlace(DateTime Due, long Rid)
{
    public static readonly LeasePlace Start = new(DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Utc), 0);
}

/// <summary>A run of a delivery server. A later run of the same server has a higher epoch, and what this one writes is refused.</summary>
/// <param name="Timeline">That of the ledger when it began.</param>
public readonly record struct ServerEpoch(string Server, long Epoch, string Timeline = "");

/// <summary>What a delivery server learnt of one message.</summary>
/// <param name="Outcome">Accepted, rejected, deferred, ambiguous; or not sent: the dot did certainly not leave, and no attempt is
/// spent.</param>
/// <param name="Wait">Until the next attempt, if it is deferred or was not sent.</param>
public sealed record DeliveryResult(
    LeasedRecipient Recipient,
    DeliveryOutcome Outcome,
    TimeSpan Wait = default,
    int? Code = null,
    string? Enhanced = null,
    string? Answer = null
);

public enum DeliveryOutcome { Accepted, Rejected, Deferred, NotSent, Ambiguous }

/// <summary>An offer that delivery servers may send now.</summary>
/// <param name="Servers">Delivery servers that share its rate.</param>
/// <param name="Seq">The newest control.</param>
/// <param name="HasDue">Recipients wait that nobody has leased.</param>
public sealed record RunningOffer(
    long Id,
    int SiteId,
    int SiteWeight,
    MailClass Class,
    int Weight,
    int PerMinute,
    int Servers,
    long Seq,
    bool HasDue
);

/// <summary>What is the same for all recipients of an offer.</summary>
/// <param name="Signing">The keys of its newest control, encrypted; null if it is not signed here.</param>
/// <param name="Seq">The number of that control.</param>
public sealed record OfferText(Reserve Reserve, Signing? Signing, long Seq);

/// <summary>The way of one recipient through a delivery server: lease, intent, dot, outcome. All judged by the database's clock.</summary>
/// <remarks>The only step that lets a dot leave is <see cref="Intend"/>, and it goes one way: leased → handing. Whoever dies after it
/// leaves a recipient of whom nobody knows, never one who is sent to again.</remarks>
public sealed class DeliveryLeases(EngineLedger ledger)
{
    /// <summary>What was leased and not begun after this time comes back.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);

    /// <summary>Longer than the reply to a final dot may take.</summary>
    public static readonly TimeSpan InFlight = TimeSpan.FromMinutes(15);

    /// <summary>May offer <c>o</c> be sent now?</summary>
    const string Runs = """
        o.state = 'running' AND NOT o.paused AND o.go_life = (SELECT life FROM engine)
            AND (SELECT timeline = timeline() FROM engine)
            AND o.start_at <= moment() AND moment() < o.send_until
            AND (o.essential OR o.fresh_at >= moment() - o.max_delta_age)
        """;

    /// <summary>
    /// Is recipient <c>r</c> leased? Asked so that only the key finds the row: by the index of those in hand, which looks small, the
    /// ledger would walk past all that have been in hand since its last vacuum.
    /// </summary>
    const string IsLeased = "r.state::text = 'leased'";

    // Offers of which this run has committed intents: that they have begun is written, and need not be asked.
    readonly ConcurrentDictionary<long, bool> begun = new();
    const int MaxBegun = 10_000;
    long written;
    int asking;

    /// <summary>Begins a run: what the server's earlier runs have left is taken back.</summary>
    public Task<ServerEpoch> Begin(string server, CancellationToken ct = default) =>
        ledger.Change(
            async change =>
            {
                var (epoch, timeline) = await change.First(
                    """
                    -- Of a run that was stopped in order nothing is missing where this is known.
                    WITH stopped AS (DELETE FROM server_reports WHERE name = $1 AND (report->>'IsStopped')::boolean RETURNING name)
                    INSERT INTO servers AS s (name, epoch) VALUES ($1, 1)
                    ON CONFLICT (name) DO UPDATE SET epoch = s.epoch + 1, seen_at = moment(),
                        looked = coalesce((SELECT timeline() FROM stopped), s.looked),
                        missing = coalesce((SELECT 0 FROM stopped), s.missing)
                    RETURNING epoch, timeline()
                    """,
                    r => (r.GetInt64(0), r.GetString(1)),
                    server
                );
                await change.Of(server, epoch);
                return new ServerEpoch(server, epoch, timeline);
            },
            ct
        );

    /// <summary>Says that it lives.</summary>
    /// <remarks>Leases of what waits for its turn are not renewed: what a server has lost sight of must come back.</remarks>
    /// <returns>False if a later run has begun: this one has to stop.</returns>
    public Task<bool> Live(ServerEpoch server, CancellationToken ct = default) =>
        ledger.Change(
            async change => await change.Execute(
                "UPDATE servers SET seen_at = moment() WHERE name = $1 AND epoch = $2", server.Server, server.Epoch) == 1,
            ct
        );

    /// <summary>
    /// Renews the leases of messages that are under way: a host may take minutes before it has heard all but the dot, and without a lease
    /// there is no intent, so such a host would never get its mail.
    /// </summary>
    public Task Keep(ServerEpoch server, IReadOnlyCollection<LeasedRecipient> recipients, CancellationToken ct = default) =>
        ledger.Change(
            c => c.Execute(
                $"""
                UPDATE recipients r SET lease_until = moment() + $5 FROM unnest($1, $2) AS w (offer_id, rid)
                WHERE r.offer_id = w.offer_id AND r.rid = w.rid AND {IsLeased} AND r.owner = $3 AND r.epoch = $4
                """,
                recipients.Select(r => r.Offer).ToArray(),
                recipients.Select(r => r.Rid).ToArray(),
                server.Server,
                server.Epoch,
                Lease
            ),
            ct
        );

    /// <summary>What is the same for all recipients of an offer, and the keys that sign it; null once it was deleted.</summary>
    public Task<OfferText?> Text(long offer, CancellationToken ct = default) =>
        ledger.Change(
            c => c.First(
                "SELECT reserve, signing, seq FROM offers WHERE id = $1",
                r => r.IsDBNull(0)
                    ? null
                    : new OfferText(
                        (Reserve)Wire.Read(r.GetFieldValue<byte[]>(0)),
                        r.IsDBNull(1) ? null : Wire.Signing(r.GetFieldValue<byte[]>(1)),
                        r.GetInt64(2)
                    ),
                offer
            ),
            ct
        );

    /// <summary>What may be sent now.</summary>
    /// <param name="due">Offers of which it is known that recipients wait: nobody looks for them.</param>
    public Task<List<RunningOffer>> Running(IReadOnlyCollection<long>? due = null, CancellationToken ct = default) =>
        ledger.Change(
            c => c.Query(
                // In the order of the index: whether there is one at all is asked of the table, of which most are thought to wait, and it
                // would be read from its beginning.
                $"""
                SELECT o.id, o.site_id, s.weight, o.class, o.weight, o.per_minute,
                    (SELECT count(*)::int FROM servers WHERE NOT draining AND seen_at > moment() - interval '1 minute'),
                    o.seq, CASE WHEN o.id = ANY ($1) THEN true ELSE (
                        SELECT r.rid FROM recipients r
                        WHERE r.offer_id = o.id AND r.state IN ('pending', 'deferred') AND r.due <= moment()
                        ORDER BY r.due, r.rid LIMIT 1) IS NOT NULL END
                FROM offers o JOIN sites s ON s.id = o.site_id
                WHERE {Runs}
                """,
                r => new RunningOffer(
                    r.GetInt64(0),
                    r.GetInt32(1),
                    r.GetInt32(2),
                    (MailClass)r.GetInt16(3),
                    r.GetInt32(4),
                    r.GetInt32(5),
                    r.GetInt32(6),
                    r.GetInt64(7),
                    r.GetBoolean(8)
                ),
                (due ?? []).ToArray()
            ),
            ct
        );

    /// <summary>Leases recipients of an offer, the longest due first. Who has unsubscribed meanwhile is settled here.</summary>
    /// <param name="from">Only of those behind this place; null for all.</param>
    public Task<List<LeasedRecipient>> Take(
        ServerEpoch server, long offer, int count, LeasePlace? from = null, CancellationToken ct = default) =>
        ledger.Change(
            c => c.Query(
                $"""
                WITH o AS MATERIALIZED (
                    SELECT o.* FROM offers o WHERE o.id = $1 AND {Runs}
                        AND EXISTS (SELECT 1 FROM servers WHERE name = $3 AND epoch = $4 AND NOT draining) FOR SHARE),
                w AS MATERIALIZED (
                    SELECT r.rid FROM recipients r
                    WHERE r.offer_id = $1 AND r.state IN ('pending', 'deferred') AND r.due <= moment() AND (r.due, r.rid) > ($6, $7)
                        AND EXISTS (SELECT 1 FROM o)
                    ORDER BY r.due, r.rid LIMIT $2 FOR UPDATE SKIP LOCKED),
                taken AS (
                    UPDATE recipients r SET
                        state = CASE WHEN {TakeSuppression.IsSuppressed} THEN 'suppressed' ELSE 'leased' END::recipient_state,
                        n = r.n + CASE WHEN {TakeSuppression.IsSuppressed} THEN 1 ELSE 0 END,
                        owner = $3, epoch = $4, lease_until = moment() + $5
                    -- As a list: a limit whose number is not known yet is taken for a tenth of all, and all would be read.
                    FROM o WHERE r.offer_id = $1 AND r.rid = ANY (ARRAY(SELECT rid FROM w))
                    RETURNING r.rid, r.state, r.n, r.attempts, r.due),
                told AS (
                    {Outcomes.Write("SELECT $1 AS offer_id, rid, n FROM taken WHERE state = 'suppressed'", "'suppressed'::text")})
                SELECT t.rid, t.attempts, a.data, t.due FROM taken t JOIN addressees a ON a.offer_id = $1 AND a.rid = t.rid
                WHERE t.state = 'leased' ORDER BY t.rid
                """,
                r => new LeasedRecipient(offer, r.GetInt64(0), r.GetInt16(1), Wire.Recipient(r.GetFieldValue<byte[]>(2)))
                {
                    Due = DateTime.SpecifyKind(r.GetDateTime(3), DateTimeKind.Utc),
                },
                offer,
                count,
                server.Server,
                server.Epoch,
                Lease,
                (from ?? LeasePlace.Start).Due,
                (from ?? LeasePlace.Start).Rid
            ),
            ct
        );

    /// <summary>Commits that the dots of these messages may leave from now on. Asks everything again.</summary>
    /// <returns>Those whose dot may leave. For all others the connection is dropped before the dot.</returns>
    public async Task<HashSet<(long Offer, long Rid)>> Intend(
        ServerEpoch server,
        IReadOnlyCollection<LeasedRecipient> recipients,
        CancellationToken ct = default
    )
    {
        Interlocked.Increment(ref asking);
        try
        {
            var (intended, delays, count) = await Commit(server, recipients, ct);
            // Only now it is known to be committed. A ledger that took over refuses until it is judged, and its count may be the lower one.
            if (intended.Count > 0) Interlocked.Exchange(ref written, count);
            foreach (var delay in delays) EngineMeter.Begun(delay);
            if (begun.Count > MaxBegun) begun.Clear();
            foreach (var (offer, _) in intended) begun.TryAdd(offer, true);
            return intended;
        }
        finally { Interlocked.Decrement(ref asking); }
    }

    Task<(HashSet<(long Offer, long Rid)>, List<double> Delays, long Count)> Commit(
        ServerEpoch server, IReadOnlyCollection<LeasedRecipient> recipients, CancellationToken ct)
    {
        var offers = recipients.Select(r => r.Offer).Distinct().Order().ToArray();
        var (of, rids) = (recipients.Select(r => r.Offer).ToArray(), recipients.Select(r => r.Rid).ToArray());
        var first = offers.Where(o => !begun.ContainsKey(o)).ToArray();
        List<(string Sql, object?[] Values)> statements =
        [
            // Held to the commit: pauses, withdrawals, suppressions and a later run of this server wait, and later intents see them.
            ("SELECT 1 FROM sites WHERE id IN (SELECT site_id FROM offers WHERE id = ANY ($1)) ORDER BY id FOR SHARE", [offers]),
            ("SELECT 1 FROM offers WHERE id = ANY ($1) ORDER BY id FOR SHARE", [offers]),
            // The count is what LookAfterFailover misses if this is lost; what is refused until then must not make up for it.
            (
                """
                UPDATE servers SET written = written + (SELECT timeline = timeline() FROM engine)::int
                WHERE name = $1 AND epoch = $2 RETURNING written
                """,
                [server.Server, server.Epoch]
            ),
            (
                $"""
                UPDATE recipients r SET state = 'handing', attempts = r.attempts + 1, lease_until = moment() + $5
                FROM unnest($1, $2) AS w (offer_id, rid), offers o
                WHERE r.offer_id = w.offer_id AND r.rid = w.rid AND o.id = w.offer_id
                    AND {IsLeased} AND r.owner = $3 AND r.epoch = $4
                    AND EXISTS (SELECT 1 FROM servers WHERE name = $3 AND epoch = $4)
                    AND {Runs} AND NOT {TakeSuppression.IsSuppressed}
                RETURNING r.offer_id, r.rid
                """,
                [of, rids, server.Server, server.Epoch, InFlight]
            ),
        ];
        if (first.Length > 0)
        {
            // Those that this intent begins are locked as what is written to: two that share a row and then both write to it would wait
            // for each other. Begun is begun, so nobody who shares a row wants more of it later.
            statements.Insert(
                1, ("SELECT 1 FROM offers WHERE id = ANY ($1) AND started_at IS NULL ORDER BY id FOR NO KEY UPDATE", [first]));
            statements.Add((
                """
                UPDATE offers SET started_at = moment() WHERE id = ANY ($1) AND started_at IS NULL
                    AND EXISTS (SELECT 1 FROM unnest($2, $3) AS w (offer_id, rid), recipients r
                        WHERE w.offer_id = offers.id AND r.offer_id = w.offer_id AND r.rid = w.rid
                            AND r.state = 'handing' AND r.owner = $4 AND r.epoch = $5)
                RETURNING greatest(extract(epoch FROM moment() - start_at), 0)::double precision
                """,
                [first, of, rids, server.Server, server.Epoch]
            ));
        }
        return ledger.AtOnce(
            async reader =>
            {
                // The locks.
                for (var i = first.Length > 0 ? 3 : 2; i > 0; i--) await reader.NextResultAsync(ct);
                var count = await reader.ReadAsync(ct) ? reader.GetInt64(0) : 0;
                await reader.NextResultAsync(ct);
                var intended = new HashSet<(long Offer, long Rid)>();
                while (await reader.ReadAsync(ct)) intended.Add((reader.GetInt64(0), reader.GetInt64(1)));
                var delays = new List<double>();
                if (first.Length > 0 && await reader.NextResultAsync(ct))
                    while (await reader.ReadAsync(ct)) delays.Add(reader.GetDouble(0));
                return (intended, delays, count);
            },
            ct,
            statements
        );
    }

    /// <summary>
    /// After a failover: says whether the last intent that was committed is in the ledger that took over. A run that began after it cannot
    /// know, and says nothing.
    /// </summary>
    /// <remarks>What a standby lacks is always the end of what was written: if the last intent is there, so are all before it. A ledger
    /// that does not know of this run lacks all that it has written.</remarks>
    public Task LookAfterFailover(ServerEpoch server, CancellationToken ct = default)
    {
        // What a ledger has forgotten has to be written anew.
        begun.Clear();
        // Of an intent under way it is not known yet whether the ledger before has committed it.
        return Volatile.Read(ref asking) > 0
            ? Task.CompletedTask
            : ledger.Change(
                c => c.Execute(
                    """
                    INSERT INTO servers AS s (name, epoch, looked, missing)
                    SELECT $1, $2, timeline(), 1 FROM engine WHERE timeline <> timeline() AND $3 <> timeline()
                    ON CONFLICT (name) DO UPDATE SET epoch = $2, seen_at = moment(), looked = timeline(),
                        missing = CASE WHEN s.epoch < $2 THEN 1 ELSE greatest($4 - s.written, 0) END
                    WHERE s.epoch <= $2 AND s.looked <> timeline()
                    """,
                    server.Server,
                    server.Epoch,
                    server.Timeline,
                    Interlocked.Read(ref written)
                ),
                ct
            );
    }

    /// <summary>Gives back what was leased and not begun.</summary>
    /// <param name="wait">Until it may be leased again.</param>
    public Task Return(
        ServerEpoch server,
        IReadOnlyCollection<LeasedRecipient> recipients,
        TimeSpan wait = default,
        CancellationToken ct = default
    ) =>
        ledger.AtOnce(
            _ => Task.FromResult(true),
            ct,
            OfferLocks.Of(recipients),
            (
                $"""
                UPDATE recipients r SET state = CASE WHEN o.state = 'withdrawing' THEN 'released' ELSE 'pending' END::recipient_state,
                    owner = NULL, lease_until = NULL,
                    due = CASE WHEN $5 > interval '0' THEN moment() + $5 ELSE r.due END
                FROM unnest($1, $2) AS w (offer_id, rid), offers o
                WHERE r.offer_id = w.offer_id AND r.rid = w.rid AND o.id = w.offer_id
                    AND {IsLeased} AND r.owner = $3 AND r.epoch = $4
                """,
                [
                    recipients.Select(r => r.Offer).ToArray(),
                    recipients.Select(r => r.Rid).ToArray(),
                    server.Server,
                    server.Epoch,
                    wait,
                ]
            )
        );

    static readonly string writesSettled = Outcomes.WriteAnswered(
        "SELECT offer_id, rid, n, state::text AS outcome, code, enhanced, answer FROM done "
            + "WHERE state IN ('accepted', 'rejected', 'expired', 'ambiguous')");

    /// <summary>
    /// Writes down outcomes. A late answer still makes an ambiguous recipient accepted, since this server knows; nothing else is changed
    /// that is not in its hands.
    /// </summary>
    public Task Settle(ServerEpoch server, IReadOnlyCollection<DeliveryResult> results, CancellationToken ct = default) =>
        ledger.AtOnce(
            _ => Task.FromResult(true),
            ct,
            OfferLocks.Of(results.Select(r => r.Recipient)),
            (
                $"""
                WITH w AS (
                    SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7) AS w (offer_id, rid, outcome, wait, code, enhanced, answer)),
                done AS (
                    UPDATE recipients r SET
                        state = CASE
                            WHEN w.outcome NOT IN ('deferred', 'notsent') THEN w.outcome
                            WHEN o.state = 'withdrawing' THEN 'released'
                            WHEN moment() + w.wait >= o.send_until THEN 'expired'
                            WHEN w.outcome = 'notsent' THEN 'pending'
                            ELSE 'deferred' END::recipient_state,
                        n = r.n + CASE WHEN w.outcome NOT IN ('deferred', 'notsent') OR o.state <> 'withdrawing'
                            AND moment() + w.wait >= o.send_until THEN 1 ELSE 0 END,
                        due = CASE WHEN w.outcome IN ('deferred', 'notsent') THEN moment() + w.wait ELSE r.due END,
                        attempts = r.attempts + CASE
                            WHEN r.state = 'leased' AND w.outcome IN ('deferred', 'rejected') THEN 1
                            WHEN r.state = 'handing' AND w.outcome = 'notsent' THEN -1 ELSE 0 END,
                        lease_until = NULL
                    FROM w, offers o
                    WHERE r.offer_id = w.offer_id AND r.rid = w.rid AND o.id = w.offer_id AND r.owner = $8 AND r.epoch = $9
                        AND (r.state = 'handing' OR r.state = 'ambiguous' AND w.outcome = 'accepted'
                            -- Turned away before its text, so before the intent.
                            OR r.state = 'leased' AND w.outcome IN ('rejected', 'deferred', 'notsent'))
                    RETURNING r.offer_id, r.rid, r.n, r.state, w.code, w.enhanced, w.answer)
                {writesSettled}
                """,
                [
                    results.Select(r => r.Recipient.Offer).ToArray(),
                    results.Select(r => r.Recipient.Rid).ToArray(),
                    results.Select(r => r.Outcome.ToString().ToLowerInvariant()).ToArray(),
                    results.Select(r => r.Wait).ToArray(),
                    results.Select(r => r.Code).ToArray(),
                    Texts(results.Select(r => r.Enhanced)),
                    // Outcomes are written in groups: one that the ledger does not take would lose all of its group.
                    Texts(results.Select(r => r.Answer is { } text ? SendResult.OneLine(text, OutcomeBatch.MaxText) : null)),
                    server.Server,
                    server.Epoch,
                ]
            )
        );

    static NpgsqlParameter Texts(IEnumerable<string?> texts) =>
        new() { Value = texts.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };

    /// <summary>What the relay's log proves of an ambiguous recipient.</summary>
    /// <param name="wasAccepted">False only if the log is complete for the whole time: then it is sent again, while the offer runs.</param>
    /// <returns>Whether it changed anything.</returns>
    public Task<bool> Prove(long offer, long rid, bool wasAccepted, CancellationToken ct = default) =>
        ledger.Change(
            async change =>
            {
                if (await change.Locked(offer) is not { } row || (!wasAccepted && row.State != OfferState.Running)) return false;
                return await change.Execute(
                    $"""
                    WITH done AS (
                        UPDATE recipients SET state = $3::recipient_state, n = n + 1, owner = NULL
                        WHERE offer_id = $1 AND rid = $2 AND state = 'ambiguous' RETURNING n)
                    {Outcomes.Write("SELECT $1 AS offer_id, $2 AS rid, n FROM done", "$4::text")}
                    """,
                    offer,
                    rid,
                    wasAccepted ? "accepted" : "pending",
                    wasAccepted ? "accepted" : "reopened"
                ) == 1;
            },
            ct
        );
}

static class OfferLocks
{
    /// <summary>Whether an offer is withdrawn is the same for all of the change.</summary>
    public static (string Sql, object?[] Values) Of(IEnumerable<LeasedRecipient> recipients) =>
        (
            "SELECT 1 FROM offers WHERE id = ANY ($1) ORDER BY id FOR SHARE",
            [recipients.Select(r => r.Offer).Distinct().Order().ToArray()]
        );
}
