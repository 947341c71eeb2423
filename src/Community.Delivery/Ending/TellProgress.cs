namespace Community.Bulk;

/// <summary>Tells the sites how far their mailings are, when it has changed.</summary>
public static class TellProgress
{
    public static async Task Run(EngineLedger ledger, CancellationToken ct = default)
    {
        // One that is frozen does not change any more, and is told once: its numbers are counted.
        var offers = await ledger.Change(
            c => c.Query(
                """
                SELECT id FROM offers o WHERE state IN ('running', 'withdrawing') OR state = 'frozen'
                    AND NOT EXISTS (SELECT 1 FROM told t WHERE t.offer_id = o.id AND t.what LIKE 'Frozen %')
                """,
                r => r.GetInt64(0)
            ),
            ct
        );
        await EachOffer.Run(
            offers,
            id => ledger.Change(
                async change =>
                {
                    // Without a lock: a number that is a moment old does no harm, and deliveries hold the row.
                    var offer = await change.First(
                        $"SELECT {Offer.Columns} FROM offers o JOIN sites s ON s.id = o.site_id WHERE o.id = $1", Offer.Of, id);
                    if (offer is not { IsLive: true }) return 0;
                    var counts = await change.CountsSoFar(offer);
                    var told = $"{offer.State} {offer.Paused} {offer.Seq} {counts}";
                    var isNew = await change.Execute(
                        """
                        INSERT INTO told (offer_id, what) VALUES ($1, $2)
                        ON CONFLICT (offer_id) DO UPDATE SET what = EXCLUDED.what WHERE told.what <> EXCLUDED.what
                        """,
                        id,
                        told
                    );
                    if (isNew == 1) await change.TellProgress(offer);
                    return isNew;
                },
                ct
            )
        );
    }
}
