namespace Community.Bulk;

/// <summary>
/// A site is deleted: what it had offered is withdrawn, what is known of its members goes, and nothing is told to it any more. The row of
/// the site stays, for the numbers of its facts and the fences of its mailings; a new site of the same key begins its own numbers anew.
/// </summary>
public static class TakeSite
{
    public static async Task<Taken> Take(this LedgerChange change, SiteGone gone)
    {
        var site = await change.SiteId(gone.Site);
        // Intents hold this row: from this commit on none is made for the site.
        await change.Execute("SELECT 1 FROM sites WHERE id = $1 FOR UPDATE", site);
        await change.Execute("UPDATE sites SET gone_at = greatest(gone_at, $2) WHERE id = $1", site, gone.At);
        // Said again, it has nothing left to do: what a new site of this key has offered is of later.
        var offers = await change.Query(
            "SELECT id, mailing FROM offers WHERE site_id = $1 AND state <> 'ended' ORDER BY id",
            r => (Id: r.GetInt64(0), Mailing: r.GetGuid(1)),
            site
        );
        foreach (var (id, mailing) in offers)
        {
            if (SiteGone.MadeAt(mailing) > gone.At || await change.Locked(id) is not { IsLive: true } offer) continue;
            // As if the site had withdrawn it: what is in hand is finished, and a frozen one is in doubt.
            await change.Execute("UPDATE offers SET withdraw = true, signing = NULL WHERE id = $1", id);
            offer = offer with { Withdraw = true };
            if (offer.State is not OfferState.Frozen) offer = await change.Become(offer, OfferState.Withdrawing);
            await change.StepToEnd(offer);
        }
        // Those that the site had not closed.
        await change.Execute(
            "UPDATE offers SET closed_at = moment() WHERE site_id = $1 AND state = 'ended' AND closed_at IS NULL AND ended_at <= $2",
            site,
            gone.At
        );
        await change.Execute("DELETE FROM deltas WHERE site_id = $1 AND at <= $2", site, gone.At);
        await change.Execute("DELETE FROM beats WHERE site_id = $1 AND at <= $2", site, gone.At);
        await change.Execute(
            """
            UPDATE sites SET forgotten_delta = 0
            WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM offers WHERE site_id = $1 AND state <> 'ended' AND NOT withdraw)
            """,
            site
        );
        return Taken.Done;
    }

    /// <summary>Whether it belongs to a site that is gone, though another one may have its key.</summary>
    public static async Task<bool> IsOfGone(this LedgerChange change, int site, Guid mailing) =>
        await change.Value<DateTime?>("SELECT gone_at FROM sites WHERE id = $1", site) is { } gone && SiteGone.MadeAt(mailing) <= gone;
}
