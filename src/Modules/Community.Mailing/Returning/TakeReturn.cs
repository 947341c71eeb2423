using System.Security.Cryptography;
using Community.Kernel;
using Community.Mail;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>What became of a message that came back.</summary>
public enum TakenReturn
{
    /// <summary>Recorded, or of something that is there no more.</summary>
    Taken,
    /// <summary>
    /// The address is none of ours: it was never written by us, or changed on the way. Or a complaint says nothing that we have signed.
    /// </summary>
    NoSuchAddress,
}

/// <summary>
/// Takes in a message that came back to the address of a delivery or e-mail. Who it is from counts for nothing, the address alone names
/// what it is about; at <see cref="ReportedOrigin.Local"/> the signed addresses and links within do. Never answers. The same message
/// twice counts once.
/// </summary>
public sealed class TakeReturn(
    SiteDb db, ReturnAddresses addresses, UnsubscribeLinks links, Consents consents, Suppress suppress, CloseAddress close,
    SystemMailBounces mails)
{
    const int MaxText = 500;

    /// <param name="local">What stands before the @ of the address at which it arrived.</param>
    /// <param name="raw">The message as it arrived.</param>
    /// <param name="ct">Cancels it.</param>
    public async Task<TakenReturn> Take(string local, ReadOnlyMemory<byte> raw, CancellationToken ct)
    {
        // However it came, whole or cut, it is the same message.
        if (raw.Length > ReturnedMail.MaxRead) raw = raw[..ReturnedMail.MaxRead];
        if (!ReportedOrigin.IsAt(local))
            return await addresses.Read(local, ct) is { } delivery ? await Take(delivery, ReturnedMail.Read(raw), raw, ct)
                : TakenReturn.NoSuchAddress;
        return await TakeReport(ReturnedMail.Read(raw), raw, ct);
    }

    /// <summary>Takes what arrived at the address that is registered with providers, and was read to find the site.</summary>
    /// <param name="read">The message.</param>
    /// <param name="raw">At most <see cref="ReturnedMail.MaxRead"/> octets of it.</param>
    /// <param name="ct">Cancels it.</param>
    public async Task<TakenReturn> TakeReport(ReturnedMail read, ReadOnlyMemory<byte> raw, CancellationToken ct) =>
        await Reported(read, ct) is { } reported ? await Take(reported, read, raw, ct) : TakenReturn.NoSuchAddress;

    /// <summary>The delivery or e-mail that a complaint is about, by what only this site can have signed; null if it says none.</summary>
    async Task<(bool IsSystemMail, long Id, string HashBegin)?> Reported(ReturnedMail read, CancellationToken ct)
    {
        if (ReportedOrigin.Of(read, addresses.Domain) is not { } origin) return null;
        foreach (var local in origin.Locals)
            if (await addresses.Read(local, ct) is { } named) return named;
        foreach (var (_, token) in origin.Links)
        {
            if (await links.Read(token, ct) is not { Mailing: { } mailing } link) continue;
            var sent = await db.Deliveries.AsNoTracking().Where(d => d.MailingId == mailing && d.MemberId == link.Member)
                .Join(db.Members, d => d.MemberId, m => m.Id, (d, m) => new { d.Id, m.Email, m.AddressHash }).FirstOrDefaultAsync(ct);
            if (sent is null) continue;
            // The link names no address: the member's is meant only if the report says so.
            var isSame = read.Recipients.Any(r => string.Equals(r.Address, sent.Email, StringComparison.OrdinalIgnoreCase));
            return (false, sent.Id, isSame && sent.AddressHash is { } hash ? hash[..ReturnAddresses.HashDigits] : OfNoAddress);
        }
        return null;
    }

    /// <summary>Begins no hash.</summary>
    const string OfNoAddress = "-";

    async Task<TakenReturn> Take(
        (bool IsSystemMail, long Id, string HashBegin) named, ReturnedMail read, ReadOnlyMemory<byte> raw, CancellationToken ct)
    {
        // E-mails have numbers of their own.
        var number = named.IsSystemMail ? -named.Id : named.Id;
        var digest = Convert.ToHexStringLower(SHA256.HashData([.. BitConverter.GetBytes(number), .. raw.Span])[..16]);
        if (named.IsSystemMail)
        {
            if (!await db.Returns.AnyAsync(r => r.Digest == digest, ct)) await mails.Take(named.Id, named.HashBegin, read, digest, ct);
            return TakenReturn.Taken;
        }
        var found = await db.Deliveries.AsNoTracking().Where(d => d.Id == named.Id)
            .Join(db.Mailings, d => d.MailingId, m => m.Id, (d, m) => new { d.MemberId, d.MailingId, m.KindId, m.TestOfId })
            .FirstOrDefaultAsync(ct);
        if (found is null || await db.Returns.AnyAsync(r => r.Digest == digest, ct)) return TakenReturn.Taken;
        // First what may be done twice: if the process dies between, the message is delivered to us again.
        if (found.TestOfId is null && read.Kind is ReturnKind.Complaint or ReturnKind.OptOut
            && await db.Members.AnyAsync(m => m.Id == found.MemberId, ct))
            await consents.Withdraw(found.MemberId, found.KindId, ConsentSource.Complaint, $"{read.Kind}", ct: ct);
        db.ChangeTracker.Clear();
        await using var change = await db.Change(ct);
        var member = await db
            .Members.AsNoTracking()
            .Where(m => m.Id == found.MemberId)
            .Select(m => new { m.Email, m.AddressHash })
            .FirstOrDefaultAsync(ct);
        var present = member?.AddressHash is { } hash && hash.StartsWith(named.HashBegin, StringComparison.Ordinal);
        var failed = read.FailureOf(present ? member!.Email : null);
        var row = new Return
        {
            DeliveryId = named.Id,
            MailingId = found.MailingId,
            MemberId = found.MemberId,
            At = db.Now,
            Kind = read.Kind,
            Class = failed?.Class ?? BounceClass.Unknown,
            Status = failed?.Status,
            Text = UntrustedText.Safe(Truncate.To(MaxText, failed?.Text ?? "")),
            AddressHash = present ? member!.AddressHash : null,
            Domain = present ? DomainOf(member!.Email!) : "",
            Digest = digest,
        };
        try
        {
            await db.AddReturn(row, ct);
            if (found.TestOfId is null && read.Kind is ReturnKind.Complaint && present)
                await suppress.Hash(row.AddressHash!, SuppressionReason.Complaint, row.At, ct: ct);
            if (found.TestOfId is null && read.Kind is ReturnKind.Bounce) await close.After(row, ct);
            await Faults.At("mailing.returning", db.Site);
            await change.Commit(ct);
            await Faults.At("mailing.returned", db.Site);
            if (found.TestOfId is null && read.Kind is ReturnKind.Complaint) MailingMeter.Complained();
        }
        catch (DbUpdateException error) when (error.IsDuplicate())
        { /* The same message at the same time, on PostgreSQL: it is taken. Delivered again, the rest of it is done. */
        }
        return TakenReturn.Taken;
    }

    /// <summary>Of an address of a member, in lower case.</summary>
    public static string DomainOf(string email) => email[(email.LastIndexOf('@') + 1)..].ToLowerInvariant();
}
