using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>A new password by a letter. Who asks is never told whether the address is known.</summary>
public sealed class ForgottenPasswords(SiteDb db, PasswordHashes hashes, MailLinks links, MemberLetters letters, SignIns signIns, TimeProvider time)
{
    public Task SendLetter(string email, CancellationToken ct = default) => Pace.Same(() => Send(email, ct), ct);

    async Task Send(string email, CancellationToken ct)
    {
        var member = await db.Members.OfAddress(email, ct);
        if (member is null || member.State is MemberState.Suspended or MemberState.Erased || !member.TakeLetter(time.GetUtcNow().UtcDateTime)) return;
        letters.Reset(member);
        await db.SaveChangesAsync(ct);
    }

    /// <summary>Sets the password with the letter's token; null if it is void. The letter also proves the address.</summary>
    public async Task<Member?> Reset(string? token, string password, CancellationToken ct = default)
    {
        if (await links.Open(MailLinkPurpose.Reset, token, ct) is not ({ SuspendedAt: null } member, _)) return null;
        member.SetPassword(await hashes.Make(password, ct));
        member.Confirm(time.GetUtcNow().UtcDateTime);
        letters.PasswordChanged(member);
        signIns.Proved(member);
        try { await db.SaveChangesAsync(ct); }
        catch (DbUpdateConcurrencyException) { return null; }
        return member;
    }
}
