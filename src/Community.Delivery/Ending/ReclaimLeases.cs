namespace Community.Bulk;

/// <summary>Takes back what a delivery server does not answer for any more, by the database's clock.</summary>
public static class ReclaimLeases
{
    const int Step = 1000;

    /// <summary>
    /// A lease that ran out: the message had not been begun, or nobody knows. It is never taken for unsent after its intent.
    /// </summary>
    /// <returns>How many were taken back.</returns>
    public static Task<int> Run(EngineLedger ledger, CancellationToken ct = default) =>
        ledger.Change(c => c.Reclaim("r.lease_until < moment()"), ct);

    /// <summary>What earlier runs of a server have left.</summary>
    public static async Task Of(this LedgerChange change, string server, long epoch)
    {
        while (await change.Reclaim("r.owner = $1 AND r.epoch < $2", server, epoch) == Step) { }
    }

    static async Task<int> Reclaim(this LedgerChange change, string which, params object?[] values) =>
        (await change.Query(
            $"""
            WITH w AS (
                SELECT r.offer_id, r.rid, r.state AS was FROM offers o JOIN recipients r ON r.offer_id = o.id
                WHERE o.state <> 'ended' AND r.state IN ('leased', 'handing') AND {which} LIMIT {Step} FOR UPDATE OF r SKIP LOCKED),
            back AS (
                UPDATE recipients r SET
                    state = CASE WHEN w.was = 'handing' THEN 'ambiguous'
                        WHEN o.state = 'withdrawing' THEN 'released' ELSE 'pending' END::recipient_state,
                    n = r.n + CASE WHEN w.was = 'handing' THEN 1 ELSE 0 END,
                    lease_until = NULL
                FROM w, offers o
                WHERE r.offer_id = w.offer_id AND r.rid = w.rid AND o.id = w.offer_id
                RETURNING r.offer_id, r.rid, r.n, r.state),
            told AS (
                {Outcomes.Write("SELECT offer_id, rid, n FROM back WHERE state = 'ambiguous'", "'ambiguous'::text")})
            SELECT offer_id FROM back
            """,
            r => r.GetInt64(0),
            values
        )).Count;
}
