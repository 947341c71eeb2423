using Community.Bulk;
using Community.Kernel;
using Community.Mail;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Mailing;

/// <summary>Writes a mailing down for the engine: what all recipients have in common, and the recipients in chunks.</summary>
public sealed class WriteOffer(
    SiteDb db,
    LeaseDeliveries leases,
    TrackedLinks tracked,
    EngineSigning signing,
    IStringLocalizer texts,
    IServiceProvider services)
{
    /// <summary>One transaction on SQLite keeps others from writing: fewer then.</summary>
    int ChunkSize => db.IsSqlite ? 100 : Chunk.MaxRecipients;

    sealed record Prepared(
        FrozenContent Frozen,
        MailingMessage Message,
        IReadOnlyList<byte> Variants,
        IReadOnlyDictionary<(byte, string), EngineContent> Contents);

    /// <summary>In the place of a recipient's link, where only its marks matter.</summary>
    const string NoLink = "https://unsubscribe.invalid/";

    Prepared? prepared;
    (long Mailing, int Rev) preparedFor;

    /// <summary>What is the same for all. In the open change.</summary>
    /// <exception cref="BadMessageException">It is larger than the engine takes.</exception>
    public async Task Reserve(Mailing mailing, HandOff handOff, long freezeDelta, int expected, CancellationToken ct)
    {
        var all = await Prepare(mailing, handOff, ct);
        db.Tell(
            new Reserve
            {
                Site = db.Site.Key,
                MailingId = handOff.Key,
                Rev = handOff.Rev,
                Kind = KindOf(mailing),
                Class = MailClass.Marketing,
                StartAt = mailing.StartedAt!.Value,
                SendUntil = handOff.SendUntil,
                FreezeDelta = freezeDelta,
                ExpectedTotal = Math.Max(1, expected),
                Sender = new(all.Frozen.From, all.Frozen.FromName, mailing.FormKey.ToString("N"), all.Frozen.Host, null),
                Signing = await signing.Sealed(ct),
                Contents = [.. Places(all).Select(p => all.Contents[p].Content)],
            },
            handOff
        );
    }

    internal static string KindOf(Mailing mailing) => "k" + mailing.KindId.ToString(System.Globalization.CultureInfo.InvariantCulture);

    static IEnumerable<(byte Variant, string Language)> Places(Prepared all) =>
        all.Variants.SelectMany(v => Texts.Languages.Select(l => (v, l)));

    /// <summary>The next recipients who have waited: those who may still get it are handed, the others settled.</summary>
    /// <returns>False if nobody waits any more.</returns>
    public async Task<bool> NextChunk(Mailing mailing, HandOff handOff, CancellationToken ct)
    {
        var all = await Prepare(mailing, handOff, ct);
        for (var size = ChunkSize; ; size = Math.Max(1, size / 4))
        {
            var due = await db
                .Deliveries.AsNoTracking()
                .Where(d => d.MailingId == mailing.Id && (d.State == DeliveryState.Pending || d.State == DeliveryState.Deferred))
                .OrderBy(d => d.Seq)
                .Take(size)
                .ToListAsync(ct);
            if (due.Count == 0) return false;
            var now = db.Now;
            var recipients = new List<BulkRecipient>(due.Count);
            var may = await leases.MayGetIt(mailing, due, now, ct);
            var members = may.Select(l => l.To.MemberId).ToList();
            var keys = await db.Members.Where(m => members.Contains(m.Id)).Select(m => new { m.Id, m.AddressHash })
                .ToDictionaryAsync(m => m.Id, m => Truncate.To(CompareConsents.KeyLength, m.AddressHash), ct);
            var known = await tracked.Known(mailing, members, ct);
            foreach (var leased in may)
                try { recipients.Add(await RecipientOf(mailing, leased, keys[leased.To.MemberId], all, known, ct)); }
                catch (Exception error) when (error is FormatException or ArgumentException)
                {
                    // As a web server settles a message that cannot be written.
                    await Unwritable(leased.Delivery, error.Message, now, ct);
                }
            if (recipients.Count == 0) return true;
            var chunk = new Chunk
            {
                Site = db.Site.Key,
                MailingId = handOff.Key,
                Rev = handOff.Rev,
                ChunkNo = handOff.Chunks,
                Recipients = recipients,
            };
            try { db.Tell(chunk, handOff); }
            catch (BadMessageException) when (size > 1) { continue; }
            catch (BadMessageException error)
            {
                await Unwritable(due[0], error.Message, now, ct);
                return true;
            }
            handOff.Chunks++;
            handOff.Total += recipients.Count;
            await Hand(mailing.Id, handOff.Rev, recipients, ct);
            return true;
        }
    }

    async Task Hand(long mailing, int rev, List<BulkRecipient> recipients, CancellationToken ct)
    {
        var json = System.Text.Json.JsonSerializer.Serialize(recipients.Select(r => new { r.Rid, r.AddressKey }));
        var handed = db.IsSqlite
            ? await db.Database.ExecuteSqlAsync(
                $"""
                UPDATE deliveries SET state = 'Handed', offer_rev = {rev}, outcome_n = 0, address_key = o.value ->> 'AddressKey', barred = 0
                FROM json_each({json}) AS o
                WHERE deliveries.mailing_id = {mailing} AND deliveries.seq = o.value ->> 'Rid' AND state IN ('Pending', 'Deferred')
                """, ct)
            : await db.Database.ExecuteSqlAsync(
                $"""
                UPDATE deliveries AS d SET state = 'Handed', offer_rev = {rev}, outcome_n = 0, address_key = o."AddressKey", barred = FALSE
                FROM json_to_recordset({json}::json) AS o("Rid" int, "AddressKey" text)
                WHERE d.mailing_id = {mailing} AND d.seq = o."Rid" AND d.state IN ('Pending', 'Deferred')
                """, ct);
        // A web server leased one meanwhile: nothing of this chunk may be offered.
        if (handed != recipients.Count) throw new InvalidOperationException("A recipient is in the hands of another.");
    }

    async Task Unwritable(Delivery delivery, string why, DateTime now, CancellationToken ct)
    {
        await db.Deliveries.Where(d => d.Id == delivery.Id).ExecuteUpdateAsync(
            s => s.SetProperty(d => d.State, DeliveryState.Rejected)
                .SetProperty(d => d.Answer, UntrustedText.Safe(why))
                .SetProperty(d => d.SettledAt, now),
            ct
        );
        await db.Count(delivery.MailingId, now, DeliveryState.Rejected, 1, ct);
    }

    async Task<BulkRecipient> RecipientOf(
        Mailing mailing, LeasedDelivery leased, string addressKey, Prepared all, IReadOnlySet<long> known, CancellationToken ct)
    {
        var language = Texts.Languages.Contains(leased.To.Language) ? leased.To.Language : db.Site.Culture;
        var to = await all.Message.For(leased.To with { Language = language }, services, ct);
        var links = await tracked.For(mailing, all.Message, to, leased.Delivery.Id, known, ct);
        var place = (all.Variants.Contains(to.Variant) ? to.Variant : all.Variants[0], language);
        return new(
            leased.Delivery.Seq,
            to.Email,
            to.Name,
            addressKey,
            leased.ReturnTo ?? all.Frozen.From,
            Places(all).ToList().IndexOf(place),
            all.Contents[place].ValuesOf(to, links)
        );
    }

    async Task<Prepared> Prepare(Mailing mailing, HandOff handOff, CancellationToken ct)
    {
        if (prepared is not null && preparedFor == (mailing.Id, handOff.Rev)) return prepared;
        var frozen = FrozenContent.Parse(mailing.Content!);
        var message = new MailingMessage(frozen, texts, await MergeFields.On(db, ct));
        IReadOnlyList<byte> variants = [.. frozen.Contents.Select(c => c.Variant).Append((byte)0).Distinct().Order()];
        var contents = new Dictionary<(byte, string), EngineContent>();
        foreach (var variant in variants)
            foreach (var language in Texts.Languages)
            {
                var like = new Recipient(0, "", "", language, NoLink, NoLink) { Variant = variant };
                contents[(variant, language)] = new(message, like, await tracked.For(mailing, message, like, 0, TrackedLinks.Nobody, ct));
            }
        preparedFor = (mailing.Id, handOff.Rev);
        return prepared = new(frozen, message, variants, contents);
    }

    /// <summary>All chunks are written: how many, and a digest over all of them. Their hashes are not needed any more.</summary>
    public async Task Commit(HandOff handOff, CancellationToken ct)
    {
        // Chunks of this transaction are tracked and not saved yet.
        await db.SaveChangesAsync(ct);
        var rows = db.EngineOutbox.Where(r => r.MailingId == handOff.MailingId && r.Rev == handOff.Rev && r.ChunkNo != null);
        var hashes = await rows.OrderBy(r => r.ChunkNo).Select(r => r.Hash!).ToListAsync(ct);
        if (hashes.Count != handOff.Chunks) throw new InvalidOperationException("A chunk is missing.");
        db.Tell(
            new Bulk.Commit
            {
                Site = db.Site.Key,
                MailingId = handOff.Key,
                Rev = handOff.Rev,
                ChunkCount = handOff.Chunks,
                Total = handOff.Total,
                Digest = Bulk.Commit.DigestOf(hashes),
            },
            handOff
        );
        await rows.Where(r => r.Body == null).ExecuteDeleteAsync(ct);
    }
}
