using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Community.Mail;

namespace Community.Kernel;

/// <summary>Why the input is not an address that mail can be sent to.</summary>
public enum EmailProblem
{
    /// <summary>It does not have the form name@domain.</summary>
    Form,
    /// <summary>The part before the @ contains characters that only servers with SMTPUTF8 (RFC 6531) accept.</summary>
    Local,
    /// <summary>The domain is not valid.</summary>
    Domain,
    /// <summary>More than 64 octets before the @, or 254 in all (RFC 5321 §4.5.3.1).</summary>
    Long,
}

/// <summary>
/// An e-mail address that mail can be sent to. Two spellings of one address have the same <see cref="Normal"/>: full or
/// half width, upper or lower case, with invisible characters, a domain in its own script or as <c>xn--</c> (as Chromium encodes it before
/// it submits a form). Names with and without dots or <c>+tag</c> stay different: only the provider knows whether they are the same.
/// </summary>
public sealed class EmailAddress
{
    public const int MaxLength = 254;

    // UTS 46, non-transitional, as in browsers: ß stays ß.
    static readonly IdnMapping idn = new() { UseStd3AsciiRules = true };

    EmailAddress(string local, string domain) => (Text, Normal) = ($"{local}@{Shown(domain)}", $"{local}@{domain}".ToUpperInvariant());

    /// <summary>
    /// As it is stored, shown and mailed: the local part's case as typed, the domain in its own script where that cannot be confused.
    /// </summary>
    public string Text { get; }

    /// <summary>The normal form by which addresses are compared, looked up and hashed: ASCII upper case, the domain in IDNA form.</summary>
    public string Normal { get; }

    public override string ToString() => Text;

    public static bool TryParse(string? typed, [NotNullWhen(true)] out EmailAddress? address) => Read(typed, out address) is null;

    /// <exception cref="FormatException">No mail can be sent there.</exception>
    public static EmailAddress Parse(string typed) =>
        TryParse(typed, out var address) ? address : throw new FormatException($"“{typed}” is no e-mail address that mail can go to.");

    /// <summary>
    /// What is wrong with an address that a stranger typed; null if it is valid. Unlike <see cref="TryParse"/> it rejects local names
    /// (<c>root@localhost</c>).
    /// </summary>
    public static EmailProblem? ProblemOf(string? typed) =>
        Read(typed, out var address) ?? (address!.Normal.AsSpan(address.Normal.LastIndexOf('@')).Contains('.') ? null : EmailProblem.Form);

    /// <summary>
    /// <see cref="Normal"/>; for text that is not a valid address, the text folded the same way, so that a member whose address was taken
    /// before these rules existed is still found.
    /// </summary>
    public static string NormalOf(string typed) =>
        TryParse(typed, out var address) ? address.Normal : Visible(Folded(typed)).ToUpperInvariant();

    /// <summary>Whether both reach the same mailbox.</summary>
    public static bool Same(string? a, string? b) => a is not null && b is not null && NormalOf(a) == NormalOf(b);

    /// <summary>What is shown of an address to those who may not see it: enough for its owner to recognise it.</summary>
    public static string Masked(string? address) =>
        address?.LastIndexOf('@') is > 0 and var at ? MaskedText(address[..at]) + address[at..] : MaskedText("");

    /// <summary>The first character of a text, and dots in place of the rest.</summary>
    public static string MaskedText(string text) => StringInfo.GetNextTextElement(text) + "•••";

    /// <summary>Part of an address, folded as addresses are and lower-cased, to search for in a lower-cased <see cref="Text"/>.</summary>
    public static string Part(string typed) => Visible(Folded(typed)).ToLowerInvariant();

    static EmailProblem? Read(string? typed, out EmailAddress? address)
    {
        address = null;
        if (typed is null) return EmailProblem.Form;
        if (typed.Length > 4 * MaxLength) return EmailProblem.Long;
        var text = Folded(typed);
        var at = text.LastIndexOf('@');
        if (at <= 0 || at == text.Length - 1) return EmailProblem.Form;
        var local = Visible(text[..at]);
        if (local.Length == 0 || local.Any(c => c <= ' ' || c == '\x7f' || "\"(),:;<>@[\\]".Contains(c))) return EmailProblem.Form;
        if (!Ascii.IsValid(local)) return EmailProblem.Local;
        if (Domain(text[(at + 1)..]) is not { } domain) return EmailProblem.Domain;
        if (local.Length > 64 || local.Length + 1 + domain.Length > MaxLength) return EmailProblem.Long;
        var read = new EmailAddress(local, domain);
        // The code that writes the message has the last word.
        try { AddressRules.ToWire(read.Text); }
        catch (ArgumentException) { return EmailProblem.Form; }
        address = read;
        return null;
    }

    static string Folded(string typed) =>
        Characters.Normal(typed, NormalizationForm.FormKC).Replace('\u3002', '.').Trim(white);

    static readonly char[] white =
    [
        .. Enumerable
            .Range(0, 0x10000)
            .Select(c => (char)c)
            .Where(c => char.IsWhiteSpace(c) || char.GetUnicodeCategory(c) is UnicodeCategory.Format),
    ];

    /// <summary>
    /// Removes invisible characters (Default_Ignorable_Code_Point): they slip in when an address is copied, or fake a second one.
    /// </summary>
    static string Visible(string text)
    {
        if (Ascii.IsValid(text)) return text;
        var visible = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            if (!Naming.IsIgnorable(rune.Value)) visible.Append(rune);
        return visible.ToString();
    }

    /// <summary>
    /// The domain in lower case and IDNA form; null if invalid. Joiners stay where a script needs them: without them the domain differs.
    /// </summary>
    static string? Domain(string typed)
    {
        var text = new StringBuilder(typed.Length);
        foreach (var rune in typed.EnumerateRunes())
            if (rune.Value is 0x200C or 0x200D || !Naming.IsIgnorable(rune.Value)) text.Append(rune);
        try
        {
            var domain = idn.GetAscii(text.ToString().ToLowerInvariant()).ToLowerInvariant();
            var labels = domain.Split('.');
            // An xn-- label that no browser produces would be a second spelling of another domain.
            foreach (var label in labels)
                if (
                    label.Length == 0
                    || (label.StartsWith("xn--", StringComparison.Ordinal) && idn.GetAscii(idn.GetUnicode(label)) != label)
                )
                    return null;
            // No top-level domain is numeric: this is an IP address.
            return labels[^1].All(char.IsAsciiDigit) || domain.Length > 253 ? null : domain;
        }
        catch (ArgumentException) { return null; }
    }

    static string Shown(string domain) =>
        domain.Contains("xn--", StringComparison.Ordinal) ? string.Join('.', domain.Split('.').Select(ShownLabel)) : domain;

    static string ShownLabel(string label)
    {
        if (!label.StartsWith("xn--", StringComparison.Ordinal)) return label;
        var text = idn.GetUnicode(label);
        return text.All(IsLatin) || text.All(c => char.IsAscii(c) || IsEastAsian(c)) ? text : label;
    }

    // Some letters of other scripts look like Latin ones (а, ο): such a domain is shown in its xn-- form.
    static bool IsLatin(char c) => char.IsAscii(c) || c is (>= 'À' and <= '\u024f') or (>= '\u1e00' and <= '\u1eff');

    static bool IsEastAsian(char c) =>
        c
            is 'ー'
                or '々'
                or '〆'
                or (>= '\u3041' and <= '\u3096')
                or (>= '\u30a1' and <= '\u30fa')
                or (>= '\u3400' and <= '\u9fff')
                or (>= '\uac00' and <= '\ud7a3');
}
