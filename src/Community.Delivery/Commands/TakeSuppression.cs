namespace Community.Bulk;

/// <summary>
/// What members of a site have decided since a mailing's audience was frozen. Kept also for mailings that are not known yet.
/// </summary>
public static class TakeSuppression
{
    /// <summary>
    /// Whether recipient <c>r</c> of offer <c>o</c> gets no mail any more: the newest word about the kind, or about all kinds, is "out";
    /// a later yes to the kind reopens that kind.
    /// </summary>
    public const string IsSuppressed = """
        (NOT o.essential AND EXISTS (
            SELECT 1 FROM deltas d
            WHERE d.site_id = o.site_id AND d.address_key = r.address_key AND d.kind IN (o.kind, '') AND d.is_out
                AND d.delta_seq > o.freeze_delta
                AND NOT EXISTS (
                    SELECT 1 FROM deltas l
                    WHERE l.site_id = d.site_id AND l.address_key = d.address_key AND NOT l.is_out AND l.delta_seq > d.delta_seq
                        AND l.kind IN (d.kind, o.kind))))
        """;

    /// <summary>
    /// The number up to which offer <c>o</c> knows all suppressions since its freeze. It goes on from what was written down, and ends at
    /// the first gap. Asked for each number alone: as a join, all that the site has ever told would be read.
    /// </summary>
    public const string KnownDelta = """
        (SELECT CASE WHEN EXISTS (SELECT 1 FROM deltas WHERE site_id = o.site_id AND delta_seq = k.seq + 1)
            THEN (SELECT d.delta_seq FROM deltas d WHERE d.site_id = o.site_id AND d.delta_seq > k.seq
                AND (SELECT n.delta_seq FROM deltas n WHERE n.site_id = d.site_id AND n.delta_seq = d.delta_seq + 1) IS NULL
                ORDER BY d.delta_seq LIMIT 1)
            ELSE k.seq END
        FROM (SELECT greatest(o.known_delta, o.freeze_delta) AS seq) k)
        """;

    public static async Task<Taken> Take(this LedgerChange change, SuppressDelta delta)
    {
        var site = await change.SiteId(delta.Site);
        // Intents hold this row: from this commit on none is made for this member.
        await change.Execute("SELECT 1 FROM sites WHERE id = $1 FOR UPDATE", site);
        var isNew = await change.Execute(
            """
            INSERT INTO deltas SELECT $1, $2, $3, $4, $5, $6, $7 FROM sites
            WHERE id = $1 AND forgotten_delta < $2 AND (gone_at IS NULL OR gone_at < $7)
            ON CONFLICT DO NOTHING
            """,
            site,
            delta.DeltaSeq,
            delta.Hash,
            delta.AddressKey,
            delta.Kind ?? "",
            delta.Out,
            delta.At
        );
        if (isNew == 0)
            return await change.Value<bool>(
                "SELECT EXISTS (SELECT 1 FROM deltas WHERE site_id = $1 AND delta_seq = $2 AND hash <> $3)",
                site,
                delta.DeltaSeq,
                delta.Hash
            )
                ? new($"suppress.delta {delta.DeltaSeq} contradicts what came before")
                : Taken.Done;
        // Only one that a beat has waited for makes anything fresher.
        if (await change.Value<bool>("SELECT EXISTS (SELECT 1 FROM beats WHERE site_id = $1 AND delta_seq >= $2)", site, delta.DeltaSeq))
            await change.Freshen(site);
        return Taken.Done;
    }

    public static async Task<Taken> Take(this LedgerChange change, SuppressBeat beat)
    {
        var site = await change.SiteId(beat.Site);
        await change.Execute("SELECT 1 FROM sites WHERE id = $1 FOR UPDATE", site);
        await change.Execute(
            """
            INSERT INTO beats SELECT $1, $2, $3 FROM sites WHERE id = $1 AND (gone_at IS NULL OR gone_at < $3)
            ON CONFLICT (site_id, delta_seq) DO UPDATE SET at = greatest(beats.at, EXCLUDED.at)
            """,
            site,
            beat.DeltaSeq,
            beat.At
        );
        await change.Freshen(site);
        return Taken.Done;
    }

    /// <summary>
    /// Up to which moment each live offer knows all suppressions: the newest beat of which no number since the freeze is missing. A site's
    /// clock that is ahead makes nothing fresher than now.
    /// </summary>
    /// <param name="change">Has locked the site's row: alone, if it is to write to all of the site's offers.</param>
    /// <param name="site">The site.</param>
    /// <param name="offer">Only this one, which the change has locked; 0 for all.</param>
    public static async Task Freshen(this LedgerChange change, int site, long offer = 0)
    {
        await change.Execute(
            $"""
            UPDATE offers o SET known_delta = f.seq, fresh_at = greatest(o.fresh_at, f.at)
            FROM (
                SELECT w.id, w.seq, (
                    SELECT max(least(b.at, moment())) FROM beats b WHERE b.site_id = $1 AND b.delta_seq <= w.seq) AS at
                FROM (
                    SELECT o.id, {KnownDelta} AS seq FROM offers o
                    WHERE o.site_id = $1 AND $2 IN (0, o.id) AND o.state <> 'ended' AND o.reserve_hash IS NOT NULL) w) f
            WHERE o.id = f.id AND (o.known_delta < f.seq OR o.fresh_at < f.at OR o.fresh_at IS NULL AND f.at IS NOT NULL)
            """,
            site,
            offer
        );
        if (offer != 0) return;
        // An offer remembers how fresh it was; of a beat that is not complete yet, the next ones say more.
        await change.Execute(
            """
            DELETE FROM beats WHERE site_id = $1
                AND delta_seq NOT IN (SELECT delta_seq FROM beats WHERE site_id = $1 ORDER BY at DESC, delta_seq DESC LIMIT 10)
            """,
            site
        );
    }
}
