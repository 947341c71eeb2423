using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>A leased delivery, with the data for its message.</summary>
/// <param name="ReturnTo">The envelope sender; null for the mailing's sender.</param>
public sealed record LeasedDelivery(Delivery Delivery, Mailing Mailing, Recipient To, string? ReturnTo);

/// <summary>Leases the site's next due deliveries whose recipients may still receive them, several of one mailing at once.</summary>
public sealed class LeaseDeliveries(
    SiteDb db, UnsubscribeLinks links, ViewLinks views, ReturnAddresses returns, AddressHashes addresses, TimeProvider time)
{
    /// <summary>Longer than the ten minutes that a server may take to reply to the final dot (RFC 5321 §4.5.3.2.6).</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(15);

    /// <summary>Empty if nothing is due. The site's mailings take turns, starting with the one after <paramref name="last"/>.</summary>
    /// <param name="process">Whose leases they are.</param>
    /// <param name="last">The mailing of the turn before.</param>
    /// <param name="count">At most so many, at least 1.</param>
    /// <param name="ct">Cancels it.</param>
    public async Task<IReadOnlyList<LeasedDelivery>> Next(ProcessIncarnation process, long last, int count, CancellationToken ct)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var quiet = QuietHours.EndOf(await MailingSettings.Of(db, ct), now, db.Site.Zone) is not null;
        var running = (await db
            .Mailings.AsNoTracking()
            .Where(m => m.State == MailingState.Running && m.Holder == MailingHolder.WebServers && (!quiet || m.TestOfId != null))
            .OrderBy(m => m.Id)
            .Select(m => new { m.Id, m.StartedAt, m.StartAt })
            .ToListAsync(ct)).FindAll(m => !Mailing.IsBeforeItsTime(m.StartedAt, m.StartAt, now)).ConvertAll(m => m.Id);
        foreach (var id in running.Where(id => id > last).Concat(running.Where(id => id <= last)))
            while (true)
            {
                var (leased, more) = await Try(process, id, count, ct);
                if (leased.Count > 0) return leased;
                if (!more) break;
            }
        return [];
    }

    /// <summary>More: some were due, and none of them may receive it.</summary>
    async Task<(List<LeasedDelivery> Leased, bool More)> Try(ProcessIncarnation process, long mailingId, int count, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        await using var change = await db.Change(ct);
        var now = time.GetUtcNow().UtcDateTime;
        var mailing = await db.Mailings.AsNoTracking().FirstAsync(m => m.Id == mailingId, ct);
        if (mailing is not { State: MailingState.Running, Holder: MailingHolder.WebServers } || mailing.IsBeforeItsTime(now))
            return ([], false);
        var due = await Take(process, mailingId, now, count, ct);
        var leased = due.Count == 0 ? [] : await MayGetIt(mailing, due, now, ct);
        await change.Commit(ct);
        return (leased, due.Count > 0);
    }

    // PostgreSQL: skips rows that another node has locked instead of waiting for them. SQLite: we hold the write gate.
    async Task<List<Delivery>> Take(ProcessIncarnation process, long mailing, DateTime now, int count, CancellationToken ct)
    {
        var (at, until) = (db.At(now), db.At(now + Lease));
        var taken = db.IsSqlite
            ? db.Deliveries.FromSql(
                $"""
                UPDATE deliveries SET state = 'Leased', owner = {process.Name}, incarnation = {process.Number}, lease_until = {until}
                WHERE id IN (
                    SELECT id FROM deliveries WHERE mailing_id = {mailing} AND state IN ('Pending', 'Deferred') AND due_at <= {at}
                    ORDER BY due_at, seq LIMIT {count}
                )
                RETURNING *
                """
            )
            : db.Deliveries.FromSql(
                $"""
                UPDATE deliveries AS d
                SET state = 'Leased', owner = {process.Name}, incarnation = {process.Number}, lease_until = {until}
                FROM (
                    SELECT id FROM deliveries WHERE mailing_id = {mailing} AND state IN ('Pending', 'Deferred') AND due_at <= {at}
                    ORDER BY due_at, seq LIMIT {count} FOR UPDATE SKIP LOCKED
                ) AS due
                WHERE d.id = due.id
                RETURNING d.*
                """
            );
        return [.. (await taken.AsNoTracking().ToListAsync(ct)).OrderBy(d => d.DueAt).ThenBy(d => d.Seq)];
    }

    /// <summary>
    /// Rechecks membership, consent and suppression, and that no other recipient of this mailing has the same address. Settles those who
    /// may no longer receive it.
    /// </summary>
    internal async Task<List<LeasedDelivery>> MayGetIt(Mailing mailing, List<Delivery> due, DateTime now, CancellationToken ct)
    {
        var ids = due.Select(d => d.MemberId).Distinct().ToList();
        var members = await Audience
            .MayGet(mailing, db)
            .AsNoTracking()
            .Where(m => ids.Contains(m.Id))
            .Select(m => new
            {
                m.Id,
                m.Name,
                m.Email,
                m.Language,
            })
            .ToDictionaryAsync(m => m.Id, ct);
        var leased = new List<LeasedDelivery>(due.Count);
        var refused = 0;
        foreach (var delivery in due)
        {
            var member = members.GetValueOrDefault(delivery.MemberId);
            if (member?.Email is not { Length: > 0 } email)
            {
                refused += await Refuse(delivery, await Audience.Refusal(mailing.KindId, delivery.MemberId, db, ct), now, ct);
                continue;
            }
            var hash = Delivery.HashOf(email, mailing.Salt!);
            if (hash != delivery.AddressHash)
            {
                // The member's address has changed; another recipient of the mailing may have the same one.
                if (await db.Deliveries.AnyAsync(d => d.MailingId == mailing.Id && d.AddressHash == hash, ct))
                {
                    refused += await Refuse(delivery, WithheldReason.Address, now, ct);
                    continue;
                }
                delivery.AddressHash = hash;
                await db
                    .Deliveries.Where(d => d.Id == delivery.Id)
                    .ExecuteUpdateAsync(s => s.SetProperty(d => d.AddressHash, hash), ct);
            }
            var unsubscribe = await links.To(member.Id, mailing.KindId, ct, mailing.Id);
            var to = new Recipient(
                member.Id,
                member.Name,
                email,
                member.Language ?? db.Site.Culture,
                unsubscribe,
                UnsubscribeLinks.OneClickOf(unsubscribe)
            )
            {
                ViewUrl = await views.To(mailing.Id, member.Id, member.Language ?? db.Site.Culture, ct),
                Variant = delivery.Variant ?? mailing.Winner ?? 0,
            };
            var returnTo = returns.IsOn ? await returns.Of(delivery.Id, await addresses.Of(email, ct), ct) : null;
            leased.Add(new(delivery, mailing, to, returnTo));
        }
        if (refused > 0) await db.Count(mailing.Id, now, DeliveryState.Suppressed, refused, ct);
        return leased;
    }

    Task<int> Refuse(Delivery delivery, WithheldReason why, DateTime now, CancellationToken ct) =>
        db
            .Deliveries.Where(d => d.Id == delivery.Id)
            .ExecuteUpdateAsync(
                s =>
                    s.SetProperty(d => d.State, DeliveryState.Suppressed)
                        .SetProperty(d => d.Withheld, why)
                        .SetProperty(d => d.SettledAt, now)
                        .SetProperty(d => d.Owner, (string?)null)
                        .SetProperty(d => d.LeaseUntil, (DateTime?)null),
                ct
            );
}
