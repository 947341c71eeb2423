using System.Text.RegularExpressions;
using Community.Mail;

namespace Community.Mailing;

/// <summary>
/// What a complaint that arrives at the address registered with a provider says of the message that it is about: the envelope sender and
/// the link to unsubscribe, both of which are signed. Recipients are often blotted out (RFC 6590), and a Message-ID anybody can write.
/// </summary>
/// <param name="Locals">What stands before the @ in addresses that have the form of <see cref="ReturnAddresses"/>.</param>
/// <param name="Links">Host and token of what has the form of <see cref="UnsubscribeLinks"/>.</param>
public sealed partial record ReportedOrigin(IReadOnlyList<string> Locals, IReadOnlyList<(string Host, string Token)> Links)
{
    /// <summary>Before the @: the address to register with providers, at the domain for what comes back.</summary>
    public const string Local = "complaints";
    /// <summary>A message of ours has one of each; a forged one may have any number.</summary>
    const int Max = 5;

    public static bool IsAt(string local) => local.Equals(Local, StringComparison.OrdinalIgnoreCase);

    /// <summary>Null for what is no complaint.</summary>
    public static ReportedOrigin? Of(ReturnedMail read, string domain)
    {
        if (read.Kind is not (ReturnKind.Complaint or ReturnKind.OptOut)) return null;
        var locals = read.Original.Select(h => h.Value).Prepend(read.OriginalSender ?? "")
            .SelectMany(v => Address().Matches(v))
            .Where(m => m.Groups["domain"].Value.Equals(domain, StringComparison.OrdinalIgnoreCase))
            .Select(m => m.Groups["local"].Value).Distinct().Take(Max);
        var links = read.Original.Where(h => h.Field.Equals("List-Unsubscribe", StringComparison.OrdinalIgnoreCase))
            .SelectMany(h => Link().Matches(Blanks().Replace(h.Value, "")))
            .Select(m => (m.Groups["host"].Value, m.Groups["token"].Value)).Distinct().Take(Max);
        return new([.. locals], [.. links]);
    }

    [GeneratedRegex(@"\b(?<local>b[0-9a-f]{19,63})@(?<domain>[A-Za-z0-9.-]+)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Address();

    [GeneratedRegex(@"https?://(?<host>[A-Za-z0-9.-]{1,253})(:\d{1,5})?/u/(?<token>[\w-]{1,80})/one-click", RegexOptions.CultureInvariant)]
    private static partial Regex Link();

    /// <summary>Long fields are folded, also within the address.</summary>
    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Blanks();
}
