using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// Changes a member's address: an e-mail goes to the new one, and only its link completes the change. Never reveals whether it is taken.
/// </summary>
public sealed class EmailChanges(
    SiteDb db,
    MailLinks links,
    MemberMails mails,
    MailRateLimit pace,
    AddressHashes addresses,
    Sessions sessions,
    Registration registration
)
{
    public Task Ask(Member member, EmailAddress email, CancellationToken ct = default) => ConstantTime.Run(async () =>
    {
        await using var change = await db.Change(ct);
        if ((await IsTaken(member, email, ct) && !await Others(member, email).AnyAsync(ct)) || !await pace.Take(member.Id, ct)) return;
        mails.NewEmail(member, email.Text);
        mails.EmailAsked(member);
        await change.Commit(ct);
    }, ct);

    /// <summary>Called when the e-mail's link is used: makes the new address the member's. False if the link is void.</summary>
    public async Task<bool> Complete(string? token, CancellationToken ct = default)
    {
        if (
            await links.Open(MailLinkPurpose.ChangeEmail, token, ct) is not { Member: { SuspendedAt: null } member, Extra: { } kept }
            || !EmailAddress.TryParse(kept, out var email)
        )
            return false;
        await using var change = await db.Change(ct);
        // A stranger's unconfirmed registration must not block the address for its owner.
        foreach (var other in await Others(member, email).Select(m => m.Id).ToListAsync(ct)) db.Publish(new MemberDeleted(other));
        await Others(member, email).ExecuteDeleteAsync(ct);
        if (!await ChangeAndTellOldAddress(member, email, ct)) return false;
        await change.Commit(ct);
        return true;
    }

    /// <summary>
    /// Called when the link to the present address is used: the change does not happen, and all sessions end, since somebody else may
    /// know the password. False if the link is void, as after the change.
    /// </summary>
    public async Task<bool> Refuse(string? token, CancellationToken ct = default)
    {
        if (await links.Open(MailLinkPurpose.RefuseEmail, token, ct) is not { Member: var found }) return false;
        db.ChangeTracker.Clear();
        await using var change = await db.Change<Member>(found.Id, ct);
        if (change.Row is not { } member || member.SecurityStamp != found.SecurityStamp) return false;
        // The link to the new address carries the stamp, too.
        member.EndSessions();
        await change.Commit(ct);
        return true;
    }

    IQueryable<Member> Others(Member member, EmailAddress email) => registration.GivingWay(email).Where(m => m.Id != member.Id);

    /// <summary>Changes the address at once, without an e-mail to the new one. False if another member has it.</summary>
    public async Task<bool> ChangeAndTellOldAddress(Member member, EmailAddress email, CancellationToken ct = default)
    {
        if (await IsTaken(member, email, ct)) return false;
        var before = member.Email!;
        // Pending registrations belong to the old address, not to the new one.
        if (member.ConfirmedAt is null) await db.PendingRegistrations.Where(r => r.MemberId == member.Id).ExecuteDeleteAsync(ct);
        member.ChangeEmail(email);
        member.AddressHash = await addresses.Of(email, ct);
        db.Publish(new MemberAddressChanged(member.Id));
        mails.EmailChanged(member, before);
        // The member stays signed in in this browser, if the session here is their own.
        var session = sessions.BeginAgain(member);
        try { await db.SaveChangesAsync(ct); }
        catch (DbUpdateException error) when (error is DbUpdateConcurrencyException || error.IsDuplicate()) { return false; }
        if (session is not null) await sessions.Give(session, ct);
        return true;
    }

    async Task<bool> IsTaken(Member member, EmailAddress email, CancellationToken ct) =>
        await db.Members.AsNoTracking().Where(m => m.Id != member.Id).OfAddress(email.Text, ct) is not null;
}
