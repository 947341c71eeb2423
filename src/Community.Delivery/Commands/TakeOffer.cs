namespace Community.Bulk;

/// <summary>Reserve, chunks and commit of an offer: stored as they come; armed once all are here and agree.</summary>
public static class TakeOffer
{
    public static async Task<Taken> Take(this LedgerChange change, Reserve reserve, EngineLimits limits, EngineKeys keys)
    {
        if (await change.Meet(reserve) is not { } offer) return Taken.Done;
        if (offer.ReserveHash is { } known) return await change.Again(offer, known == reserve.Hash, reserve);
        if (offer.State != OfferState.Filling) return Taken.Done;
        var forgotten = await change.Value<long>("SELECT forgotten_delta FROM sites WHERE id = $1 FOR SHARE", offer.SiteId);
        if (reserve.FreezeDelta < forgotten)
        {
            await change.End(offer, EndReason.TooOld);
            return Taken.Done;
        }
        // Better no mail than a large one without its signature.
        if (reserve.Signing is { } signing && OfferSigning.Open(signing, reserve.Site, keys) is null)
        {
            await change.End(offer, EndReason.CannotSign);
            return Taken.Done;
        }
        await change.Execute(
            """
            UPDATE offers SET reserve = $2, reserve_hash = $3, kind = $4, essential = $5, class = $6, weight = $7, send_until = $8,
                freeze_delta = $9, max_delta_age = $10, start_at = CASE WHEN seq = 0 THEN $11 ELSE start_at END,
                per_minute = CASE WHEN seq = 0 THEN $12 ELSE per_minute END,
                signing = CASE WHEN seq = 0 THEN $13::bytea ELSE signing END
            WHERE id = $1
            """,
            offer.Id,
            // The keys stand apart: they are deleted sooner, and may be replaced.
            Wire.Write(reserve with { Signing = null }),
            reserve.Hash,
            reserve.Kind,
            reserve.Class == MailClass.Essential,
            (short)reserve.Class,
            reserve.Weight,
            reserve.SendUntil,
            reserve.FreezeDelta,
            TimeSpan.FromSeconds(reserve.MaxDeltaAge),
            reserve.StartAt,
            reserve.PerMinute,
            Wire.Bytes(reserve.Signing)
        );
        // Only shares the site's row, with intents that hold rows of its other offers.
        await change.Freshen(offer.SiteId, offer.Id);
        return await change.Arm(offer with { ReserveHash = reserve.Hash }, limits);
    }

    public static async Task<Taken> Take(this LedgerChange change, Chunk chunk, EngineLimits limits)
    {
        if (await change.Meet(chunk) is not { } offer) return Taken.Done;
        var known = await change.First(
            "SELECT hash FROM chunks WHERE offer_id = $1 AND chunk_no = $2", r => r.GetString(0), offer.Id, chunk.ChunkNo);
        if (known is not null) return await change.Again(offer, known == chunk.Hash, chunk);
        // A withdrawal that has overtaken it: what is not stored yet need not be released.
        if (offer.State is OfferState.Frozen or OfferState.Withdrawing) return Taken.Done;
        if (offer.State != OfferState.Filling) return await change.Again(offer, false, chunk);
        await change.Execute(
            "INSERT INTO chunks VALUES ($1, $2, $3, $4)", offer.Id, chunk.ChunkNo, chunk.Hash, chunk.Recipients.Count);
        var rids = chunk.Recipients.Select(r => r.Rid).ToArray();
        var stored = await change.Execute(
            """
            INSERT INTO recipients (offer_id, rid, address_key, domain)
            SELECT $1, w.rid, w.key, w.domain FROM unnest($2, $3, $4) AS w (rid, key, domain) ON CONFLICT DO NOTHING
            """,
            offer.Id,
            rids,
            chunk.Recipients.Select(r => r.AddressKey).ToArray(),
            chunk.Recipients.Select(r => r.Domain).ToArray()
        );
        // A recipient who stands in two chunks.
        if (stored != rids.Length) return await change.Contradicts(offer, chunk);
        await change.Execute(
            "INSERT INTO addressees SELECT $1, w.rid, w.data FROM unnest($2, $3) AS w (rid, data)",
            offer.Id,
            rids,
            chunk.Recipients.Select(Wire.Bytes).ToArray()
        );
        return await change.Arm(offer, limits);
    }

    public static async Task<Taken> Take(this LedgerChange change, Commit commit, EngineLimits limits)
    {
        if (await change.Meet(commit) is not { } offer) return Taken.Done;
        if (offer.CommitHash is { } known) return await change.Again(offer, known == commit.Hash, commit);
        if (offer.State != OfferState.Filling) return Taken.Done;
        await change.Execute(
            "UPDATE offers SET commit_hash = $2, chunk_count = $3, total = $4, digest = $5 WHERE id = $1",
            offer.Id,
            commit.Hash,
            commit.ChunkCount,
            commit.Total,
            commit.Digest
        );
        return await change.Arm(
            offer with { CommitHash = commit.Hash, ChunkCount = commit.ChunkCount, Total = commit.Total, Digest = commit.Digest },
            limits
        );
    }

    static async Task<Taken> Arm(this LedgerChange change, Offer offer, EngineLimits limits)
    {
        if (offer.ReserveHash is null || offer.CommitHash is null) return Taken.Done;
        var (chunks, recipients, highest) = await change.First(
            "SELECT count(*)::int, coalesce(sum(recipients), 0)::int, coalesce(max(chunk_no), 0) FROM chunks WHERE offer_id = $1",
            r => (r.GetInt32(0), r.GetInt32(1), r.GetInt32(2)),
            offer.Id
        );
        // More than were announced can only be seen once the commit is here.
        if (highest >= offer.ChunkCount || recipients > offer.Total) return await change.Contradicts(offer, null);
        if (chunks < offer.ChunkCount) return Taken.Done;
        var hashes = await change.Query("SELECT hash FROM chunks WHERE offer_id = $1 ORDER BY chunk_no", r => r.GetString(0), offer.Id);
        if (recipients != offer.Total || Commit.DigestOf(hashes) != offer.Digest) return await change.Contradicts(offer, null);
        var booked = await change.Value<long>(
            "SELECT coalesce(sum(total), 0)::bigint FROM offers WHERE state IN ('armed', 'running', 'withdrawing')");
        if (booked + recipients > limits.MaxOpenRecipients)
        {
            await change.End(offer, EndReason.NoRoom);
            return Taken.Done;
        }
        // A go that has overtaken the last part is for a life in which the engine had accepted: not for this one, see TakeControl.
        await change.Execute("UPDATE offers SET state = 'armed' WHERE id = $1", offer.Id);
        var start = await change.Value<DateTime>("SELECT greatest(start_at, moment()) FROM offers WHERE id = $1", offer.Id);
        await change.TellAccepted(offer with { State = OfferState.Armed }, start.AddDays((double)(booked + recipients) / limits.PerDay));
        return Taken.Done;
    }

    /// <summary>The same key came before.</summary>
    static async Task<Taken> Again(this LedgerChange change, Offer offer, bool isSame, OfferMessage message) =>
        isSame ? Taken.Done : await change.Contradicts(offer, message);

    /// <summary>Its parts contradict each other: refused while nothing can have been sent, frozen after that.</summary>
    static async Task<Taken> Contradicts(this LedgerChange change, Offer offer, OfferMessage? message)
    {
        if (offer.State == OfferState.Filling)
            await change.End(offer, EndReason.Contradiction);
        else if (offer.State != OfferState.Frozen)
            await change.Freeze(offer);
        return message is null
            ? Taken.Done
            : new($"{message.Schema} contradicts what came before of {message.MailingId} rev {message.Rev}");
    }
}
