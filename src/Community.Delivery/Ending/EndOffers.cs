namespace Community.Bulk;

/// <summary>Brings offers to their end: what is withdrawn is released, what is too late expires, what is complete is told.</summary>
/// <remarks>The one way to an end. Withdrawn means fenced at once: lease and intent read the offer's state. The end is told only when
/// nothing is in hand any more, and every outcome stands in a batch.</remarks>
public static class EndOffers
{
    /// <summary>Rows of one step: a mailing of a million is withdrawn in steps, each a transaction.</summary>
    internal const int Step = 5000;

    const string Waiting = "('pending', 'deferred', 'leased')";

    /// <summary>An offer whose parts do not all arrive is given up after this time.</summary>
    public static readonly TimeSpan MaxFilling = TimeSpan.FromHours(24);

    /// <summary>Takes one step with every live offer that has a step to take.</summary>
    /// <returns>How many steps were taken.</returns>
    public static async Task<int> Run(EngineLedger ledger, CancellationToken ct = default)
    {
        var offers = await ledger.Change(
            c => c.Query(
                // Who waits is looked for at the end of the index, where the last to be leased are: before them stand all that were.
                """
                SELECT id FROM offers o WHERE state = 'withdrawing' OR state = 'frozen' AND withdraw
                    OR state = 'filling' AND created_at < moment() - $1 OR state = 'armed' AND send_until <= moment()
                    OR state = 'running' AND (send_until <= moment() OR (
                        SELECT r.rid FROM recipients r WHERE r.offer_id = o.id AND r.state IN ('pending', 'deferred')
                        ORDER BY r.due DESC, r.rid DESC LIMIT 1) IS NULL)
                """,
                r => r.GetInt64(0),
                MaxFilling
            ),
            ct
        );
        return await EachOffer.Run(
            offers, id => ledger.Change(async c => await c.Locked(id) is { } offer && await c.StepToEnd(offer) ? 1 : 0, ct));
    }

    /// <summary>One step towards the end of a locked offer.</summary>
    /// <returns>False if there is nothing to do now.</returns>
    public static async Task<bool> StepToEnd(this LedgerChange change, Offer offer)
    {
        var isLate = offer.SendUntil is { } until && until <= await change.Value<DateTime>("SELECT moment()");
        switch (offer.State)
        {
            case OfferState.Filling:
                await change.End(offer, EndReason.Incomplete);
                return true;
            case OfferState.Armed when isLate:
                await change.End(offer, EndReason.Missed);
                return true;
            case OfferState.Running:
                if (isLate && await change.Expire(offer) == Step) return true;
                return await change.EndIfDone(offer, EndReason.Finished);
            case OfferState.Withdrawing:
                if (await change.Release(offer) == Step) return true;
                return await change.EndIfDone(offer, EndReason.Withdrawn);
            case OfferState.Frozen when offer.Withdraw:
                if (await change.Doubt(offer) == Step) return true;
                return await change.EndIfDone(offer, EndReason.Frozen);
            default:
                return false;
        }
    }

    static Task<int> Release(this LedgerChange change, Offer offer) =>
        change.Execute(
            $"""
            UPDATE recipients r SET state = 'released', owner = NULL, lease_until = NULL
            FROM (SELECT rid FROM recipients WHERE offer_id = $1 AND state IN {Waiting} LIMIT {Step} FOR UPDATE) w
            WHERE r.offer_id = $1 AND r.rid = w.rid
            """,
            offer.Id
        );

    // What is leased comes back by itself: its intent is refused.
    static Task<int> Expire(this LedgerChange change, Offer offer) =>
        change.Value<int>(
            $"""
            WITH w AS (
                SELECT rid FROM recipients WHERE offer_id = $1 AND state IN ('pending', 'deferred') LIMIT {Step} FOR UPDATE),
            done AS (UPDATE recipients r SET state = 'expired', n = n + 1 FROM w
                WHERE r.offer_id = $1 AND r.rid = w.rid RETURNING r.rid, r.n),
            told AS (
                {Outcomes.Write("SELECT $1 AS offer_id, rid, n FROM done", "'expired'::text")})
            SELECT count(*)::int FROM done
            """,
            offer.Id
        );

    // An engine that was set back does not know what it has sent since: nothing of it may be called unsent.
    static Task<int> Doubt(this LedgerChange change, Offer offer) =>
        change.Value<int>(
            $"""
            WITH w AS (SELECT rid FROM recipients WHERE offer_id = $1 AND state IN ('pending', 'deferred', 'leased', 'handing')
                LIMIT {Step} FOR UPDATE),
            done AS (UPDATE recipients r SET state = 'ambiguous', n = n + 1 FROM w
                WHERE r.offer_id = $1 AND r.rid = w.rid RETURNING r.rid, r.n),
            told AS (
                {Outcomes.Write("SELECT $1 AS offer_id, rid, n FROM done", "'ambiguous'::text")})
            SELECT count(*)::int FROM done
            """,
            offer.Id
        );

    static async Task<bool> EndIfDone(this LedgerChange change, Offer offer, EndReason reason)
    {
        // Two looks, because each has an index of its own.
        if (await change.Value<bool>(
            """
            SELECT EXISTS (SELECT 1 FROM recipients WHERE offer_id = $1 AND state IN ('pending', 'deferred'))
                OR EXISTS (SELECT 1 FROM recipients WHERE offer_id = $1 AND state IN ('leased', 'handing'))
            """,
            offer.Id
        ))
            return false;
        await change.End(offer, reason);
        return true;
    }

    /// <summary>Ends it: it never lives again. Nothing of it may be in hand.</summary>
    public static async Task End(this LedgerChange change, Offer offer, EndReason reason)
    {
        while (await change.SealBatch(offer) > 0) { }
        var last = await change.Value<int>("SELECT last_batch FROM offer_batches WHERE offer_id = $1", offer.Id);
        var counts = await change.Counts(offer);
        // Of an offer that never had a go, the rows are left as they are, however many: nobody can lease them any more.
        if (!offer.Go) counts = counts with { Released = counts.Released + counts.Open, Open = 0, InFlight = 0 };
        var isGone = await change.IsOfGone(offer.SiteId, offer.Mailing);
        await change.Execute(
            """
            UPDATE offers SET state = 'ended', ended_at = moment(), signing = NULL,
                closed_at = CASE WHEN $2 THEN moment() ELSE closed_at END
            WHERE id = $1
            """,
            offer.Id,
            // Nobody will close it.
            isGone
        );
        await change.RaiseFence(offer, offer.Rev + 1);
        var fact = await change.TellEnded(offer, reason, last, counts);
        await change.Execute(
            "UPDATE mailings SET ended = $3, told_at = moment() WHERE site_id = $1 AND mailing = $2",
            offer.SiteId,
            offer.Mailing,
            fact
        );
    }
}
