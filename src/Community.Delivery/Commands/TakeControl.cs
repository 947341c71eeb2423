namespace Community.Bulk;

/// <summary>The site's wish for an offer: the newest replaces all others, whichever arrives first.</summary>
public static class TakeControl
{
    public static async Task<Taken> Take(this LedgerChange change, Control control)
    {
        var site = await change.SiteId(control.Site);
        var told = await change.Value<long>("SELECT fact_no FROM site_facts WHERE site_id = $1", site);
        // Before all offers are locked: who holds a mailing waits for one of its offers.
        await change.Fence(site, control.MailingId);
        if (control.SeenFact > told) await change.StopAhead(site, control.SeenFact);
        if (await change.Meet(control) is not { } offer) return Taken.Done;
        if (control.Seq <= offer.Seq)
        {
            await change.TellProgress(offer);
            return Taken.Done;
        }
        await change.Execute(
            """
            UPDATE offers SET seq = $2, go = go OR $3, go_life = CASE WHEN $3 AND go_life = 0 THEN $4 ELSE go_life END, paused = $5,
                withdraw = withdraw OR $6, start_at = CASE WHEN started_at IS NULL THEN $7 ELSE start_at END, per_minute = $8,
                signing = CASE WHEN withdraw OR $6 THEN NULL ELSE $9::bytea END
            WHERE id = $1
            """,
            offer.Id,
            control.Seq,
            control.Go,
            control.Life,
            control.Paused,
            control.Withdraw,
            control.StartAt,
            control.PerMinute,
            Wire.Bytes(control.Signing)
        );
        offer = offer with
        {
            Seq = control.Seq,
            Paused = control.Paused,
            Go = offer.Go || control.Go,
            GoLife = offer.GoLife == 0 && control.Go ? control.Life : offer.GoLife,
            Withdraw = offer.Withdraw || control.Withdraw,
        };
        // A go is given only after the engine has accepted. One for another life, or for an offer that is not complete here, was
        // meant for a ledger that this one has forgotten, and which may have sent.
        if (offer.Go && (offer.GoLife != offer.Life || offer.State == OfferState.Filling) && offer.State != OfferState.Frozen)
        {
            await change.Execute("UPDATE offers SET state = 'frozen' WHERE id = $1", offer.Id);
            offer = offer with { State = OfferState.Frozen };
        }
        if (offer.Withdraw && offer.State is OfferState.Filling or OfferState.Armed or OfferState.Running)
            offer = await change.Become(offer, OfferState.Withdrawing);
        else if (offer.Go && offer.State == OfferState.Armed)
            offer = await change.Become(offer, OfferState.Running);
        // The fence stands with the control; the rest of a large mailing is released in steps.
        if (offer.State is OfferState.Withdrawing or OfferState.Frozen) await change.StepToEnd(offer);
        await change.TellProgress(offer);
        return Taken.Done;
    }

    internal static async Task<Offer> Become(this LedgerChange change, Offer offer, OfferState state)
    {
        await change.Execute("UPDATE offers SET state = $2::offer_state WHERE id = $1", offer.Id, state.ToString().ToLowerInvariant());
        return offer with { State = state };
    }

    /// <summary>How many facts of a site the life before may have told that this one has forgotten. A number is not given twice.</summary>
    internal const long Forgotten = 1_000_000;

    /// <summary>
    /// A site has seen a fact that this database has not told yet. One by itself may be wrong (two with the same key, a copy of it
    /// elsewhere), and stops alone. Two within a day show that this database is an earlier copy.
    /// </summary>
    static async Task StopAhead(this LedgerChange change, int site, long seen)
    {
        if (await change.Value<bool>(
            "SELECT EXISTS (SELECT 1 FROM site_facts WHERE site_id <> $1 AND ahead_at > moment() - interval '1 day')", site))
            await change.BeginNewLife();
        else
        {
            // Waits for intents under way, which still saw it running.
            await change.Execute(
                """
                UPDATE offers o SET state = 'frozen'
                FROM (SELECT id FROM offers WHERE site_id = $1 AND state IN ('filling', 'armed', 'running', 'withdrawing')
                    ORDER BY id FOR UPDATE) f
                WHERE o.id = f.id
                """,
                site
            );
            await change.Execute("UPDATE site_facts SET ahead_at = moment() WHERE site_id = $1", site);
        }
        // It takes nothing below the number that it has seen, and would show the same with each wish.
        await change.Execute("UPDATE site_facts SET fact_no = greatest(fact_no, $2 + $3) WHERE site_id = $1", site, seen, Forgotten);
    }

    /// <summary>
    /// The database was set back: gos of the life before are void, and what was under way stops until somebody has looked.
    /// </summary>
    public static async Task BeginNewLife(this LedgerChange change)
    {
        // Waits for every change of an offer under way, which still saw the life before.
        await change.Execute("LOCK TABLE offers IN EXCLUSIVE MODE");
        await change.Execute("UPDATE engine SET life = life + 1");
        // Sites take nothing below the number that they have seen: they would not hear of it.
        await change.Execute("UPDATE site_facts SET fact_no = fact_no + $1, ahead_at = NULL", Forgotten);
        await change.Execute("UPDATE offers SET state = 'frozen' WHERE state IN ('filling', 'armed', 'running', 'withdrawing')");
    }

    public static async Task<Taken> Take(this LedgerChange change, Ask ask)
    {
        if (await change.FindLocked(ask) is not { } offer)
        {
            await change.TellUnknown(ask);
            return Taken.Done;
        }
        if (offer.IsLive) await change.TellProgress(offer);
        else await change.TellEndAgain(offer.SiteId, offer.Mailing);
        foreach (var batch in ask.MissingBatches.Distinct()) await change.TellBatchAgain(offer, batch);
        return Taken.Done;
    }

    public static async Task<Taken> Take(this LedgerChange change, Close close)
    {
        if (await change.FindLocked(close) is { IsLive: false } offer)
            await change.Execute("UPDATE offers SET closed_at = coalesce(closed_at, moment()) WHERE id = $1", offer.Id);
        return Taken.Done;
    }
}
