namespace Community.Bulk;

/// <summary>Puts outcomes into batches, which never change, and tells the sites.</summary>
public static class SealBatches
{
    /// <summary>Octets of a batch's outcomes, well below what a message may have: 500 answers in Japanese would be too many.</summary>
    const int MaxBytes = Wire.MaxBytes * 3 / 4;

    /// <summary>Seals what has gathered, a batch a transaction.</summary>
    /// <returns>How many batches were sealed.</returns>
    public static async Task<int> Run(EngineLedger ledger, CancellationToken ct = default)
    {
        var offers = await ledger.Change(
            c => c.Query(
                // From offer to offer, each from its end: what was sealed before stands in the index until it is vacuumed.
                """
                WITH RECURSIVE w AS (
                    (SELECT offer_id FROM outcome_groups ORDER BY offer_id DESC, id DESC LIMIT 1)
                    UNION ALL
                    SELECT (SELECT g.offer_id FROM outcome_groups g WHERE g.offer_id < w.offer_id
                        ORDER BY g.offer_id DESC, g.id DESC LIMIT 1) FROM w WHERE w.offer_id IS NOT NULL)
                SELECT offer_id FROM w WHERE offer_id IS NOT NULL LIMIT 1000
                """,
                r => r.GetInt64(0)
            ),
            ct
        );
        return await EachOffer.Run(
            offers,
            async id =>
            {
                var batches = 0;
                for (var n = OutcomeBatch.MaxItems; n > OutcomeBatch.MaxItems - Outcomes.MaxGroup;)
                {
                    n = await ledger.Change(async c => await c.Read(id) is { } offer ? await c.SealBatch(offer) : 0, ct);
                    // What came meanwhile waits for the next time: one mailing that sends fast would never end here, in small batches.
                    if (n > 0) batches++;
                }
                return batches;
            }
        );
    }

    // Without a lock: deliveries hold the offer's row all the time.
    static Task<Offer?> Read(this LedgerChange change, long id) =>
        change.First($"SELECT {Offer.Columns} FROM offers o JOIN sites s ON s.id = o.site_id WHERE o.id = $1", Offer.Of, id);

    /// <returns>How many outcomes were sealed; 0 if there were none.</returns>
    public static async Task<int> SealBatch(this LedgerChange change, Offer offer)
    {
        // Two that seal at once wait here for each other.
        var batch = 1 + await change.Value<int>("SELECT last_batch FROM offer_batches WHERE offer_id = $1 FOR UPDATE", offer.Id);
        var items = await change.Query(
            $"""
            WITH taken AS (
                DELETE FROM outcome_groups g USING (
                    SELECT id, row_number() OVER w AS place, sum(items) OVER w AS items, sum(bytes) OVER w AS bytes
                    FROM (
                        -- In the order of the index, which is read from its beginning and no further: as a bitmap, each batch would read
                        -- what all batches before it have left in the index since its last vacuum.
                        SELECT id, items, bytes FROM outcome_groups WHERE offer_id = $1 ORDER BY id LIMIT {OutcomeBatch.MaxItems}) f
                    WINDOW w AS (ORDER BY id)) w
                WHERE w.items <= {OutcomeBatch.MaxItems} AND (w.bytes <= {MaxBytes} OR w.place = 1) AND g.offer_id = $1 AND g.id = w.id
                RETURNING g.*),
            done AS MATERIALIZED (
                SELECT u.rid, u.n, u.outcome, t.at, u.code, u.enhanced, u.answer FROM taken t
                CROSS JOIN LATERAL unnest(t.rids, t.ns, t.outcomes, t.codes, t.enhanced, t.answers)
                    AS u (rid, n, outcome, code, enhanced, answer)
                ORDER BY u.rid, u.n),
            -- Its number as a fact comes with it in a moment.
            batch AS (
                INSERT INTO batches (offer_id, batch_no, fact_no, life, ats, rids, ns, outcomes, codes, enhanced, answers)
                SELECT $1, $2, 0, 0, array_agg(at), array_agg(rid), array_agg(n), array_agg(outcome), array_agg(code),
                    array_agg(enhanced), array_agg(answer)
                FROM done HAVING count(*) > 0),
            moved AS ({Outcomes.Moved("done")}),
            sums AS (SELECT {Outcomes.Sums} FROM moved),
            kept AS (
                UPDATE offer_batches b SET last_batch = $2, accepted = b.accepted + s.accepted, rejected = b.rejected + s.rejected,
                    suppressed = b.suppressed + s.suppressed, expired = b.expired + s.expired, ambiguous = b.ambiguous + s.ambiguous
                FROM sums s WHERE b.offer_id = $1 AND EXISTS (SELECT 1 FROM done)),
            minutes AS (
                INSERT INTO offer_minutes AS m (offer_id, minute, accepted, rejected, ambiguous)
                SELECT $1, date_trunc('minute', at), count(*) FILTER (WHERE outcome = 'accepted'),
                    count(*) FILTER (WHERE outcome = 'rejected'), count(*) FILTER (WHERE outcome = 'ambiguous')
                FROM done WHERE outcome IN ('accepted', 'rejected', 'ambiguous') GROUP BY 2
                ON CONFLICT (offer_id, minute) DO UPDATE SET accepted = m.accepted + EXCLUDED.accepted,
                    rejected = m.rejected + EXCLUDED.rejected, ambiguous = m.ambiguous + EXCLUDED.ambiguous)
            SELECT {FactsToSites.OutcomeColumns} FROM done ORDER BY rid, n
            """,
            FactsToSites.Outcome,
            offer.Id,
            batch
        );
        if (items.Count > 0) await change.TellNewBatch(offer, batch, items);
        return items.Count;
    }
}
