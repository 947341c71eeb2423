namespace Community.Bulk;

/// <summary>What became of the ledger's failover.</summary>
public enum Failover
{
    /// <summary>There was none.</summary>
    None,

    /// <summary>Not every delivery server has looked yet. Nothing is sent meanwhile.</summary>
    Waits,

    /// <summary>Every intent is there: all goes on as before.</summary>
    Whole,

    /// <summary>Something is missing, or nobody can say: a new life has begun.</summary>
    Lossy,
}

/// <summary>
/// The ledger was taken over by a standby. It may have been behind, and what it does not know might be sent twice. So nothing is sent on a
/// new timeline (<see cref="DeliveryLeases"/>) until each delivery server has looked for its last intent.
/// </summary>
public static class JudgeFailover
{
    /// <summary>A server that does not look within this time has died with what it knew.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Whoever was not heard of for so long has written nothing that a loss could have taken without taking, too, what the others, or
    /// the position that <see cref="LedgerPosition"/> keeps, would miss.
    /// </summary>
    static readonly TimeSpan memory = TimeSpan.FromMinutes(10);

    public static Task<Failover> Run(EngineLedger ledger, CancellationToken ct = default) =>
        ledger.Change(
            async change =>
            {
                if (await change.Value<bool>("SELECT timeline = timeline() FROM engine")) return Failover.None;
                // Two controls judge one after the other.
                var (isOver, hasWaited) = await change.First(
                    """
                    UPDATE engine SET failover_at = coalesce(failover_at, moment())
                    RETURNING timeline = timeline(), failover_at < moment() - $1
                    """,
                    r => (r.GetBoolean(0), r.GetBoolean(1)),
                    Patience
                );
                if (isOver) return Failover.None;
                var (open, missing) = await change.First(
                    """
                    SELECT count(*) FILTER (WHERE looked <> timeline()), count(*) FILTER (WHERE looked = timeline() AND missing > 0)
                    FROM servers s WHERE seen_at > moment() - $1
                        -- One that was stopped in order has said so behind its last intent.
                        AND NOT EXISTS (SELECT 1 FROM server_reports r WHERE r.name = s.name AND (r.report->>'IsStopped')::boolean)
                    """,
                    r => (r.GetInt64(0), r.GetInt64(1)),
                    memory
                );
                if (missing == 0 && open > 0 && !hasWaited) return Failover.Waits;
                var isWhole = missing == 0 && open == 0;
                if (!isWhole) await change.BeginNewLife();
                await change.Execute("UPDATE engine SET timeline = timeline(), failover_at = NULL");
                return isWhole ? Failover.Whole : Failover.Lossy;
            },
            ct
        );
}
