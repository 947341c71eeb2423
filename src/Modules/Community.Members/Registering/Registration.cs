using Community.Kernel;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>
/// Handles registrations. Only the e-mail tells whether an address was new: response, time and work are the same
/// (one hash, one transaction with one e-mail). A stranger who registers an address decides nothing for its owner: the input waits in a
/// <see cref="PendingRegistration"/>, and is applied to the member only by the link in its own e-mail.
/// </summary>
public sealed class Registration(
    SiteDb db,
    Actors actors,
    PasswordHashes hashes,
    AddressHashes addresses,
    MailLinks links,
    MemberMails mails,
    MailRateLimit pace,
    Consents consents,
    SetValues values,
    AnswerTerms terms,
    Audit audit,
    Settings<RegistrationSettings> settings,
    Welcome welcome,
    EventLinks events,
    TimeProvider time
)
{
    /// <summary>
    /// Whether a visitor may register: by the site's setting, with an open invitation, or with an event's valid link. On the console the
    /// operator creates accounts.
    /// </summary>
    /// <param name="eventCode">The code in the event's link; null for none.</param>
    /// <param name="invitation">The code of an invitation; null for none.</param>
    /// <param name="ct">Cancels it.</param>
    public async ValueTask<bool> IsOpen(string? eventCode, string? invitation = null, CancellationToken ct = default) =>
        !db.Site.IsConsole
        && (
            (await settings.Get(ct)).VisitorsMayRegister
            || events.IsOpen(eventCode)
            || await Invitation.Find(db, invitation, ct) is not null
        );

    /// <summary>
    /// The text key of why an address may not register: its domain, or an invitation for another one; null if it may. An invitation for
    /// exactly this address goes before the rule for domains.
    /// </summary>
    public async Task<string?> Refuses(EmailAddress email, string? invitation, CancellationToken ct = default)
    {
        var invited = await Invitation.Find(db, invitation, ct);
        if (invited?.Email is { } only) return only == email.Normal ? null : "invitations.other-address";
        return (await settings.Get(ct)).Takes(email) ? null : "members.email.problem.not-here";
    }

    /// <summary>What is wrong with the input, without asking the database.</summary>
    public static Problems Check(
        string? name,
        string? email,
        string? password,
        Site site,
        IStringLocalizer texts,
        bool hasPassword = true
    )
    {
        var problems = new Problems();
        if (MemberNames.Problem(name, texts) is { } wrongName)
            problems.Add("Name", wrongName);
        if (EmailProblem(email, texts) is { } wrongEmail)
            problems.Add("Email", wrongEmail);
        if (hasPassword && PasswordProblem(password, name, email, site, texts) is { } wrongPassword)
            problems.Add("Password", wrongPassword);
        return problems;
    }

    public static string? EmailProblem(string? email, IStringLocalizer texts) =>
        EmailAddress.ProblemOf(email) is { } problem ? texts["members.email.problem." + problem.ToString().ToLowerInvariant()].Value : null;

    public static string? PasswordProblem(string? password, string? name, string? email, Site site, IStringLocalizer texts) =>
        PasswordRules.Of(password ?? "", name ?? "", email ?? "", site) is { } problem
            ? texts["members.password." + problem.ToString().ToLowerInvariant(), PasswordRules.Shortest].Value
            : null;

    /// <summary>How many registrations of one address are kept that got no e-mail; the oldest are deleted first.</summary>
    const int MaxWithoutMail = 20;

    /// <exception cref="UnauthorizedAccessException">Registration is closed, see <see cref="IsOpen"/>.</exception>
    /// <returns>The pending registration's id; 0 if the address belongs to a member. The page must not reveal which.</returns>
    public async Task<long> Register(RegistrationForm form, CancellationToken ct = default)
    {
        if (!await IsOpen(form.EventCode, form.InvitationCode, ct)) throw new UnauthorizedAccessException();
        var (email, name) = (form.Email, form.Name);
        if (await Refuses(email, form.InvitationCode, ct) is { } why) throw new Refused(why);
        var invitation = await Invitation.Find(db, form.InvitationCode, ct);
        var hash = form.Password is null ? null : await hashes.Make(form.Password, ct);
        var addressHash = await addresses.Of(email, ct);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var change = await db.Change(ct);
                var member = await db.Members.OfAddress(email.Text, ct) ?? await Unconfirmed(name, email, addressHash, ct);
                var registration = member.State is MemberState.Unconfirmed ? await Keep(member, form, invitation?.Id, hash, ct) : null;
                // A provider that has proved the address makes the e-mail needless.
                if (!(registration is not null && IsProved(form)) && await pace.Take(member.Id, ct))
                {
                    if (registration is null) mails.Already(member);
                    else Write(member, registration, form.ReturnUrl);
                }
                await change.Commit(ct);
                return registration?.Id ?? 0;
            }
            // Somebody registered the same address concurrently, and that request created the member.
            catch (DbUpdateException error) when (attempt == 1 && error.IsDuplicate()) { db.ChangeTracker.Clear(); }
        }
    }

    // The name is a placeholder for staff, until a registration is confirmed.
    async Task<Member> Unconfirmed(string name, EmailAddress email, string addressHash, CancellationToken ct)
    {
        var member = Member.Create(name, email, Now);
        member.AddressHash = addressHash;
        db.Members.Add(member);
        db.Publish(() => new MemberRegistered(member.Id));
        await db.SaveChangesAsync(ct);
        return member;
    }

    async Task<PendingRegistration> Keep(Member member, RegistrationForm form, long? invitation, string? hash, CancellationToken ct)
    {
        var registration = new PendingRegistration
        {
            MemberId = member.Id,
            Name = Naming.Kept(form.Name),
            PasswordHash = hash,
            ProviderId = form.Identity?.ProviderId,
            Issuer = form.Identity?.Issuer,
            Subject = form.Identity?.Subject,
            Language = form.Language,
            Consents = PendingRegistration.Written(form.Kinds),
            Agreed = string.Join(' ', form.Agreed),
            InvitationId = invitation,
            Values = PendingRegistration.Written(form.Attributes?.Typed),
            At = Now,
        };
        db.PendingRegistrations.Add(registration);
        await db.SaveChangesAsync(ct);
        var waiting = db.PendingRegistrations.Where(r => r.MemberId == member.Id && r.MailAt == null);
        var kept = waiting.OrderByDescending(r => r.Id).Take(MaxWithoutMail).Select(r => r.Id);
        await waiting.Where(r => !kept.Contains(r.Id)).ExecuteDeleteAsync(ct);
        return registration;
    }

    /// <summary>Whether the provider by which somebody registers has proved the very address that is registered.</summary>
    public static bool IsProved(RegistrationForm form) =>
        form.Identity is { EmailProved: true, Email: { } proved } && EmailAddress.Same(proved, form.Email.Text);

    /// <summary>
    /// Confirms a registration whose address the provider has proved, as the link of an e-mail would. Null if it is void, or the address
    /// was not proved.
    /// </summary>
    public async Task<Member?> CompleteProved(long id, RegistrationForm form, CancellationToken ct = default)
    {
        if (!IsProved(form)) return null;
        var registration = await db.PendingRegistrations.AsNoTracking().FirstOrDefaultAsync(r => r.Id == id, ct);
        if (registration is null || registration.Issuer != form.Identity!.Issuer || registration.Subject != form.Identity.Subject)
            return null;
        var member = await db.Members.AsNoTracking().FirstAsync(m => m.Id == registration.MemberId, ct);
        db.ChangeTracker.Clear();
        return await Complete(links.Token(MailLinkPurpose.Confirm, member, null, id), ct);
    }

    /// <summary>
    /// Whoever came by a provider signs in by it from now on. Somebody else may have connected that account meanwhile; then the mailbox is
    /// the way in.
    /// </summary>
    async Task ConnectProviderOf(PendingRegistration registration, CancellationToken ct)
    {
        if (registration is not { ProviderId: { } provider, Issuer: { } issuer, Subject: { } subject }) return;
        if (await db.ProviderAccounts.AnyAsync(a => a.Issuer == issuer && a.Subject == subject, ct)) return;
        if (!await db.Providers.AnyAsync(p => p.Id == provider, ct)) return;
        db.ProviderAccounts.Add(ConnectProvider.New(registration.MemberId, new(provider, issuer, subject, null, false, null), Now));
    }

    void Write(Member member, PendingRegistration registration, string? returnUrl)
    {
        registration.MailAt = Now;
        mails.AskToConfirm(member, registration, returnUrl);
    }

    /// <summary>Registers somebody on behalf of staff, without a password; null if the address belongs to a member already.</summary>
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

    /// <summary>Sends the e-mail of a pending registration again. Does not reveal whether there is one.</summary>
    public Task SendAgain(long id, string email, string? returnUrl, CancellationToken ct = default) =>
        ConstantTime.Run(() => Send(id, email, returnUrl, ct), ct);

    async Task Send(long id, string email, string? returnUrl, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        if (await db.Members.OfAddress(email, ct) is not { State: MemberState.Unconfirmed } member) return;
        var registration = await db.PendingRegistrations.FirstOrDefaultAsync(r => r.Id == id && r.MemberId == member.Id, ct);
        // Members who registered before these rows existed have the password in their own row.
        if ((registration is null && member.PasswordHash is null) || !await pace.Take(member.Id, ct)) return;
        if (registration is null) mails.AskToConfirm(member, null, returnUrl);
        else Write(member, registration, returnUrl);
        await change.Commit(ct);
    }

    /// <summary>
    /// The same on behalf of staff, for the latest registration; sends an invitation to members whom staff registered. False if it is too
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
    /// The registration that an e-mail's link confirms, to show to its reader; only the member if it names none. Null if the link is
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
    /// Confirms the address with the e-mail's token: applies this link's registration to the member and deletes the others of the address.
    /// Null if the link is void.
    /// </summary>
    public async Task<Member?> Complete(string? token, CancellationToken ct = default)
    {
        if (await links.Open(MailLinkPurpose.Confirm, token, ct) is not { } opened) return null;
        db.ChangeTracker.Clear();
        await using var change = await db.Change<Member>(opened.Member.Id, ct);
        // Read again under the lock: two links of one address may be used at once.
        if (await Of(token, ct) is not { } found) return null;
        var (member, registration, _) = found;
        if (registration is not null)
        {
            member.Become(registration, await Awaits(member, registration, ct), Now);
            await ConnectProviderOf(registration, ct);
            await consents.Begin(member.Id, registration.ReadConsents(), ct);
            await values.Begin(member.Id, registration.ReadValues(), ct);
            await terms.Write(member, registration.ReadAgreed(), TermsAnswerKind.Agreed, TermsWay.Register, registration.At, ct);
        }
        else member.Confirm(Now);
        if (member.ConfirmedAt is not null)
        {
            db.Publish(new MemberConfirmed(member.Id));
            await welcome.Send(member, ct);
        }
        await Forget(member.Id, ct);
        await change.Commit(ct);
        return member;
    }

    /// <summary>
    /// Uses the invitation of a registration, if it is still open. Without one, staff have to accept it where the site wants that, and
    /// where the invitation was used up or ended meanwhile.
    /// </summary>
    async Task<bool> Awaits(Member member, PendingRegistration registration, CancellationToken ct)
    {
        if (registration.InvitationId is { } id)
        {
            if (await db.Locked<Invitation>(id, ct) is not { } invitation || !invitation.IsOpen(Now)) return true;
            invitation.Uses++;
            member.InvitationId = id;
            return false;
        }
        return (await settings.Get(ct)).Mode is RegistrationMode.Approval;
    }

    /// <summary>
    /// Whether somebody who proved ownership of the address otherwise, by the e-mail for a forgotten password, has to be accepted by
    /// staff: a visitor registered it, and the site does not take everybody.
    /// </summary>
    public async Task<bool> AwaitsWhenProved(Member member, CancellationToken ct = default) =>
        await IsOfStranger(member, ct) && (await settings.Get(ct)).Mode is not RegistrationMode.Open;

    /// <summary>
    /// Confirmation by staff. It vouches for the address, not for whoever typed the password: an e-mail lets the member choose a new one.
    /// </summary>
    /// <returns>False if there is no such member.</returns>
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

    /// <summary>Whether the member's row was typed by somebody who has not proved ownership of the address.</summary>
    public async Task<bool> IsOfStranger(Member member, CancellationToken ct = default) =>
        member.ConfirmedAt is null && member.AwaitsSince is null && await OfStrangers.AnyAsync(m => m.Id == member.Id, ct);

    IQueryable<Member> OfStrangers
    {
        get
        {
            var pending = db.PendingRegistrations;
            return db.Members.Where(m =>
                m.ConfirmedAt == null && m.AwaitsSince == null && (m.PasswordHash != null || pending.Any(r => r.MemberId == m.Id))
            );
        }
    }

    /// <summary>The unconfirmed member of an address, without role or group: gives way to a member who proves ownership of it.</summary>
    public IQueryable<Member> GivingWay(EmailAddress email)
    {
        var groups = db.GroupMemberships;
        return OfStrangers.Where(m =>
            m.NormalizedEmail == email.Normal && m.SuspendedAt == null && m.Role == null && !groups.Any(g => g.MemberId == m.Id)
        );
    }

    /// <summary>
    /// Ownership was proved other than by a registration's link: discards what strangers typed for the address, including consents.
    /// </summary>
    public async Task Proved(Member member, CancellationToken ct = default)
    {
        await consents.Begin(member.Id, [], ct);
        await Forget(member.Id, ct);
    }

    Task Forget(long member, CancellationToken ct) => db.PendingRegistrations.Where(r => r.MemberId == member).ExecuteDeleteAsync(ct);

    DateTime Now => time.GetUtcNow().UtcDateTime;
}
