using Npgsql;

namespace Community.Bulk;

/// <summary>Facts for sites: written in the transaction that makes them true, published later from the outbox.</summary>
public static class FactsToSites
{
    /// <summary>The routing key of facts.</summary>
    public const string Key = "fact";

    /// <summary>An end that is asked for again and again is told again at most this often.</summary>
    static readonly TimeSpan betweenTellings = TimeSpan.FromMinutes(1);

    /// <exception cref="TimeoutException">A standby took over, and nobody has judged yet what it lacks (<see cref="JudgeFailover"/>); or a
    /// new life has begun since the offer was read. To be tried again: what is told now could contradict what sites have heard.</exception>
    static async Task<byte[]> Tell(this LedgerChange change, int site, Func<long, Fact> fact)
    {
        // A new life waits here for this change, or this change for the new life.
        var number = await change.Value<long>("UPDATE site_facts SET fact_no = fact_no + 1 WHERE site_id = $1 RETURNING fact_no", site);
        var told = fact(number);
        if (await change.First("SELECT life FROM engine WHERE timeline = timeline()", r => r.GetInt64(0)) != told.Life)
            throw new TimeoutException("The engine's life has changed, or is being judged.");
        var body = Wire.Write(told);
        // Of a site that is gone nobody is left to hear it.
        if (!await change.IsOfGone(site, told.MailingId)) await change.Publish(body);
        return body;
    }

    static Task Publish(this LedgerChange change, byte[] body) =>
        change.Execute("INSERT INTO outbox (routing_key, body) VALUES ($1, $2)", Key, body);

    /// <param name="eta">Estimated end.</param>
    public static Task TellAccepted(this LedgerChange change, Offer offer, DateTime eta) =>
        change.Tell(offer.SiteId, n => new Accepted
        {
            Site = offer.Site,
            MailingId = offer.Mailing,
            Rev = offer.Rev,
            FactNo = n,
            Life = offer.Life,
            Eta = eta,
        });

    /// <summary>Tells how the offer stands now.</summary>
    public static async Task TellProgress(this LedgerChange change, Offer offer)
    {
        var counts = await change.CountsSoFar(offer);
        var delta = await change.Value<long>($"SELECT {TakeSuppression.KnownDelta} FROM offers o WHERE o.id = $1", offer.Id);
        await change.Tell(offer.SiteId, n => new OfferProgress
        {
            Site = offer.Site,
            MailingId = offer.Mailing,
            Rev = offer.Rev,
            FactNo = n,
            Life = offer.Life,
            State = offer.State,
            ControlSeq = offer.Seq,
            Paused = offer.Paused,
            Counts = counts,
            StartedAt = offer.StartedAt,
            DeltaSeq = delta,
        });
    }

    /// <summary>The engine does not know this offer: promises nothing.</summary>
    public static async Task TellUnknown(this LedgerChange change, OfferMessage asked)
    {
        var site = await change.SiteId(asked.Site);
        var life = await change.Value<long>("SELECT life FROM engine");
        await change.Tell(site, n => new OfferProgress
        {
            Site = asked.Site,
            MailingId = asked.MailingId,
            Rev = asked.Rev,
            FactNo = n,
            Life = life,
            State = OfferState.Unknown,
            ControlSeq = 0,
            Counts = new(0, 0, 0, 0, 0, 0, 0, 0, 0),
        });
    }

    /// <returns>The fact, to be kept with the mailing for as long as messages of this rev may come.</returns>
    public static Task<byte[]> TellEnded(this LedgerChange change, Offer offer, EndReason reason, int lastBatch, OfferCounts counts) =>
        change.Tell(offer.SiteId, n => new Ended
        {
            Site = offer.Site,
            MailingId = offer.Mailing,
            Rev = offer.Rev,
            FactNo = n,
            Life = offer.Life,
            Reason = reason,
            ControlSeq = offer.Seq,
            LastBatch = lastBatch,
            Counts = counts,
        });

    public static async Task TellEndAgain(this LedgerChange change, int site, Guid mailing)
    {
        var ended = await change.First(
            """
            UPDATE mailings SET told_at = moment()
            WHERE site_id = $1 AND mailing = $2 AND ended IS NOT NULL AND (told_at IS NULL OR told_at <= moment() - $3) RETURNING ended
            """,
            r => r.GetFieldValue<byte[]>(0),
            site,
            mailing,
            betweenTellings
        );
        if (ended is not null) await change.Publish(ended);
    }

    /// <summary>Gives the batch its number as a fact, and tells it.</summary>
    public static async Task TellNewBatch(this LedgerChange change, Offer offer, int batch, List<OutcomeItem> items)
    {
        long number = 0;
        await change.Tell(offer.SiteId, n => offer.Batch(batch, number = n, offer.Life, items));
        await change.Execute(
            "UPDATE batches SET fact_no = $3, life = $4 WHERE offer_id = $1 AND batch_no = $2", offer.Id, batch, number, offer.Life);
    }

    /// <summary>Tells a batch again, as it was the first time; nothing if there is no such batch.</summary>
    public static async Task TellBatchAgain(this LedgerChange change, Offer offer, int batch)
    {
        var (number, life) = await change.First(
            "SELECT fact_no, life FROM batches WHERE offer_id = $1 AND batch_no = $2",
            r => (r.GetInt64(0), r.GetInt64(1)),
            offer.Id,
            batch
        );
        if (number > 0) await change.Publish(Wire.Write(offer.Batch(batch, number, life, await change.Items(offer.Id, batch))));
    }

    static OutcomeBatch Batch(this Offer offer, int batch, long number, long life, List<OutcomeItem> items) =>
        new()
        {
            Site = offer.Site,
            MailingId = offer.Mailing,
            Rev = offer.Rev,
            FactNo = number,
            Life = life,
            BatchNo = batch,
            Items = items,
        };

    /// <summary>Of outcomes, as <see cref="Outcome"/> reads them.</summary>
    internal const string OutcomeColumns = "rid, n, outcome, at, code, enhanced, answer";

    internal static OutcomeItem Outcome(NpgsqlDataReader row) =>
        new(
            row.GetInt64(0),
            row.GetInt32(1),
            Enum.Parse<BulkOutcome>(row.GetString(2), ignoreCase: true),
            row.GetDateTime(3),
            row.IsDBNull(4) ? null : row.GetInt32(4),
            row.IsDBNull(5) ? null : row.GetString(5),
            row.IsDBNull(6) ? null : row.GetString(6)
        );

    static Task<List<OutcomeItem>> Items(this LedgerChange change, long offer, int batch) =>
        change.Query(
            $"SELECT {OutcomeColumns} FROM outcomes WHERE offer_id = $1 AND batch_no = $2 ORDER BY rid, n", Outcome, offer, batch);

    /// <summary>
    /// By what is kept and the few outcomes that no batch has yet, not by looking at every recipient: a pause of ten million is answered
    /// at once. Only while recipients are given back to the site they are counted.
    /// </summary>
    public static async Task<OfferCounts> CountsSoFar(this LedgerChange change, Offer offer) =>
        offer.State is OfferState.Withdrawing or OfferState.Frozen or OfferState.Ended
            ? await change.Counts(offer)
            : await change.First(
                $"""
                WITH waiting AS (
                    SELECT u.n, u.outcome FROM outcome_groups g CROSS JOIN LATERAL unnest(g.ns, g.outcomes) AS u (n, outcome)
                    WHERE g.offer_id = $1),
                moved AS ({Outcomes.Moved("waiting")})
                SELECT coalesce(o.total, (SELECT sum(recipients) FROM chunks c WHERE c.offer_id = o.id), 0)::int,
                    b.accepted + s.accepted, b.rejected + s.rejected, b.suppressed + s.suppressed, b.expired + s.expired,
                    b.ambiguous + s.ambiguous,
                    (SELECT count(*)::int FROM recipients r WHERE r.offer_id = o.id AND r.state = 'handing')
                FROM offers o JOIN offer_batches b ON b.offer_id = o.id CROSS JOIN (SELECT {Outcomes.Sums} FROM moved) s
                WHERE o.id = $1
                """,
                r =>
                {
                    var total = r.GetInt32(0);
                    int[] done = [.. Enumerable.Range(1, 5).Select(r.GetInt32)];
                    return new OfferCounts(total, done[0], done[1], done[2], done[3], done[4], 0, r.GetInt32(6), total - done.Sum());
                },
                offer.Id
            ) ?? throw new InvalidOperationException($"Offer {offer.Id} has no row of batches.");

    public static async Task<OfferCounts> Counts(this LedgerChange change, Offer offer)
    {
        var states = (await change.Query(
            "SELECT state::text, count(*)::int FROM recipients WHERE offer_id = $1 GROUP BY state",
            r => (State: r.GetString(0), N: r.GetInt32(1)),
            offer.Id
        )).ToDictionary(r => r.State, r => r.N);
        int Of(string state) => states.GetValueOrDefault(state);
        return new(
            states.Values.Sum(),
            Of("accepted"),
            Of("rejected"),
            Of("suppressed"),
            Of("expired"),
            Of("ambiguous"),
            Of("released"),
            Of("handing"),
            Of("pending") + Of("deferred") + Of("leased") + Of("handing")
        );
    }
}
