using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// A member's new address: a letter goes to it, and only its link makes it the member's. Whether somebody else has it is not told.
/// </summary>
public sealed class EmailChanges(SiteDb db, MailLinks links, MemberLetters letters, AddressHashes addresses, TimeProvider time)
{
    public Task Ask(Member member, string email, CancellationToken ct = default) => Pace.Same(async () =>
    {
        if (await IsTaken(email, ct) || !member.TakeLetter(time.GetUtcNow().UtcDateTime)) return;
        letters.NewEmail(member, email);
        await db.SaveChangesAsync(ct);
    }, ct);

    public async Task<bool> Confirm(string? token, CancellationToken ct = default)
    {
        if (await links.Open(MailLinkPurpose.ChangeEmail, token, ct) is not ({ SuspendedAt: null } member, { } email)) return false;
        return await ChangeAndTellOldAddress(member, email, ct);
    }

    /// <summary>At once, without a letter to the new address. False if another member has it.</summary>
    public async Task<bool> ChangeAndTellOldAddress(Member member, string email, CancellationToken ct = default)
    {
        if (await IsTaken(email, ct)) return false;
        var before = member.Email!;
        member.ChangeEmail(email);
        member.AddressHash = await addresses.Of(email, ct);
        letters.EmailChanged(member, before);
        try { await db.SaveChangesAsync(ct); }
        catch (DbUpdateException error) when (error is DbUpdateConcurrencyException || error.IsDuplicate()) { return false; }
        return true;
    }

    Task<bool> IsTaken(string email, CancellationToken ct)
    {
        var normal = Member.Normal(email);
        return db.Members.AnyAsync(m => m.NormalizedEmail == normal, ct);
    }
}
