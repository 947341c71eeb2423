using System.Text.Json;
using Npgsql;

namespace Community.Bulk;

/// <summary>
/// What the ledger says for the console. Every statement is bounded by what is under way, never by how many recipients there are: kept
/// sums, minutes and hours, what is in hand, and looks of a fixed length into an index.
/// </summary>
public sealed class EngineFigures(EngineLedger ledger, EngineWatch watch)
{
    const int MaxLive = 200, MaxEnded = 50, MaxDestinations = 100, MaxDeadLetters = 100;

    /// <summary>A server that was not heard of for so long has no share in anything; see <see cref="DeliveryLeases.Running"/>.</summary>
    static readonly TimeSpan silence = TimeSpan.FromMinutes(1), forgotten = TimeSpan.FromDays(30);

    public Task<EngineOverview> Overview(CancellationToken ct) =>
        ledger.Change(
            async change =>
            {
                var (now, life, outbox, age) = await change.First(
                    """
                    SELECT moment(), (SELECT life FROM engine), (SELECT count(*)::int FROM (SELECT 1 FROM outbox LIMIT 100000) o),
                        coalesce((SELECT extract(epoch FROM moment() - created_at) FROM outbox ORDER BY id LIMIT 1), 0)::int
                    """,
                    r => (r.GetDateTime(0), r.GetInt64(1), r.GetInt32(2), r.GetInt32(3))
                );
                var hand = await InHand(change);
                var servers = await Servers(change, hand, now, null);
                return new EngineOverview(
                    now,
                    life,
                    outbox,
                    Math.Max(0, age),
                    watch.IsBrokerThere,
                    watch.DeadLetters,
                    watch.Queues,
                    servers,
                    await Offers(change, hand, servers, null),
                    Filled(now, 60, await Minutes(change, null))
                );
            },
            ct
        );

    /// <returns>Null if there is no such offer.</returns>
    public Task<OfferDetail?> Offer(long id, CancellationToken ct) =>
        ledger.Change(
            async change =>
            {
                var now = await change.Value<DateTime>("SELECT moment()");
                var hand = await InHand(change);
                // All of them: a share is one among others.
                var servers = await Servers(change, hand, now, null);
                var offers = await Offers(change, hand, servers, id);
                if (offers.FirstOrDefault(o => o.Id == id) is not { } offer) return null;
                var later = await change.Value<int>(
                    $"""
                    SELECT count(*)::int FROM (
                        SELECT 1 FROM recipients WHERE offer_id = $1 AND state IN ('pending', 'deferred') AND due > moment()
                        LIMIT {OfferDetail.MaxLater + 1}) w
                    """,
                    id
                );
                var minutes = await change.Query(
                    """
                    SELECT minute, accepted, 0, rejected, ambiguous, 0 FROM offer_minutes
                    WHERE offer_id = $1 AND minute > (SELECT max(minute) FROM offer_minutes WHERE offer_id = $1) - interval '1 hour'
                    ORDER BY minute
                    """,
                    Answers,
                    id
                );
                var until = offer.State is OfferState.Ended && minutes.Count > 0 ? minutes[^1].At.AddMinutes(1) : now;
                return new OfferDetail(now, offer, offer.State is OfferState.Running ? later : 0, Filled(until, 60, minutes));
            },
            ct
        );

    /// <returns>Null if there is no such delivery server.</returns>
    public Task<ServerDetail?> Server(string name, CancellationToken ct) =>
        ledger.Change(
            async change =>
            {
                var now = await change.Value<DateTime>("SELECT moment()");
                return await Servers(change, await InHand(change), now, name) is [var server]
                    ? new ServerDetail(now, server, Filled(now, 60, await Minutes(change, name)))
                    : null;
            },
            ct
        );

    public Task<DestinationList> Destinations(CancellationToken ct) =>
        ledger.Change(
            async change =>
            {
                var now = await change.Value<DateTime>("SELECT moment()");
                var rows = await Destinations(change, now, null);
                return new DestinationList(now, rows.Count > MaxDestinations, [.. rows.Take(MaxDestinations)]);
            },
            ct
        );

    public Task<DestinationDetail?> Destination(string domain, CancellationToken ct) =>
        ledger.Change(
            async change =>
            {
                var now = await change.Value<DateTime>("SELECT moment()");
                if (await Destinations(change, now, domain) is not [var found]) return null;
                var hours = await change.Query(
                    """
                    SELECT hour, accepted, deferred, rejected, ambiguous, away FROM destination_hours
                    WHERE domain = $1 AND hour > moment() - interval '48 hours' ORDER BY hour
                    """,
                    Answers,
                    domain
                );
                var first = new DateTime(now.Year, now.Month, now.Day, now.Hour, 0, 0, DateTimeKind.Utc).AddHours(-47);
                var byHour = hours.ToDictionary(h => h.At);
                return new DestinationDetail(
                    now,
                    found,
                    [
                        .. Enumerable
                            .Range(0, 48)
                            .Select(i => first.AddHours(i))
                            .Select(h => byHour.GetValueOrDefault(h) ?? new(h, 0, 0, 0, 0, 0)),
                    ]
                );
            },
            ct
        );

    public Task<DeadLetterList> DeadLetters(CancellationToken ct) =>
        ledger.Change(
            async change => new DeadLetterList(
                await change.Value<DateTime>("SELECT moment()"),
                watch.DeadLetters,
                await change.Query(
                    $"SELECT at, queue, schema, site, mailing, reason FROM dead_letters ORDER BY id DESC LIMIT {MaxDeadLetters}",
                    r => new DeadLetterFigures(
                        r.GetDateTime(0),
                        r.GetString(1),
                        r.GetString(2),
                        r.IsDBNull(3) ? null : r.GetString(3),
                        r.IsDBNull(4) ? null : r.GetGuid(4),
                        r.GetString(5)
                    )
                )
            ),
            ct
        );

    sealed record Held(long Offer, string Server, bool InFlight, int N, DateTime Until);

    /// <summary>As many rows as are in hand, by an index of those alone.</summary>
    static Task<List<Held>> InHand(LedgerChange change) =>
        change.Query(
            """
            SELECT offer_id, coalesce(owner, ''), state = 'handing', count(*)::int, max(lease_until) FROM recipients
            WHERE state IN ('leased', 'handing') GROUP BY 1, 2, 3
            """,
            r => new Held(r.GetInt64(0), r.GetString(1), r.GetBoolean(2), r.GetInt32(3), r.IsDBNull(4) ? default : r.GetDateTime(4))
        );

    static Task<List<ServerFigures>> Servers(LedgerChange change, List<Held> hand, DateTime now, string? name) =>
        change.Query(
            """
            SELECT s.name, s.epoch, s.seen_at, s.draining, r.report::text FROM servers s LEFT JOIN server_reports r ON r.name = s.name
            WHERE $1::text = s.name OR $1::text IS NULL AND s.seen_at > $2 ORDER BY s.name
            """,
            row =>
            {
                var (server, seen, draining) = (row.GetString(0), row.GetDateTime(2), row.GetBoolean(3));
                var held = hand.Where(h => h.Server == server).ToList();
                int leased = held.Where(h => !h.InFlight).Sum(h => h.N), inFlight = held.Where(h => h.InFlight).Sum(h => h.N);
                var report = row.IsDBNull(4) ? null : JsonSerializer.Deserialize<ServerReport>(row.GetString(4));
                var state = report is { IsStopped: true } && leased + inFlight == 0 ? ServerState.Stopped
                    : now - seen > silence ? ServerState.Lost
                    : !draining ? ServerState.Alive
                    : leased + inFlight > 0 ? ServerState.Draining
                    : ServerState.Empty;
                return new ServerFigures(
                    server,
                    state,
                    draining,
                    row.GetInt64(1),
                    seen,
                    leased,
                    inFlight,
                    state is ServerState.Lost && held.Count > 0 ? held.Max(h => h.Until) : null,
                    state is ServerState.Alive or ServerState.Draining or ServerState.Empty ? report : null
                );
            },
            name,
            now - forgotten
        );

    sealed record Row(OfferFigures Figures, MailClass Class, int Weight, int SiteWeight, int InTwo);

    static async Task<List<OfferFigures>> Offers(LedgerChange change, List<Held> hand, List<ServerFigures> servers, long? also)
    {
        var isServed = servers.Any(s => s.State is ServerState.Alive);
        var rows = await change.Query(
            $"""
            WITH shown AS (
                (SELECT id FROM offers WHERE state <> 'ended' ORDER BY state = 'running' DESC, start_at, id LIMIT {MaxLive})
                UNION
                (SELECT id FROM offers WHERE state = 'ended' AND ended_at > moment() - interval '1 day'
                    ORDER BY ended_at DESC LIMIT {MaxEnded})
                UNION SELECT $1::bigint WHERE $1::bigint IS NOT NULL)
            SELECT o.id, s.key, o.mailing, o.rev, o.state::text, o.paused, o.go, o.go_life = (SELECT life FROM engine), o.start_at,
                o.started_at, o.ended_at, o.send_until, coalesce(o.total, 0), b.accepted, b.rejected, b.suppressed, b.expired, b.ambiguous,
                o.per_minute, o.class, o.weight, s.weight, NOT o.essential AND coalesce(o.fresh_at < moment() - o.max_delta_age, true),
                CASE WHEN o.state = 'running' THEN
                    (SELECT r.due FROM recipients r WHERE r.offer_id = o.id AND r.state IN ('pending', 'deferred')
                        ORDER BY r.due LIMIT 1) END,
                m.two, m.five,
                extract(epoch FROM moment()
                    - greatest(date_trunc('minute', moment()) - interval '4 minutes', o.started_at))::double precision,
                moment()
            FROM shown JOIN offers o ON o.id = shown.id JOIN sites s ON s.id = o.site_id JOIN offer_batches b ON b.offer_id = o.id
            CROSS JOIN LATERAL (
                SELECT coalesce(sum(n) FILTER (WHERE minute >= date_trunc('minute', moment()) - interval '1 minute'), 0)::int AS two,
                    coalesce(sum(n), 0)::int AS five
                FROM (SELECT minute, accepted + rejected + ambiguous AS n FROM offer_minutes
                    WHERE offer_id = o.id AND minute >= date_trunc('minute', moment()) - interval '4 minutes') l) m
            ORDER BY o.state = 'ended', o.ended_at DESC, o.start_at, o.id
            """,
            r => Of(r, hand, isServed),
            also
        );
        double two = rows.Sum(r => r.InTwo);
        var sent = rows.Where(r => r.Figures.Hold is OfferHold.None).ToList();
        var classes = sent.Select(r => r.Class).Distinct().Sum(FairShares.WeightOf);
        return
        [
            .. rows.Select(r => r.Figures with
            {
                Share = two > 0 && r.Figures.State is OfferState.Running ? r.InTwo / two : null,
                FairShare = r.Figures.Hold is not OfferHold.None ? null
                    : FairShares.WeightOf(r.Class) / (double)classes
                        * r.SiteWeight / sent.Where(o => o.Class == r.Class).DistinctBy(o => o.Figures.Site).Sum(o => o.SiteWeight)
                        * r.Weight / sent.Where(o => o.Class == r.Class && o.Figures.Site == r.Figures.Site).Sum(o => o.Weight),
            }),
        ];
    }

    static Row Of(NpgsqlDataReader r, List<Held> hand, bool isServed)
    {
        var state = Enum.Parse<OfferState>(r.GetString(4), ignoreCase: true);
        DateTime? At(int column) => r.IsDBNull(column) ? null : r.GetDateTime(column);
        var (now, start, started, due) = (r.GetDateTime(27), At(8), At(9), At(23));
        var inHand = hand.Where(h => h.Offer == r.GetInt64(0)).Sum(h => h.N);
        var hold = state switch
        {
            OfferState.Filling => OfferHold.Incomplete,
            OfferState.Withdrawing => OfferHold.Withdrawing,
            OfferState.Frozen => OfferHold.Frozen,
            OfferState.Ended => OfferHold.Ended,
            OfferState.Armed => OfferHold.NoGo,
            _ when !r.GetBoolean(7) => OfferHold.Frozen,
            _ when r.GetBoolean(5) => OfferHold.Paused,
            _ when start > now => OfferHold.NotYet,
            _ when r.GetBoolean(22) => OfferHold.Suppressions,
            _ when !isServed => OfferHold.NoServer,
            _ when inHand == 0 && due > now => OfferHold.Deferred,
            _ => OfferHold.None,
        };
        // Withdrawn before its first message it is not late.
        var delay = started ?? (state is OfferState.Armed or OfferState.Running && start < now ? now : (DateTime?)null);
        var seconds = r.IsDBNull(26) ? 0 : Math.Max(1, r.GetDouble(26));
        return new(
            new(
                r.GetInt64(0), r.GetString(1), r.GetGuid(2), r.GetInt32(3), state, hold, start, started, At(10), At(11),
                hold is OfferHold.Deferred ? due : null,
                delay is { } first && start is { } planned ? Math.Max(0, (int)(first - planned).TotalSeconds) : null,
                r.GetInt32(12), r.GetInt32(13), r.GetInt32(14), r.GetInt32(15), r.GetInt32(16), r.GetInt32(17),
                inHand, r.GetInt32(18), seconds > 0 ? Math.Round(r.GetInt32(25) * 60 / seconds, 1) : 0, null, null
            ),
            (MailClass)r.GetInt16(19),
            r.GetInt32(20),
            r.GetInt32(21),
            r.GetInt32(24)
        );
    }

    static Task<List<AnswerFigures>> Minutes(LedgerChange change, string? server) =>
        change.Query(
            """
            SELECT minute, sum(accepted)::int, sum(deferred)::int, sum(rejected)::int, sum(ambiguous)::int, sum(away)::int
            FROM server_minutes WHERE minute > moment() - interval '1 hour' AND ($1::text IS NULL OR server = $1)
            GROUP BY minute ORDER BY minute
            """,
            Answers,
            server
        );

    static AnswerFigures Answers(NpgsqlDataReader r) =>
        new(r.GetDateTime(0), r.GetInt32(1), r.GetInt32(2), r.GetInt32(3), r.GetInt32(4), r.GetInt32(5));

    /// <summary>Each minute up to a moment, also those in which nothing happened.</summary>
    static List<AnswerFigures> Filled(DateTime until, int count, List<AnswerFigures> known)
    {
        var last = new DateTime(until.Ticks - until.Ticks % TimeSpan.TicksPerMinute, DateTimeKind.Utc);
        var byMinute = known.ToDictionary(k => k.At);
        return
        [
            .. Enumerable.Range(0, count).Select(i => last.AddMinutes(i + 1 - count))
                .Select(m => byMinute.GetValueOrDefault(m) ?? new(m, 0, 0, 0, 0, 0)),
        ];
    }

    /// <summary>As many rows as hours and domains of a day; of recipients at most a thousand for each domain that is shown.</summary>
    static async Task<List<DestinationFigures>> Destinations(LedgerChange change, DateTime now, string? only)
    {
        var held = (await change.Query(
            "SELECT report::text FROM server_reports WHERE at > moment() - interval '1 minute'",
            r => JsonSerializer.Deserialize<ServerReport>(r.GetString(0))!
        )).SelectMany(r => r.Destinations).ToLookup(d => d.Name);
        return await change.Query(
            $"""
            WITH day AS (
                SELECT domain, sum(accepted)::int AS accepted, sum(deferred)::int AS deferred, sum(rejected)::int AS rejected,
                    sum(ambiguous)::int AS ambiguous, sum(away)::int AS away, max(answered_at) AS answered_at
                FROM destination_hours WHERE hour > moment() - interval '1 day' AND ($1::text IS NULL OR domain = $1)
                GROUP BY domain ORDER BY sum(deferred + away) DESC, sum(rejected + ambiguous) DESC, sum(accepted) DESC, domain
                LIMIT {MaxDestinations + 1})
            SELECT day.*, a.code, a.enhanced, a.answer, w.n, w.due,
                coalesce((SELECT h.destination FROM destination_hours h WHERE h.domain = day.domain ORDER BY h.hour DESC LIMIT 1), '')
            FROM day
            LEFT JOIN LATERAL (
                SELECT code, enhanced, answer FROM destination_hours h
                WHERE h.domain = day.domain AND h.answered_at = day.answered_at LIMIT 1) a ON true
            CROSS JOIN LATERAL (
                SELECT count(*)::int AS n, min(due) AS due FROM (
                    SELECT due FROM recipients WHERE state = 'deferred' AND domain = day.domain ORDER BY due
                    LIMIT CASE WHEN day.domain = '' OR day.deferred + day.away = 0 THEN 0 ELSE {DestinationFigures.MaxLater + 1} END) d) w
            ORDER BY w.n DESC, day.deferred + day.away DESC, day.rejected + day.ambiguous DESC, day.accepted DESC, day.domain
            """,
            r =>
            {
                var domain = r.GetString(0);
                var name = r.GetString(12) is { Length: > 0 } shared ? shared : domain;
                var rests = held[name].Where(h => h.RestsUntil > now).ToList();
                return new DestinationFigures(
                    domain,
                    name,
                    new(now, r.GetInt32(1), r.GetInt32(2), r.GetInt32(3), r.GetInt32(4), r.GetInt32(5)),
                    r.GetInt32(10),
                    r.IsDBNull(11) ? null : r.GetDateTime(11),
                    rests.Count > 0 ? rests.Max(h => h.RestsUntil) : null,
                    held[name].Any() ? held[name].Min(h => h.Limit) : null,
                    r.IsDBNull(7) ? null : r.GetInt32(7),
                    r.IsDBNull(8) ? null : r.GetString(8),
                    r.IsDBNull(9) ? null : r.GetString(9),
                    r.IsDBNull(6) ? null : r.GetDateTime(6)
                );
            },
            only
        );
    }
}
