using Community.Kernel;

namespace Community.Members;

/// <summary>The mail that new members get, as the site has written it.</summary>
public sealed class Welcome(SiteDb db, Settings<RegistrationSettings> settings, MemberMails mails)
{
    /// <summary>Sends it in the open change; nothing if the site has not written one.</summary>
    public async Task Send(Member member, CancellationToken ct)
    {
        if (db.Site.IsConsole) return;
        var rule = await settings.Get(ct);
        if (rule.WelcomeMail.IsEmpty) return;
        mails.Welcome(member, rule.WelcomeSubject, rule.WelcomeMail, withSteps: !rule.FirstSteps.IsEmpty);
    }
}
