using System.ComponentModel.DataAnnotations;
using Community.Kernel;

namespace Community.Members;

/// <summary>Who may become a member by themselves.</summary>
public enum RegistrationMode
{
    /// <summary>Whoever confirms an address.</summary>
    Open,
    /// <summary>Whom staff accept, after the address is confirmed. Who was invited needs no approval.</summary>
    Approval,
    /// <summary>Who has the link or the code of an invitation.</summary>
    Invitation,
    /// <summary>Nobody: staff register members.</summary>
    Closed,
}

/// <summary>What a site decides about registering, and what new members are told.</summary>
public sealed record RegistrationSettings
{
    public RegistrationMode Mode { get; set; } = RegistrationMode.Open;

    /// <summary>What visitors see instead of the form if they may not register; empty for the default sentence.</summary>
    [MaxLength(500), DataType(DataType.MultilineText)]
    public string ClosedText { get; set; } = "";

    /// <summary>Domains of addresses that may register, one a line, with their subdomains; empty for all.</summary>
    [MaxLength(4000), DataType(DataType.MultilineText)]
    public string AllowedDomains { get; set; } = "";

    /// <summary>Domains of addresses that may not register, one a line, with their subdomains.</summary>
    [MaxLength(4000), DataType(DataType.MultilineText)]
    public string BlockedDomains { get; set; } = "";

    /// <summary>The age that new members declare to have reached; 0 to ask nothing. Their date of birth is not asked.</summary>
    [Range(0, 99)]
    public int LeastAge { get; set; }

    /// <summary>Subject of the mail to new members.</summary>
    [MaxLength(120)]
    public Translations WelcomeSubject { get; set; } = Translations.None;

    /// <summary>The mail to new members, as Markdown; none is sent if empty.</summary>
    [MaxLength(8000), DataType(DataType.MultilineText)]
    public Translations WelcomeMail { get; set; } = Translations.None;

    /// <summary>The page that new members see first, as Markdown; none if empty.</summary>
    [MaxLength(20_000), DataType(DataType.MultilineText)]
    public Translations FirstSteps { get; set; } = Translations.None;

    /// <summary>Whether pages offer visitors to register.</summary>
    public bool VisitorsMayRegister => Mode is RegistrationMode.Open or RegistrationMode.Approval;

    /// <summary>Whether an address may register, by its domain.</summary>
    public bool Takes(EmailAddress email)
    {
        var domain = email.Normal[(email.Normal.LastIndexOf('@') + 1)..];
        return !Names(BlockedDomains, domain) && (string.IsNullOrWhiteSpace(AllowedDomains) || Names(AllowedDomains, domain));
    }

    static bool Names(string list, string domain) =>
        list.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Select(EmailDomain.Normal)
            .Any(d => d.Length > 0 && (domain == d || domain.EndsWith("." + d, StringComparison.Ordinal)));
}

/// <summary>The domain part of an address, as typed into a list.</summary>
static class EmailDomain
{
    /// <summary>
    /// In the form in which addresses are compared: <c>@Büro.example</c> → <c>xn--bro-hoa.example</c>; empty if it is none.
    /// </summary>
    public static string Normal(string typed) =>
        EmailAddress.TryParse("a@" + typed.TrimStart('@', '*', '.').TrimEnd('.'), out var address)
            ? address.Normal[(address.Normal.LastIndexOf('@') + 1)..]
            : "";
}
