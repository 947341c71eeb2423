using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Community.Kernel;

/// <summary>
/// Text from a third party: a relay's answer, an exception's message. Its author may be hostile, and
/// it echoes what it was sent, above all addresses. Made into one line that is safe in a log, on a terminal and on a page.
/// </summary>
public static partial class UntrustedText
{
    /// <summary>Enough for any meaningful answer of a mail server.</summary>
    public const int MaxLength = 500;
    /// <summary>Longer text is cut before any pattern is matched.</summary>
    const int MaxRead = 8000;

    // Anything around an @ without spaces counts as an address, in any script, quoted or not, and also written with %40.
    [GeneratedRegex(
        """(?:"[^"]{1,100}"|[^\s<>()\[\],;:"'`]{1,100})\s{0,1}(?:@|＠|%40|&#64;)\s{0,1}[^\s<>()\[\],;:"'`]{1,253}""",
        RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 200
    )]
    private static partial Regex Addresses();

    // Credentials in a link that the text echoes.
    [GeneratedRegex(@"(?i)\b(token|password|key|code)=[^\s&]+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 200)]
    private static partial Regex Secrets();

    /// <summary>
    /// Removes line breaks, control characters, bidi and invisible characters, addresses and secrets; at most
    /// <see cref="MaxLength"/> characters.
    /// </summary>
    public static string Safe(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        var line = new StringBuilder();
        foreach (var rune in Truncate.To(MaxRead, text).EnumerateRunes())
            if (IsShown(rune)) line.Append(rune);
            else if (line.Length > 0 && line[^1] != ' ' && !IsMark(rune)) line.Append(' ');
        string safe;
        try { safe = Secrets().Replace(Addresses().Replace(line.ToString(), "•••@•••"), "$1=•••"); }
        catch (RegexMatchTimeoutException) { return "…"; }
        return Truncate.To(MaxLength, safe.Trim());
    }

    /// <summary>The message of an exception and of its inner exception.</summary>
    public static string Safe(Exception error) =>
        Safe(
            error.InnerException is { } inner && !error.Message.Contains(inner.Message, StringComparison.Ordinal)
                ? $"{error.Message} ({inner.Message})"
                : error.Message
        );

    /// <summary>An exception for the log: its message made safe, and the stack trace, which is not third-party text.</summary>
    public static string Trace(Exception error) => $"{error.GetType().Name}: {Safe(error)}\n{error.StackTrace}";

    // False for line breaks, control, bidi, zero-width, private-use and unassigned characters.
    static bool IsShown(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is not (
                UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.PrivateUse
                or UnicodeCategory.Surrogate
                or UnicodeCategory.OtherNotAssigned
            );

    // These are removed without a replacement: a space would split a word.
    static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format;
}
