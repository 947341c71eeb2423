using Community.Kernel;
using Community.Mail;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>
/// What comes back of e-mails to one person – confirmations, notices, digests – counts for their address like direct mail: one that is
/// dead stops being written to, staff see it, and its member is told on the account page.
/// </summary>
public sealed class SystemMailBounces(SiteDb db, ReturnAddresses returns, AddressHashes addresses, Suppress suppress, CloseAddress close)
{
    /// <summary>See <see cref="SystemReturnPath"/>.</summary>
    public async Task<string?> PathOf(SystemMail mail, CancellationToken ct) =>
        returns.IsOn ? await returns.OfSystemMail(mail.Id, await addresses.Of(mail.To, ct), ct) : null;

    /// <summary>See <see cref="SystemMailRefused"/>.</summary>
    public async Task Refused(SystemMail mail, SendResult result)
    {
        var digest = $"{Return.OfSession}mail-{mail.Id:x}-{mail.Attempts:x}";
        if (await db.Returns.AnyAsync(r => r.Digest == digest)) return;
        var row = await Row(mail, ReturnKind.Bounce, digest, default);
        (row.Class, row.Status) = (ReplyClass.Of($"{result.Code} {result.Text}", result.Enhanced), result.Enhanced);
        if (row.MemberId > 0) row.Text = UntrustedText.Safe(Truncate.To(500, result.Text));
        await Add(row, default);
    }

    /// <summary>Takes in what came back to the address of an e-mail.</summary>
    /// <param name="id">Of the e-mail.</param>
    /// <param name="hashBegin">How the hash of the address begins to which it was sent.</param>
    /// <param name="read">What came back.</param>
    /// <param name="digest">Of what came back.</param>
    /// <param name="ct">Cancels it.</param>
    internal async Task Take(long id, string hashBegin, ReturnedMail read, string digest, CancellationToken ct)
    {
        // E-mails are deleted with the time: then nothing is known of the address any more.
        if (await db.SystemMails.AsNoTracking().FirstOrDefaultAsync(m => m.Id == id, ct) is not { } mail) return;
        var row = await Row(mail, read.Kind, digest, ct);
        if (!row.AddressHash!.StartsWith(hashBegin, StringComparison.Ordinal)) return;
        if (read.FailureOf(mail.To) is { } failed)
        {
            (row.Class, row.Status) = (failed.Class, failed.Status);
            if (row.MemberId > 0) row.Text = UntrustedText.Safe(Truncate.To(500, failed.Text));
        }
        await Add(row, ct);
    }

    /// <summary>Of an address that is no member's, nothing is kept but its hash and domain.</summary>
    async Task<Return> Row(SystemMail mail, ReturnKind kind, string digest, CancellationToken ct)
    {
        var hash = await addresses.Of(mail.To, ct);
        var member = await db.Members.Where(m => m.AddressHash == hash).Select(m => (long?)m.Id).FirstOrDefaultAsync(ct);
        return new()
        {
            MemberId = member ?? 0,
            At = db.Now,
            Kind = kind,
            AddressHash = hash,
            Domain = TakeReturn.DomainOf(mail.To),
            Digest = digest,
        };
    }

    async Task Add(Return row, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        await using var change = await db.Change(ct);
        try
        {
            await db.AddReturn(row, ct);
            if (row.Kind is ReturnKind.Complaint) await suppress.Hash(row.AddressHash!, SuppressionReason.Complaint, row.At, ct: ct);
            if (row.Kind is ReturnKind.Bounce) await close.After(row, ct);
            await change.Commit(ct);
        }
        catch (DbUpdateException error) when (error.IsDuplicate())
        { /* The same at the same time, on PostgreSQL: it is taken. */
        }
    }
}
