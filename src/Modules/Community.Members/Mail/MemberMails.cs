using System.Text.Json;
using Community.Kernel;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace Community.Members;

/// <summary>
/// The e-mails about an account, in the member's language. None of them contains the member's name: whoever registers chooses it,
/// and could send text of their own to strangers through us.
/// </summary>
public sealed class MemberMails(SiteDb db, MailLinks links, IStringLocalizer texts, IOptions<CommunityOptions> options)
{
    /// <summary>
    /// So that a rush of registrations does not delay password resets. Invitations have none: they are many, and nobody waits for them.
    /// </summary>
    internal static readonly IReadOnlyDictionary<string, SystemMailPrecedence> Precedences = new Dictionary<string, SystemMailPrecedence>
    {
        ["members.reset"] = SystemMailPrecedence.Urgent,
        ["members.password-changed"] = SystemMailPrecedence.Urgent,
        ["members.new-email"] = SystemMailPrecedence.Urgent,
        ["members.access-changed"] = SystemMailPrecedence.Urgent,
        [WrongCodesKind] = SystemMailPrecedence.Urgent,
        ["members.new-device"] = SystemMailPrecedence.Urgent,
        ["members.present-email"] = SystemMailPrecedence.Urgent,
        ["members.email-changed"] = SystemMailPrecedence.Urgent,
        ["members.join-provider"] = SystemMailPrecedence.Awaited,
        ["members.confirm"] = SystemMailPrecedence.Awaited,
        ["members.already"] = SystemMailPrecedence.Awaited,
    };

    /// <param name="member">The member who has the address.</param>
    /// <param name="registration">The registration that the link confirms; null for a member who registered before these rows
    /// existed.</param>
    /// <param name="returnUrl">The page of this site that the member came from; the link finally leads back to it.</param>
    public void AskToConfirm(Member member, PendingRegistration? registration, string? returnUrl = null) =>
        Write(member.Email!, "confirm", member, registration is null ? member.Language : registration.Language,
            [options.Value.UrlOf(db.Site, "/confirm?token=" + links.Token(MailLinkPurpose.Confirm, member, returnUrl, registration?.Id))]);
    public void Already(Member member) => Send("already", member, "/sign-in", "/forgotten-password");
    public void Reset(Member member) => Send("reset", member, "/reset-password?token=" + links.Token(MailLinkPurpose.Reset, member));
    public void PasswordChanged(Member member) => Send("password-changed", member, "/forgotten-password");
    internal const string WrongCodesKind = "members.wrong-codes";

    /// <summary>Wrong codes were typed at the second step, several times: somebody was past the first.</summary>
    public void WrongCodes(Member member) => Send("wrong-codes", member, "/forgotten-password", SecurityPage.Url);

    /// <summary>A way to sign in was added, removed or used up.</summary>
    /// <param name="member">The member.</param>
    /// <param name="change">What.</param>
    /// <param name="left">How many recovery codes are left, if one was used.</param>
    public void AccessChanged(Member member, AccessChange change, int? left = null)
    {
        var language = member.Language ?? db.Site.Culture;
        var what = texts.In(language, "members.access." + JsonNamingPolicy.KebabCaseLower.ConvertName(change.ToString()), [left ?? 0]);
        Write(member.Email!, "access-changed", member, member.Language,
            [what, options.Value.UrlOf(db.Site, SecurityPage.Url), options.Value.UrlOf(db.Site, "/forgotten-password")]);
    }

    /// <summary>
    /// Somebody signed in from a browser that was not known: when, what it is, and from which network, as far as the site knows it by
    /// itself.
    /// </summary>
    public void NewDevice(Member member, Session session)
    {
        var language = member.Language ?? db.Site.Culture;
        var when = db.Site.ToLocal(session.SignedInAt).ToString("f", Texts.CultureOf(language)) + $" ({db.Site.TimeZone})";
        var (agent, network) = (session.Agent, SignIn.Told(session.Network));
        if (agent.Length == 0) agent = texts.In(language, "members.sessions.unknown");
        Write(member.Email!, "new-device", member, member.Language,
            [
                when,
                network.Length == 0 ? agent : $"{agent}, {network}",
                options.Value.UrlOf(db.Site, EndSessionsPage.Url + "?token=" + links.Token(MailLinkPurpose.EndSessions, member)),
            ]);
    }

    /// <summary>To somebody whom staff registered.</summary>
    public void Invite(Member member) => Send("invite", member, "/reset-password?token=" + links.Token(MailLinkPurpose.Reset, member));
    /// <summary>To an address of a list; it has no member yet.</summary>
    public void Invited(string email, Invitation invitation)
    {
        var language = db.Site.Culture;
        object[] arguments = [db.Site.Name, options.Value.UrlOf(db.Site, invitation.Url), invitation.Code];
        db.Send(new SystemMail
        {
            Kind = "members.invitation",
            To = email,
            Culture = language,
            Subject = texts.In(language, "members.mail.invitation.subject", arguments),
            Text = texts.In(language, "members.mail.invitation.text", [Markup.Literal(db.Site.Name), .. arguments[1..]]),
        });
    }

    /// <summary>Staff accepted the registration.</summary>
    public void Accepted(Member member) => Send("accepted", member, "/sign-in");

    public void NotAccepted(Member member, string reason) =>
        Write(member.Email!, "not-accepted", member, member.Language, [options.Value.UrlOf(db.Site, "/")], reason);

    /// <summary>What the site has written for new members.</summary>
    public void Welcome(Member member, Translations subject, Translations text, bool withSteps)
    {
        var (language, words) = text.For(Readable(member.Language));
        var title = subject.For(language).Text;
        if (withSteps)
            words += $"\n\n[{texts.In(language, "members.welcome.title")}]({options.Value.UrlOf(db.Site, WelcomePage.Url)})";
        db.Send(new SystemMail
        {
            Kind = "members.welcome",
            To = member.Email!,
            MemberId = member.Id,
            Culture = language,
            Subject = title.Length > 0 ? title : texts.In(language, "members.mail.welcome.subject", db.Site.Name),
            Text = words,
        });
    }

    /// <summary>To the new address, before it is the member's.</summary>
    public void NewEmail(Member member, EmailChange change) =>
        SendTo(change.Email, "new-email", member, Link(NewEmailPage.Url, MailLinkPurpose.NewEmail, member, change));

    /// <summary>To the present address, which has to agree, and may refuse.</summary>
    public void PresentEmail(Member member, EmailChange change) =>
        SendTo(member.Email!, "present-email", member, Link(PresentEmailPage.Url, MailLinkPurpose.PresentEmail, member, change));

    string Link(string page, MailLinkPurpose purpose, Member member, EmailChange change) =>
        $"{page}?token={links.Token(purpose, member, EmailChanges.Carried(change))}";

    /// <summary>To the member whose address a provider has proved: whoever came by it may join it with the membership.</summary>
    public void JoinProvider(Member member, Provider provider, string identity) =>
        Write(member.Email!, "join-provider", member, member.Language,
            [options.Value.UrlOf(db.Site, JoinPage.LinkUrl + "?token=" + links.Token(MailLinkPurpose.JoinProvider, member, identity))],
            provider.Name);

    /// <summary>To the old address.</summary>
    public void EmailChanged(Member member, string before) => SendTo(before, "email-changed", member, "/");

    /// <summary>A copy of the member's data is ready. The link leads to the page, which asks for the password; never to the data.</summary>
    public void ArchiveReady(Member member) => Send("archive-ready", member, DataPage.Url);

    public void ArchiveFailed(Member member) => Send("archive-failed", member, DataPage.Url);

    /// <summary>The member left; until <paramref name="eraseAt"/> they may come back by signing in.</summary>
    public void Leaving(Member member, DateTime eraseAt) =>
        SendWithDate(eraseAt > db.Now ? "leaving" : "leaving-now", member, eraseAt);

    public void LeavingReminder(Member member, DateTime eraseAt) => SendWithDate("leaving-reminder", member, eraseAt);
    public void CameBack(Member member) => Send("came-back", member, "/sign-in");

    /// <summary>The member has not been here for long and will be erased.</summary>
    public void Inactive(Member member, DateTime eraseAt) => SendWithDate("inactive", member, eraseAt);
    public void RequestDone(Member member) => Send("request-done", member, DataPage.Url);

    public void RequestDeclined(Member member, string reason) =>
        Write(member.Email!, "request-declined", member, member.Language, [options.Value.UrlOf(db.Site, DataPage.Url)], reason);

    /// <summary>Staff warned, silenced or suspended the member.</summary>
    /// <param name="member">The member.</param>
    /// <param name="what">Selects the texts.</param>
    /// <param name="reason">What staff wrote to the member.</param>
    /// <param name="until">When it ends by itself; null if it does not.</param>
    public void Measured(Member member, string what, string reason, DateTime? until)
    {
        if (member.Email is not { } to) return;
        var language = Readable(member.Language);
        var end = until is { } day
            ? texts.In(language, "members.mail.measures.until", [db.Site.ToLocal(day).ToString("f", Texts.CultureOf(language))])
            : texts.In(language, "members.mail.measures.open", []);
        Write(to, what, member, member.Language, [options.Value.UrlOf(db.Site, "/"), end], reason);
    }

    // The site may have switched the member's language off since.
    string Readable(string? chosen) => chosen is not null && db.Site.Languages.Contains(chosen) ? chosen : db.Site.Culture;

    void SendWithDate(string kind, Member member, DateTime at)
    {
        var culture = Texts.CultureOf(Readable(member.Language));
        var day = db.Site.ToLocal(at).ToString("D", culture);
        Write(member.Email!, kind, member, member.Language, [options.Value.UrlOf(db.Site, "/sign-in")], day);
    }

    /// <summary>The decision on a request to join a group.</summary>
    public void Decided(Member member, Group group, bool admitted) =>
        Write(
            member.Email!,
            admitted ? "group-admitted" : "group-refused",
            member,
            member.Language,
            [options.Value.UrlOf(db.Site, group.Url)],
            group.Name
        );

    void Send(string kind, Member member, params string[] paths) => SendTo(member.Email!, kind, member, paths);

    void SendTo(string to, string kind, Member member, params string[] paths) =>
        Write(to, kind, member, member.Language, [.. paths.Select(p => options.Value.UrlOf(db.Site, p))]);

    /// <param name="to">Address.</param>
    /// <param name="kind">Selects the texts.</param>
    /// <param name="member">The member whom it is about.</param>
    /// <param name="chosen">The reader's language; null for the site's.</param>
    /// <param name="links">The arguments of the texts after the site's name.</param>
    /// <param name="name">The last argument: a name that staff chose. Escaped only in the text, which is Markdown.</param>
    void Write(string to, string kind, Member member, string? chosen, IReadOnlyList<string> links, string name = "")
    {
        var language = Readable(chosen);
        db.Send(new SystemMail
        {
            Kind = "members." + kind,
            To = to,
            MemberId = member.Id,
            Culture = language,
            Subject = texts.In(language, $"members.mail.{kind}.subject", [db.Site.Name, .. links, name]),
            Text = texts.In(language, $"members.mail.{kind}.text", [Markup.Literal(db.Site.Name), .. links, Markup.Literal(name)]),
        });
    }
}
