using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>Resets passwords by e-mail. Never reveals whether the address is known.</summary>
public sealed class ForgottenPasswords(
    SiteDb db,
    PasswordHashes hashes,
    MailLinks links,
    MemberMails mails,
    MailRateLimit pace,
    Registration registration,
    SignIns signIns,
    TimeProvider time
)
{
    public Task SendMail(string email, CancellationToken ct = default) => ConstantTime.Run(() => Send(email, ct), ct);

    async Task Send(string email, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        if (
            await db.Members.OfAddress(email, ct)
                is not { State: MemberState.Active or MemberState.Unconfirmed or MemberState.Leaving } member
            || !await pace.Take(member.Id, ct)
        )
            return;
        mails.Reset(member);
        await change.Commit(ct);
    }

    /// <summary>Sets the password with the e-mail's token; null if that is void. The e-mail also proves ownership of the address.</summary>
    /// <param name="name">The member's new name, if a stranger chose the present one (<see cref="Registration.IsOfStranger"/>).</param>
    public async Task<Member?> Reset(string? token, string password, string? name, CancellationToken ct = default)
    {
        if (await links.Open(MailLinkPurpose.Reset, token, ct) is not { Member: { SuspendedAt: null } member }) return null;
        var (hash, now) = (await hashes.Make(password, ct), time.GetUtcNow().UtcDateTime);
        await using var change = await db.Change(ct);
        var awaits = await registration.AwaitsWhenProved(member, ct);
        if (await registration.IsOfStranger(member, ct))
        {
            if (name is not null) member.Rename(name);
            member.JoinedAt = now;
            await registration.Proved(member, ct);
        }
        if (member.ConfirmedAt is null && !awaits) db.Publish(new MemberConfirmed(member.Id));
        db.Publish(new MemberPasswordChanged(member.Id));
        member.SetPassword(hash);
        if (awaits) member.Await(now);
        else member.Confirm(now);
        mails.PasswordChanged(member);
        signIns.Proved(member);
        try { await change.Commit(ct); }
        catch (DbUpdateConcurrencyException) { return null; }
        return member;
    }
}
