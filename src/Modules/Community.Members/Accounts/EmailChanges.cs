using System.Globalization;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>What a link about a change of address stands for now.</summary>
public enum EmailLinkState
{
    /// <summary>Used, expired, withdrawn, replaced by another change, or forged.</summary>
    Void,
    /// <summary>It waits for this mailbox.</summary>
    Open,
    /// <summary>This mailbox has confirmed, the other has not.</summary>
    Confirmed,
    /// <summary>Both have: the address is changed.</summary>
    Done,
}

/// <param name="State">What can be done with it.</param>
/// <param name="MemberId">Whose address it is about; null if void.</param>
/// <param name="Email">The new address; null if void.</param>
public sealed record EmailLink(EmailLinkState State, long? MemberId = null, string? Email = null);

/// <summary>
/// Changes a member's address, once the mailboxes of the new and of the present address have both agreed, in any order. Refused at either,
/// the change ends. Where the present mailbox is lost, staff confirm in its place (<see cref="ConfirmByStaff"/>). Never reveals whether
/// the new address is taken.
/// </summary>
public sealed class EmailChanges(
    SiteDb db,
    Actors actors,
    Audit audit,
    MailLinks links,
    MemberMails mails,
    MailRateLimit pace,
    AddressHashes addresses,
    Sessions sessions,
    StaffRoles roles,
    Registration registration
)
{
    public const string NoReason = "staff.factors.no-reason";

    /// <summary>How staff made sure of the person whose mailbox is lost. Texts: <c>staff.factors.reason.…</c>.</summary>
    public static readonly IReadOnlyList<string> Reasons = ["met", "called", "document"];

    /// <summary>
    /// Asks both mailboxes. An earlier change ends. A new address that another member has gets no e-mail; nobody but its owner could tell.
    /// </summary>
    /// <returns>False if the member was sent an e-mail less than a minute ago, or too many today: nothing has changed then.</returns>
    /// <exception cref="Denied">The actor is no longer an active member.</exception>
    public async Task<bool> Ask(Reader actor, EmailAddress email, CancellationToken ct = default)
    {
        var asked = false;
        await ConstantTime.Run(async () => asked = await Begin(actor, email, ct), ct);
        return asked;
    }

    async Task<bool> Begin(Reader actor, EmailAddress email, CancellationToken ct)
    {
        var id = (await actors.RequireMember(actor)).Id!.Value;
        await using var change = await db.Change<Member>(id, ct);
        await actors.RequireMember(actor);
        if (change.Row is not { } member || !await pace.Take(id, ct)) return false;
        await db.EmailChanges.Where(c => c.MemberId == id).ExecuteDeleteAsync(ct);
        var asked = new EmailChange { MemberId = id, Email = email.Text, Stamp = member.SecurityStamp!, AskedAt = db.Now };
        db.EmailChanges.Add(asked);
        await db.SaveChangesAsync(ct);
        if (!await IsTaken(member, email, ct) || await Others(member, email).AnyAsync(ct)) mails.NewEmail(member, asked);
        mails.PresentEmail(member, asked);
        await change.Commit(ct);
        return true;
    }

    /// <summary>The member's change that waits; null for none.</summary>
    public async Task<EmailChange?> Waiting(Member member, CancellationToken ct = default) =>
        await db.EmailChanges.AsNoTracking().FirstOrDefaultAsync(c => c.MemberId == member.Id, ct) is { } found
        && found.IsOpen(member, db.Now)
            ? found
            : null;

    /// <summary>The member takes the request back.</summary>
    /// <exception cref="Denied">The actor is no longer an active member.</exception>
    public async Task Withdraw(Reader actor, CancellationToken ct = default)
    {
        var id = (await actors.RequireMember(actor)).Id!.Value;
        await db.EmailChanges.Where(c => c.MemberId == id).ExecuteDeleteAsync(ct);
    }

    /// <summary>What a link stands for. Opening it changes nothing.</summary>
    public async Task<EmailLink> Of(EmailEnd end, string? token, CancellationToken ct = default)
    {
        if (await links.Open(PurposeOf(end), token, ct) is { Member: var member, Extra: { } extra }
            && await Find(member, IdIn(extra), ct) is { } change)
            return new(change.IsConfirmedAt(end) ? EmailLinkState.Confirmed : EmailLinkState.Open, member.Id, change.Email);
        return await links.Used(PurposeOf(end), token, ct) is { Member: var owner, Extra: { } kept }
            && EmailAddress.Same(EmailIn(kept), owner.Email)
            ? new(EmailLinkState.Done, owner.Id, owner.Email)
            : new(EmailLinkState.Void);
    }

    /// <summary>A mailbox agrees. The second of the two makes the change.</summary>
    public async Task<EmailLink> Confirm(EmailEnd end, string? token, CancellationToken ct = default)
    {
        if (await links.Open(PurposeOf(end), token, ct) is not { Member: var found, Extra: { } extra }) return await Of(end, token, ct);
        db.ChangeTracker.Clear();
        // Read again under the lock: both links may be used at once.
        await using var change = await db.Change<Member>(found.Id, ct);
        if (change.Row is not { } member || await Find(member, IdIn(extra), ct) is not { } asked) return new(EmailLinkState.Void);
        asked.Confirm(end, db.Now);
        if (asked.IsConfirmed && !await Complete(member, asked, ct)) return new(EmailLinkState.Void);
        await change.Commit(ct);
        return new(asked.IsConfirmed ? EmailLinkState.Done : EmailLinkState.Confirmed, member.Id, asked.Email);
    }

    /// <summary>
    /// A mailbox refuses: the change ends. At the present address all sessions end too, since somebody else may know the password; the
    /// new one may belong to a stranger, who ends nothing else.
    /// </summary>
    /// <returns>False if the link is void, as after the change.</returns>
    public async Task<bool> Refuse(EmailEnd end, string? token, CancellationToken ct = default)
    {
        if (await links.Open(PurposeOf(end), token, ct) is not { Member: var found, Extra: { } extra }) return false;
        db.ChangeTracker.Clear();
        await using var change = await db.Change<Member>(found.Id, ct);
        if (change.Row is not { } member || await Find(member, IdIn(extra), ct) is not { } asked) return false;
        db.EmailChanges.Remove(asked);
        if (end is EmailEnd.Present) member.EndSessions();
        await change.Commit(ct);
        return true;
    }

    /// <summary>
    /// Staff confirm in place of the present mailbox, which its owner cannot read any more. Recorded with how they made sure who asks. The
    /// new mailbox still has to agree, and the present one may refuse until it has.
    /// </summary>
    /// <param name="actor">Somebody of the staff, not the member.</param>
    /// <param name="id">The member.</param>
    /// <param name="asked">The <see cref="EmailChange"/> that the actor saw: the member may have asked for another since.</param>
    /// <param name="reason">One of <see cref="Reasons"/>.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if the change is no longer open.</returns>
    /// <exception cref="Denied">The actor may not.</exception>
    /// <exception cref="Refused">There is no reason.</exception>
    public async Task<bool> ConfirmByStaff(Reader actor, long id, long asked, string? reason, CancellationToken ct = default)
    {
        await using var change = await db.Change<Member>(id, ct);
        var staff = await actors.Require(actor, MembersPermissions.Edit);
        if (change.Row is not { } member) return false;
        if (staff.Is(id) || !await roles.Reaches(staff, member, ct)) throw new Denied();
        if (reason is null || !Reasons.Contains(reason)) throw new Refused(NoReason);
        if (await Find(member, asked, ct) is not { PresentAt: null } found) return false;
        found.Confirm(EmailEnd.Present, db.Now);
        audit.Changed("members.confirm-email", id, "email", changes: [new("reset-reason", null, "staff.factors.reason." + reason)]);
        if (found.IsConfirmed && !await Complete(member, found, ct)) return false;
        await change.Commit(ct);
        return true;
    }

    async Task<bool> Complete(Member member, EmailChange asked, CancellationToken ct)
    {
        if (!EmailAddress.TryParse(asked.Email, out var email)) return false;
        // A stranger's unconfirmed registration must not block the address for its owner.
        foreach (var other in await Others(member, email).Select(m => m.Id).ToListAsync(ct)) db.Publish(new MemberDeleted(other));
        await Others(member, email).ExecuteDeleteAsync(ct);
        return await ChangeAndTellOldAddress(member, email, ct);
    }

    async Task<EmailChange?> Find(Member member, long id, CancellationToken ct) =>
        await db.EmailChanges.FirstOrDefaultAsync(c => c.Id == id && c.MemberId == member.Id, ct) is { } found
        && found.IsOpen(member, db.Now)
            ? found
            : null;

    IQueryable<Member> Others(Member member, EmailAddress email) => registration.GivingWay(email).Where(m => m.Id != member.Id);

    /// <summary>Changes the address at once, without an e-mail to the new one. False if another member has it.</summary>
    public async Task<bool> ChangeAndTellOldAddress(Member member, EmailAddress email, CancellationToken ct = default)
    {
        if (await IsTaken(member, email, ct)) return false;
        var before = member.Email!;
        // Pending registrations belong to the old address, not to the new one.
        if (member.ConfirmedAt is null) await db.PendingRegistrations.Where(r => r.MemberId == member.Id).ExecuteDeleteAsync(ct);
        db.EmailChanges.RemoveRange(await db.EmailChanges.Where(c => c.MemberId == member.Id).ToListAsync(ct));
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

    static MailLinkPurpose PurposeOf(EmailEnd end) => end is EmailEnd.New ? MailLinkPurpose.NewEmail : MailLinkPurpose.PresentEmail;

    /// <summary>What a link carries: which change, and to which address.</summary>
    internal static string Carried(EmailChange change) => string.Create(CultureInfo.InvariantCulture, $"{change.Id} {change.Email}");

    static long IdIn(string carried) => long.TryParse(carried.Split(' ')[0], CultureInfo.InvariantCulture, out var id) ? id : 0;
    static string EmailIn(string carried) => carried[(carried.IndexOf(' ') + 1)..];
}
