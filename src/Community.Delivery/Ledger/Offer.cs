using Npgsql;

namespace Community.Bulk;

/// <summary>One offer of a mailing (a rev), as a change has locked it.</summary>
public sealed record Offer
{
    public required long Id { get; init; }
    public required int SiteId { get; init; }
    public required string Site { get; init; }
    public required Guid Mailing { get; init; }
    public required int Rev { get; init; }
    public required OfferState State { get; init; }
    public string? ReserveHash { get; init; }
    public string? CommitHash { get; init; }
    public int? ChunkCount { get; init; }
    public int? Total { get; init; }
    public string? Digest { get; init; }
    public long Seq { get; init; }
    public bool Go { get; init; }
    public long GoLife { get; init; }
    public bool Paused { get; init; }
    public bool Withdraw { get; init; }
    public DateTime? SendUntil { get; init; }
    public DateTime? StartedAt { get; init; }

    /// <summary>The engine's life now.</summary>
    public required long Life { get; init; }

    /// <summary>States in which something may still change by itself or by the site.</summary>
    public bool IsLive => State is not OfferState.Ended;

    internal const string Columns = """
        o.id, o.site_id, s.key, o.mailing, o.rev, o.state::text, o.reserve_hash, o.commit_hash, o.chunk_count, o.total, o.digest,
        o.seq, o.go, o.go_life, o.paused, o.send_until, o.started_at, (SELECT life FROM engine), o.withdraw
        """;

    internal static Offer Of(NpgsqlDataReader row) =>
        new()
        {
            Id = row.GetInt64(0),
            SiteId = row.GetInt32(1),
            Site = row.GetString(2),
            Mailing = row.GetGuid(3),
            Rev = row.GetInt32(4),
            State = Enum.Parse<OfferState>(row.GetString(5), ignoreCase: true),
            ReserveHash = row.IsDBNull(6) ? null : row.GetString(6),
            CommitHash = row.IsDBNull(7) ? null : row.GetString(7),
            ChunkCount = row.IsDBNull(8) ? null : row.GetInt32(8),
            Total = row.IsDBNull(9) ? null : row.GetInt32(9),
            Digest = row.IsDBNull(10) ? null : row.GetString(10),
            Seq = row.GetInt64(11),
            Go = row.GetBoolean(12),
            GoLife = row.GetInt64(13),
            Paused = row.GetBoolean(14),
            SendUntil = row.IsDBNull(15) ? null : row.GetDateTime(15),
            StartedAt = row.IsDBNull(16) ? null : row.GetDateTime(16),
            Life = row.GetInt64(17),
            Withdraw = row.GetBoolean(18),
        };
}

/// <summary>Finds and locks offers. Always in this order: the mailing's row, the offer's, recipients.</summary>
public static class Offers
{
    /// <summary>Locks mailing and offer by the offer's number; null if there is none.</summary>
    public static async Task<Offer?> Locked(this LedgerChange change, long id)
    {
        await change.Execute(
            "SELECT 1 FROM mailings m JOIN offers o ON o.site_id = m.site_id AND o.mailing = m.mailing WHERE o.id = $1 FOR UPDATE OF m",
            id
        );
        return await change.First(
            $"SELECT {Offer.Columns} FROM offers o JOIN sites s ON s.id = o.site_id WHERE o.id = $1 FOR UPDATE OF o",
            Offer.Of,
            id
        );
    }

    /// <summary>The offer that a message is about, locked. Begins it if the engine hears of it for the first time.</summary>
    /// <returns>Null if the message is late: its rev is over, and the engine has said so again.</returns>
    public static async Task<Offer?> Meet(this LedgerChange change, OfferMessage message)
    {
        var site = await change.SiteId(message.Site);
        var fence = await change.Fence(site, message.MailingId);
        var known = await change.Find(site, message);
        if (known is { IsLive: true }) return known;
        // Of a site that is gone nothing is begun. Whoever has put it back from a backup is told the end like everybody else.
        if (message.Rev < fence || known is not null || await change.IsOfGone(site, message.MailingId))
        {
            await change.TellEndAgain(site, message.MailingId);
            return null;
        }
        var newest = await change.First(
            $"""
            SELECT {Offer.Columns} FROM offers o JOIN sites s ON s.id = o.site_id
            WHERE o.site_id = $1 AND o.mailing = $2 ORDER BY o.rev DESC LIMIT 1 FOR UPDATE OF o
            """,
            Offer.Of,
            site,
            message.MailingId
        );
        // The site offers anew only after it has taken back the last one. One that may have been sent is not given up by a newer one:
        // then one side has forgotten something, and nobody sends until a person has looked.
        var contradicts = newest is { IsLive: true } && (newest.Go || newest.State == OfferState.Frozen);
        if (contradicts) await change.Freeze(newest!);
        else if (newest is { IsLive: true }) await change.End(newest, EndReason.Superseded);
        var offer = await change.First(
            $"""
            WITH o AS (INSERT INTO offers (site_id, mailing, rev, state) VALUES ($1, $2, $3, $4::offer_state) RETURNING *)
            SELECT {Offer.Columns} FROM o JOIN sites s ON s.id = o.site_id
            """,
            Offer.Of,
            site,
            message.MailingId,
            message.Rev,
            contradicts ? "frozen" : "filling"
        );
        await change.Execute("INSERT INTO offer_batches VALUES ($1, 0)", offer!.Id);
        // Two that contradict each other both stay within reach, so that each can be withdrawn.
        if (contradicts) await change.TellProgress(offer);
        else await change.RaiseFence(offer, message.Rev);
        return offer;
    }

    /// <summary>The offer that a message is about, ended or not, locked with its mailing; null if there is none. Begins nothing.</summary>
    public static async Task<Offer?> FindLocked(this LedgerChange change, OfferMessage message)
    {
        var site = await change.SiteId(message.Site);
        await change.Execute("SELECT 1 FROM mailings WHERE site_id = $1 AND mailing = $2 FOR UPDATE", site, message.MailingId);
        return await change.Find(site, message);
    }

    /// <summary>The offer that a message is about, if there is one, ended or not. The mailing is locked.</summary>
    static Task<Offer?> Find(this LedgerChange change, int site, OfferMessage message) =>
        change.First(
            $"""
            SELECT {Offer.Columns} FROM offers o JOIN sites s ON s.id = o.site_id
            WHERE o.site_id = $1 AND o.mailing = $2 AND o.rev = $3 FOR UPDATE OF o
            """,
            Offer.Of,
            site,
            message.MailingId,
            message.Rev
        );

    /// <summary>Messages of a lower rev are late from now on.</summary>
    public static Task RaiseFence(this LedgerChange change, Offer offer, int rev) =>
        change.Execute(
            "UPDATE mailings SET fence = greatest(fence, $3) WHERE site_id = $1 AND mailing = $2",
            offer.SiteId,
            offer.Mailing,
            rev
        );

    /// <summary>Locks the mailing, and gives the lowest rev that is still allowed.</summary>
    public static async Task<int> Fence(this LedgerChange change, int site, Guid mailing)
    {
        const string ask = "SELECT fence FROM mailings WHERE site_id = $1 AND mailing = $2 FOR UPDATE";
        var fence = await change.First(ask, r => (int?)r.GetInt32(0), site, mailing);
        if (fence is { } known) return known;
        await change.Execute("INSERT INTO mailings (site_id, mailing) VALUES ($1, $2) ON CONFLICT DO NOTHING", site, mailing);
        return await change.Value<int>(ask, site, mailing);
    }

    /// <summary>Stops it until a person, or a withdrawal, ends it.</summary>
    public static async Task<Offer> Freeze(this LedgerChange change, Offer offer)
    {
        await change.Execute("UPDATE offers SET state = 'frozen' WHERE id = $1", offer.Id);
        var frozen = offer with { State = OfferState.Frozen };
        await change.TellProgress(frozen);
        return frozen;
    }
}
