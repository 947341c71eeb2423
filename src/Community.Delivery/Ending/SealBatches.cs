namespace Community.Bulk;

/// <summary>Puts outcomes into batches, which never change, and tells the sites.</summary>
public static class SealBatches
{
    /// <summary>Seals what has gathered, a batch a transaction.</summary>
    /// <returns>How many batches were sealed.</returns>
    public static async Task<int> Run(EngineLedger ledger, CancellationToken ct = default)
    {
        var offers = await ledger.Change(
            c => c.Query("SELECT DISTINCT offer_id FROM outcomes WHERE batch_no IS NULL LIMIT 1000", r => r.GetInt64(0)),
            ct
        );
        var sealedBatches = 0;
        foreach (var id in offers)
            while (await ledger.Change(async c => await c.Read(id) is { } offer && await c.SealBatch(offer), ct)) sealedBatches++;
        return sealedBatches;
    }

    // Without a lock: deliveries hold the offer's row all the time.
    static Task<Offer?> Read(this LedgerChange change, long id) =>
        change.First($"SELECT {Offer.Columns} FROM offers o JOIN sites s ON s.id = o.site_id WHERE o.id = $1", Offer.Of, id);

    /// <returns>False if there was nothing to seal.</returns>
    public static async Task<bool> SealBatch(this LedgerChange change, Offer offer)
    {
        // Two that seal at once wait here for each other.
        var batch = 1 + await change.Value<int>("SELECT last_batch FROM offer_batches WHERE offer_id = $1 FOR UPDATE", offer.Id);
        var n = await change.Execute(
            $"""
            UPDATE outcomes o SET batch_no = $2
            FROM (SELECT rid, n FROM outcomes WHERE offer_id = $1 AND batch_no IS NULL LIMIT {OutcomeBatch.MaxItems}) w
            WHERE o.offer_id = $1 AND o.rid = w.rid AND o.n = w.n
            """,
            offer.Id,
            batch
        );
        if (n == 0) return false;
        await change.Execute("UPDATE offer_batches SET last_batch = $2 WHERE offer_id = $1", offer.Id, batch);
        await change.TellNewBatch(offer, batch);
        return true;
    }
}
