using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>A leased delivery, with the data for its message.</summary>
/// <param name="ReturnTo">The envelope sender; null for the mailing's sender.</param>
public sealed record LeasedDelivery(Delivery Delivery, Mailing Mailing, Recipient To, string? ReturnTo);

/// <summary>Leases the site's next due delivery whose recipient may still receive it.</summary>
public sealed class LeaseDelivery(
    SiteDb db, UnsubscribeLinks links, ReturnAddresses returns, AddressHashes addresses, TimeProvider time)
{
    /// <summary>Longer than the ten minutes that a server may take to reply to the final dot (RFC 5321 §4.5.3.2.6).</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(15);
    /// <summary>How many recipients who may no longer receive it are skipped per transaction.</summary>
    const int MaxPassedOver = 50;

    /// <summary>Null if nothing is due. The site's mailings take turns, starting with the one after <paramref name="last"/>.</summary>
    public async Task<LeasedDelivery?> Next(ProcessIncarnation process, long last, CancellationToken ct)
    {
        var running = await db
            .Mailings.AsNoTracking()
            .Where(m => m.State == MailingState.Running)
            .OrderBy(m => m.Id)
            .Select(m => m.Id)
            .ToListAsync(ct);
        foreach (var id in running.Where(id => id > last).Concat(running.Where(id => id <= last)))
            while (true)
            {
                var (leased, more) = await Try(process, id, ct);
                if (leased is not null) return leased;
                if (!more) break;
            }
        return null;
    }

    async Task<(LeasedDelivery? Leased, bool More)> Try(ProcessIncarnation process, long mailingId, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        await using var change = await db.Change(ct);
        var now = time.GetUtcNow().UtcDateTime;
        var mailing = await db.Mailings.AsNoTracking().FirstAsync(m => m.Id == mailingId, ct);
        if (mailing.State != MailingState.Running) return (null, false);
        for (var passed = 0; passed < MaxPassedOver; passed++)
        {
            if (await Due(mailingId, now, ct) is not { } delivery)
            {
                await change.Commit(ct);
                return (null, false);
            }
            if (await MayGetIt(mailing, delivery, ct) is { } to)
            {
                (delivery.State, delivery.Owner, delivery.Incarnation, delivery.LeaseUntil) = (
                    DeliveryState.Leased,
                    process.Name,
                    process.Number,
                    now + Lease
                );
                var returnTo = await returns.Of(delivery.Id, await addresses.Of(to.Email, ct), ct);
                await change.Commit(ct);
                return (new LeasedDelivery(delivery, mailing, to, returnTo), true);
            }
            (delivery.State, delivery.SettledAt) = (DeliveryState.Suppressed, now);
            await db.SaveChangesAsync(ct);
            await db.Count(mailingId, now, DeliveryState.Suppressed, 1, ct);
        }
        await change.Commit(ct);
        return (null, true);
    }

    // PostgreSQL: skips rows that another node has locked instead of waiting for them. SQLite: we hold the write gate.
    async Task<Delivery?> Due(long mailing, DateTime now, CancellationToken ct) =>
        db.IsSqlite
            ? await db
                .Deliveries.Where(d =>
                    d.MailingId == mailing && (d.State == DeliveryState.Pending || d.State == DeliveryState.Deferred) && d.DueAt <= now
                )
                .OrderBy(d => d.DueAt)
                .ThenBy(d => d.Seq)
                .FirstOrDefaultAsync(ct)
            : (
                await db
                    .Deliveries.FromSql(
                        $"""
                        SELECT * FROM deliveries WHERE mailing_id = {mailing} AND state IN ('Pending', 'Deferred') AND due_at <= {now}
                        ORDER BY due_at, seq LIMIT 1 FOR UPDATE SKIP LOCKED
                        """
                    )
                    .ToListAsync(ct)
            ).FirstOrDefault();

    /// <summary>
    /// Rechecks membership, consent and suppression, and that no other recipient of this mailing has the same address.
    /// </summary>
    async Task<Recipient?> MayGetIt(Mailing mailing, Delivery delivery, CancellationToken ct)
    {
        var member = await Audience
            .MayGet(mailing, db)
            .AsNoTracking()
            .Where(m => m.Id == delivery.MemberId)
            .Select(m => new
            {
                m.Id,
                m.Name,
                m.Email,
                m.Language,
            })
            .FirstOrDefaultAsync(ct);
        if (member?.Email is not { Length: > 0 } email)
            return Refuse(delivery, await Audience.Refusal(mailing.KindId, delivery.MemberId, db, ct));
        var hash = Delivery.HashOf(email, mailing.Salt!);
        if (hash != delivery.AddressHash)
        {
            // The member's address has changed; another recipient of the mailing may have the same one.
            if (await db.Deliveries.AnyAsync(d => d.MailingId == mailing.Id && d.AddressHash == hash, ct))
                return Refuse(delivery, WithheldReason.Address);
            delivery.AddressHash = hash;
        }
        return new Recipient(
            member.Id,
            member.Name,
            email,
            member.Language ?? db.Site.Culture,
            await links.To(member.Id, mailing.KindId, ct),
            await links.OneClick(member.Id, mailing.KindId, ct)
        );
    }

    static Recipient? Refuse(Delivery delivery, WithheldReason why)
    {
        delivery.Withheld = why;
        return null;
    }
}
