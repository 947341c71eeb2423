namespace Community.Bulk;

/// <summary>Puts outcomes into batches, which never change, and tells the sites.</summary>
public static class SealBatches
{
    /// <summary>Of rows that say which outcome moves by how many.</summary>
    internal const string Sums = """
        coalesce(sum(by) FILTER (WHERE outcome = 'accepted'), 0)::int AS accepted,
        coalesce(sum(by) FILTER (WHERE outcome = 'rejected'), 0)::int AS rejected,
        coalesce(sum(by) FILTER (WHERE outcome = 'suppressed'), 0)::int AS suppressed,
        coalesce(sum(by) FILTER (WHERE outcome = 'expired'), 0)::int AS expired,
        coalesce(sum(by) FILTER (WHERE outcome = 'ambiguous'), 0)::int AS ambiguous
        """;

    /// <summary>
    /// Bytes of a batch's outcomes, well below what a message may have. In JSON a character of a mail server's words takes six where it is
    /// none of the plain ones, so 500 answers in Japanese would be too many; an outcome without words takes less than 200.
    /// </summary>
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
                    (SELECT offer_id FROM outcomes WHERE batch_no IS NULL ORDER BY offer_id DESC, rid DESC, n DESC LIMIT 1)
                    UNION ALL
                    SELECT (SELECT u.offer_id FROM outcomes u WHERE u.batch_no IS NULL AND u.offer_id < w.offer_id
                        ORDER BY u.offer_id DESC, u.rid DESC, u.n DESC LIMIT 1) FROM w WHERE w.offer_id IS NOT NULL)
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
                for (var n = OutcomeBatch.MaxItems; n == OutcomeBatch.MaxItems;)
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
        // A later outcome replaces the one before: that is taken off again, whichever of the two is sealed first.
        var items = await change.Query(
            $"""
            WITH done AS (
                UPDATE outcomes o SET batch_no = $2
                FROM (
                    SELECT rid, n, sum(200 + 6 * coalesce(octet_length(answer), 0)) OVER (ORDER BY rid, n) AS bytes
                    FROM (
                        -- In the order of the index, which is read from its beginning and no further: as a bitmap, each batch would read
                        -- what all batches before it have left in the index since its last vacuum.
                        SELECT rid, n, answer FROM outcomes WHERE offer_id = $1 AND batch_no IS NULL
                        ORDER BY rid, n LIMIT {OutcomeBatch.MaxItems}) f) w
                WHERE w.bytes <= {MaxBytes} AND o.offer_id = $1 AND o.rid = w.rid AND o.n = w.n
                RETURNING o.rid, o.n, o.outcome, o.at, o.code, o.enhanced, o.answer),
            moved AS (
                SELECT outcome, 1 AS by FROM done
                UNION ALL
                -- Most are the first of their recipient, before which there is none to look for.
                SELECT b.outcome, -1 FROM done JOIN outcomes b ON b.offer_id = $1 AND b.rid = done.rid AND b.n = done.n - 1
                WHERE done.n > 1),
            sums AS (SELECT {Sums} FROM moved),
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
