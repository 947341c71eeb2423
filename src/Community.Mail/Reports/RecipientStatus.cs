using System.Text.RegularExpressions;
using Community.Mail.Mime;

namespace Community.Mail.Reports;

/// <summary>What a delivery status notification says of one recipient (RFC 3464 §2.3).</summary>
public sealed partial class RecipientStatus
{
    internal RecipientStatus(HeaderList fields) => Fields = fields;

    [GeneratedRegex(@"\b[245]\.\d{1,3}\.\d{1,3}\b", RegexOptions.CultureInvariant)]
    private static partial Regex Enhanced();

    [GeneratedRegex(@"^\s*(?:smtp\s*;)?\s*([245]\d\d)(?:[\s-]|$)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Reply();

    public HeaderList Fields { get; }

    /// <summary>
    /// <c>failed</c>, <c>delayed</c>, <c>delivered</c>, <c>relayed</c>, <c>expanded</c>, in lower case. Only failed is a bounce.
    /// </summary>
    public string? Action => Fields["Action"]?.Split([' ', '('], 2)[0].Trim().ToLowerInvariant();

    public string? FinalRecipient => Address("Final-Recipient");

    public string? OriginalRecipient => Address("Original-Recipient") is { } text ? Xtext(text) : null;

    /// <summary>Class, subject and detail, such as <c>5.1.1</c> (RFC 3463).</summary>
    public string? Status => Enhanced().Match(Fields["Status"] ?? "") is { Success: true } match ? match.Value : null;

    /// <summary>The words of the other server.</summary>
    public string? DiagnosticCode => Fields["Diagnostic-Code"];

    /// <summary>The reply code within the diagnostic code, 200 to 599, or null.</summary>
    public int? DiagnosticReply =>
        Reply().Match(DiagnosticCode ?? "") is { Success: true } match ? int.Parse(match.Groups[1].Value, null) : null;

    private string? Address(string field) =>
        Fields[field] is { } value ? value[(value.IndexOf(';') + 1)..].Trim().Trim('<', '>') : null;

    // RFC 3461 §4: "+2B" stands for "+".
    private static string Xtext(string text) =>
        HeaderRules.Clean(Regex.Replace(text, @"\+([0-9A-F]{2})", m => ((char)Convert.ToByte(m.Groups[1].Value, 16)).ToString()));
}
