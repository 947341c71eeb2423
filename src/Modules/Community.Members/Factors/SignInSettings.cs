using Community.Kernel;

namespace Community.Members;

/// <summary>What a site decides about signing in.</summary>
public sealed record SignInSettings
{
    /// <summary>Whether administrators need a second factor.</summary>
    public bool AdministratorsNeedSecondFactor { get; set; }
    public bool WebmastersNeedSecondFactor { get; set; }
    public bool MailersNeedSecondFactor { get; set; }
    public bool ModeratorsNeedSecondFactor { get; set; }

    /// <summary>Whether this role needs a second factor; false for ordinary members.</summary>
    public bool NeedSecondFactor(string? role) => role switch
    {
        Roles.Administrator => AdministratorsNeedSecondFactor,
        Roles.Webmaster => WebmastersNeedSecondFactor,
        Roles.Mailer => MailersNeedSecondFactor,
        Roles.Moderator => ModeratorsNeedSecondFactor,
        null => false,
        // A role of the site's own may anything that an administrator gave it.
        _ => AdministratorsNeedSecondFactor,
    };
}
