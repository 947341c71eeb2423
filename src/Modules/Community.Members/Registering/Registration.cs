using Community.Kernel;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>
/// Takes registrations. Whether an address was new is told in the e-mail alone: answer, time and work are the same
/// (one hash, one transaction with one e-mail). Who registers an address chooses nothing for its owner: what was typed waits in a
/// <see cref="PendingRegistration"/>, and becomes the member by the link of its own e-mail.
/// </summary>
public sealed class Registration(
    SiteDb db,
    Actors actors,
    PasswordHashes hashes,
    AddressHashes addresses,
    MailLinks links,
    MemberMails mails,
    MailPace pace,
    Consents consents,
    Audit audit,
    Settings<MembersSettings> settings,
    EventLinks events,
    TimeProvider time
)
{
    /// <summary>
    /// Whether a visitor may register: as the site has set it, or by the open link of an event. The operator makes the console's accounts.
    /// </summary>
    /// <param name="eventCode">As the link has it; null for none.</param>
    /// <param name="ct">Ends it.</param>
    public async ValueTask<bool> IsOpen(string? eventCode, CancellationToken ct = default) =>
        !db.Site.IsConsole && ((await settings.Get(ct)).VisitorsMayRegister || events.IsOpen(eventCode));

    /// <summary>What is wrong with what was typed, whatever the database holds.</summary>
    public static Problems Check(string? name, string? email, string? password, Site site, IStringLocalizer texts)
    {
        var problems = new Problems();
        if (MemberNames.Problem(name, texts) is { } wrongName) problems.Add("Name", wrongName);
        if (EmailProblem(email, texts) is { } wrongEmail) problems.Add("Email", wrongEmail);
        if (PasswordProblem(password, name, email, site, texts) is { } wrongPassword) problems.Add("Password", wrongPassword);
        return problems;
    }

    public static string? EmailProblem(string? email, IStringLocalizer texts) =>
        EmailAddress.ProblemOf(email) is { } problem ? texts["members.email.problem." + problem.ToString().ToLowerInvariant()].Value : null;

    public static string? PasswordProblem(string? password, string? name, string? email, Site site, IStringLocalizer texts) =>
        PasswordRules.Of(password ?? "", name ?? "", email ?? "", site) is { } problem
            ? texts["members.password." + problem.ToString().ToLowerInvariant(), PasswordRules.Shortest].Value
            : null;

    /// <summary>Of registrations of one address whose e-mail did not go, so many wait: others go, the oldest first.</summary>
    const int MaxWithoutMail = 20;

    /// <exception cref="UnauthorizedAccessException">Registration is closed, see <see cref="IsOpen"/>.</exception>
    /// <returns>The id of what waits; 0 if the address is a member's. The page must not tell one from the other.</returns>
    public async Task<long> Register(
        string name,
        EmailAddress email,
        string password,
        IReadOnlyCollection<MailKind> kinds,
        string? language,
        string? returnUrl,
        string? eventCode,
        CancellationToken ct = default
    )
    {
        if (!await IsOpen(eventCode, ct)) throw new UnauthorizedAccessException();
        var hash = await hashes.Make(password, ct);
        var addressHash = await addresses.Of(email, ct);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var change = await db.Change(ct);
                var member = await db.Members.OfAddress(email.Text, ct) ?? await Unconfirmed(name, email, addressHash, ct);
                var registration = member.State is MemberState.Unconfirmed ? await Keep(member, name, hash, kinds, language, ct) : null;
                if (await pace.Take(member.Id, ct))
                {
                    if (registration is null) mails.Already(member);
                    else Write(member, registration, returnUrl);
                }
                await change.Commit(ct);
                return registration?.Id ?? 0;
            }
            // The same address at the same moment: the other one made the member.
            catch (DbUpdateException error) when (attempt == 1 && error.IsDuplicate()) { db.ChangeTracker.Clear(); }
        }
    }

    // The name is for staff to see, until a registration is confirmed.
    async Task<Member> Unconfirmed(string name, EmailAddress email, string addressHash, CancellationToken ct)
    {
        var member = Member.Create(name, email, Now);
        member.AddressHash = addressHash;
        db.Members.Add(member);
        db.Publish(() => new MemberRegistered(member.Id));
        await db.SaveChangesAsync(ct);
        return member;
    }

    async Task<PendingRegistration> Keep(
        Member member,
        string name,
        string hash,
        IReadOnlyCollection<MailKind> kinds,
        string? language,
        CancellationToken ct
    )
    {
        var registration = new PendingRegistration
        {
            MemberId = member.Id,
            Name = Naming.Kept(name),
            PasswordHash = hash,
            Language = language,
            Consents = PendingRegistration.Written(kinds),
            At = Now,
        };
        db.PendingRegistrations.Add(registration);
        await db.SaveChangesAsync(ct);
        var waiting = db.PendingRegistrations.Where(r => r.MemberId == member.Id && r.MailAt == null);
        var kept = waiting.OrderByDescending(r => r.Id).Take(MaxWithoutMail).Select(r => r.Id);
        await waiting.Where(r => !kept.Contains(r.Id)).ExecuteDeleteAsync(ct);
        return registration;
    }

    void Write(Member member, PendingRegistration registration, string? returnUrl)
    {
        registration.MailAt = Now;
        mails.AskToConfirm(member, registration, returnUrl);
    }

    /// <summary>Registers somebody at the staff's hands, without a password; null if the address is a member's already.</summary>
    /// <exception cref="Denied">The actor may not.</exception>
    public async Task<Member?> ByStaff(Reader actor, string name, EmailAddress email, string? language, CancellationToken ct = default)
    {
        var addressHash = await addresses.Of(email, ct);
        await using var change = await db.Change(ct);
        await actors.Require(actor, MembersPermissions.Edit);
        if (await db.Members.OfAddress(email.Text, ct) is not null) return null;
        var member = Member.Create(name, email, Now);
        (member.AddressHash, member.Language) = (addressHash, language);
        db.Members.Add(member);
        db.Publish(() => new MemberRegistered(member.Id));
        mails.Invite(member);
        try
        {
            await db.SaveChangesAsync(ct);
            await pace.Take(member.Id, ct);
            audit.Changed("members.register", member.Id, "name email");
            await change.Commit(ct);
        }
        catch (DbUpdateException error) when (error.IsDuplicate()) { return null; }
        return member;
    }

    /// <summary>Sends the e-mail of a registration that waits again. Says nothing about whether there is one.</summary>
    public Task SendAgain(long id, string email, string? returnUrl, CancellationToken ct = default) =>
        ConstantTime.Run(() => Send(id, email, returnUrl, ct), ct);

    async Task Send(long id, string email, string? returnUrl, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        if (await db.Members.OfAddress(email, ct) is not { State: MemberState.Unconfirmed } member) return;
        var registration = await db.PendingRegistrations.FirstOrDefaultAsync(r => r.Id == id && r.MemberId == member.Id, ct);
        // A member from before there were such rows registered with the password in the member's own.
        if ((registration is null && member.PasswordHash is null) || !await pace.Take(member.Id, ct)) return;
        if (registration is null) mails.AskToConfirm(member, null, returnUrl);
        else Write(member, registration, returnUrl);
        await change.Commit(ct);
    }

    /// <summary>
    /// The same at the staff's hands, for the registration that came last; an invitation for whom staff registered. False if it is too
    /// soon.
    /// </summary>
    /// <exception cref="Denied">The actor may not.</exception>
    public async Task<bool> SendByStaff(Reader actor, long id, CancellationToken ct = default)
    {
        await using var change = await db.Change<Member>(id, ct);
        await actors.Require(actor, MembersPermissions.Edit);
        if (change.Row is not { State: MemberState.Unconfirmed } member || !await pace.Take(id, ct)) return false;
        var registration = await db.PendingRegistrations.Where(r => r.MemberId == id).OrderByDescending(r => r.Id).FirstOrDefaultAsync(ct);
        if (registration is not null) Write(member, registration, null);
        else if (member.PasswordHash is null) mails.Invite(member);
        else mails.AskToConfirm(member, null);
        audit.Changed("members.send-confirmation", id, "");
        await change.Commit(ct);
        return true;
    }

    /// <summary>
    /// The registration that an e-mail's link confirms, for its reader to look at; the member's own where it has none. Null if the link is
    /// void.
    /// </summary>
    public async Task<(Member Member, PendingRegistration? Registration, string? ReturnUrl)?> Of(
        string? token,
        CancellationToken ct = default
    )
    {
        if (await links.Open(MailLinkPurpose.Confirm, token, ct) is not { Member.ConfirmedAt: null } opened) return null;
        if (opened.Registration is not { } id) return (opened.Member, null, opened.Extra);
        var registration = await db.PendingRegistrations.FirstOrDefaultAsync(r => r.Id == id && r.MemberId == opened.Member.Id, ct);
        return registration is null ? null : (opened.Member, registration, opened.Extra);
    }

    /// <summary>
    /// Confirms the address with the e-mail's token: the registration of this link becomes the member, the others of the address go.
    /// Null if the link is void.
    /// </summary>
    public async Task<Member?> Complete(string? token, CancellationToken ct = default)
    {
        if (await links.Open(MailLinkPurpose.Confirm, token, ct) is not { } opened) return null;
        db.ChangeTracker.Clear();
        await using var change = await db.Change<Member>(opened.Member.Id, ct);
        // Anew, under the lock: two links of one address may be used at once.
        if (await Of(token, ct) is not { } found) return null;
        var (member, registration, _) = found;
        if (registration is not null)
        {
            member.Become(registration, Now);
            await consents.Begin(member.Id, registration.ReadConsents(), ct);
        }
        else member.Confirm(Now);
        db.Publish(new MemberConfirmed(member.Id));
        await Forget(member.Id, ct);
        await change.Commit(ct);
        return member;
    }

    /// <summary>
    /// By the word of staff. It proves the address, and not who typed the password: an e-mail lets the member choose one.
    /// </summary>
    /// <returns>False if nobody is there.</returns>
    /// <exception cref="Denied">The actor may not.</exception>
    public async Task<bool> ConfirmByStaff(Reader actor, long id, CancellationToken ct = default)
    {
        await using var change = await db.Change<Member>(id, ct);
        await actors.Require(actor, MembersPermissions.Edit);
        if (change.Row is not { } member) return false;
        if (member.ConfirmedAt is not null) return true;
        await Proved(member, ct);
        member.PasswordHash = null;
        member.Confirm(Now);
        db.Publish(new MemberConfirmed(id));
        mails.Invite(member);
        audit.Changed("members.confirm", id, "state");
        await change.Commit(ct);
        return true;
    }

    /// <summary>Whether what stands in the member's row was typed by somebody who has not proved to have the address.</summary>
    public async Task<bool> IsOfStranger(Member member, CancellationToken ct = default) =>
        member.ConfirmedAt is null && await OfStrangers.AnyAsync(m => m.Id == member.Id, ct);

    IQueryable<Member> OfStrangers
    {
        get
        {
            var pending = db.PendingRegistrations;
            return db.Members.Where(m => m.ConfirmedAt == null && (m.PasswordHash != null || pending.Any(r => r.MemberId == m.Id)));
        }
    }

    /// <summary>Who has nothing but this address, which nobody proved: gives way to a member who proves it.</summary>
    public IQueryable<Member> GivingWay(EmailAddress email)
    {
        var groups = db.GroupMemberships;
        return OfStrangers.Where(m =>
            m.NormalizedEmail == email.Normal && m.SuspendedAt == null && m.Role == null && !groups.Any(g => g.MemberId == m.Id)
        );
    }

    /// <summary>
    /// The address is the member's by another way than a registration's link: what strangers typed for it is void, their consents too.
    /// </summary>
    public async Task Proved(Member member, CancellationToken ct = default)
    {
        await consents.Begin(member.Id, [], ct);
        await Forget(member.Id, ct);
    }

    Task Forget(long member, CancellationToken ct) => db.PendingRegistrations.Where(r => r.MemberId == member).ExecuteDeleteAsync(ct);

    DateTime Now => time.GetUtcNow().UtcDateTime;
}
