using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Community.Mail;

namespace Community.Kernel;

/// <summary>Why no mail goes to what was typed.</summary>
public enum EmailProblem
{
    /// <summary>It is not name@domain.</summary>
    Form,
    /// <summary>The part before the @ holds letters that only servers with SMTPUTF8 (RFC 6531) take.</summary>
    Local,
    /// <summary>There can be no such domain.</summary>
    Domain,
    /// <summary>More than 64 octets before the @, or 254 in all (RFC 5321 §4.5.3.1).</summary>
    Long,
}

/// <summary>
/// An e-mail address that mail can go to. Two that reach one mailbox have one <see cref="Normal"/>, however they were typed: full or
/// half width, capitals, invisible characters, and a domain in its own script or as <c>xn--</c> (which Chromium makes of it before
/// it sends a form). Names with and without dots or <c>+tag</c> stay different: only the mailbox's provider knows what they are.
/// </summary>
public sealed class EmailAddress
{
    public const int MaxLength = 254;

    // UTS 46, non-transitional, as browsers do it: ß stays ß.
    static readonly IdnMapping idn = new() { UseStd3AsciiRules = true };

    EmailAddress(string local, string domain) => (Text, Normal) = ($"{local}@{Shown(domain)}", $"{local}@{domain}".ToUpperInvariant());

    /// <summary>
    /// As it is kept, shown and mailed: the name's capitals as typed, the domain in its own script where that deceives nobody.
    /// </summary>
    public string Text { get; }

    /// <summary>The one form by which addresses are compared, found and hashed: ASCII capitals, the domain as IDNA.</summary>
    public string Normal { get; }

    public override string ToString() => Text;

    public static bool TryParse(string? typed, [NotNullWhen(true)] out EmailAddress? address) => Read(typed, out address) is null;

    /// <exception cref="FormatException">No mail can go there.</exception>
    public static EmailAddress Parse(string typed) =>
        TryParse(typed, out var address) ? address : throw new FormatException($"“{typed}” is no e-mail address that mail can go to.");

    /// <summary>
    /// What is wrong with what a stranger typed; null for nothing. A name of this machine alone (<c>root@localhost</c>) is no address of a
    /// stranger.
    /// </summary>
    public static EmailProblem? ProblemOf(string? typed) =>
        Read(typed, out var address) ?? (address!.Normal.AsSpan(address.Normal.LastIndexOf('@')).Contains('.') ? null : EmailProblem.Form);

    /// <summary>
    /// <see cref="Normal"/>; of a text that is no address, the text folded the same way: a member whose address was taken before
    /// these rules stood is found by it.
    /// </summary>
    public static string NormalOf(string typed) =>
        TryParse(typed, out var address) ? address.Normal : Visible(Folded(typed)).ToUpperInvariant();

    /// <summary>Whether both reach the same mailbox.</summary>
    public static bool Same(string? a, string? b) => a is not null && b is not null && NormalOf(a) == NormalOf(b);

    /// <summary>As much of an address as is shown to whoever may not see it: enough for its owner to know it by.</summary>
    public static string Masked(string? address) =>
        address?.LastIndexOf('@') is > 0 and var at ? MaskedText(address[..at]) + address[at..] : MaskedText("");

    /// <summary>The first character of a text, and dots in place of the rest.</summary>
    public static string MaskedText(string text) => StringInfo.GetNextTextElement(text) + "•••";

    /// <summary>Folded as addresses are, in small letters: what <see cref="Text"/> in small letters may contain.</summary>
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
        // Who writes the mail has the last word.
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
    /// Without what shows nothing (Default_Ignorable_Code_Point): it comes along when an address is copied, or makes a twin.
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
    /// Small letters, IDNA; null if it is none. A joiner stays where a script needs it: without it the domain is another one.
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
            // An xn-- that no browser makes would be a second spelling of another.
            foreach (var label in labels)
                if (
                    label.Length == 0
                    || (label.StartsWith("xn--", StringComparison.Ordinal) && idn.GetAscii(idn.GetUnicode(label)) != label)
                )
                    return null;
            // No top level is a number: this is an address of a machine.
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

    // Letters of other scripts look like Latin ones (а, ο): such a domain is shown as it is sent.
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
