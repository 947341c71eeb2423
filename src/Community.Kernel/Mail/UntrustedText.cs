using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Community.Kernel;

/// <summary>
/// Words that are not ours and not a reader's: a relay's answer, the message of an exception. Whoever makes them up may be hostile, and
/// they repeat what they were told, addresses above all. One line that can stand in a log, on a terminal and on a screen.
/// </summary>
public static partial class UntrustedText
{
    /// <summary>As long as the answers of mail servers that say something.</summary>
    public const int MaxLength = 500;
    /// <summary>What is read at all: more is cut before anything is looked for.</summary>
    const int MaxRead = 8000;

    // Whatever stands around an @ without a space is taken for an address, in any script, quoted or not, and written with %40 too.
    [GeneratedRegex(
        """(?:"[^"]{1,100}"|[^\s<>()\[\],;:"'`]{1,100})\s{0,1}(?:@|＠|%40|&#64;)\s{0,1}[^\s<>()\[\],;:"'`]{1,253}""",
        RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 200
    )]
    private static partial Regex Addresses();

    // What signs in, in a link that somebody repeats.
    [GeneratedRegex(@"(?i)\b(token|password|key|code)=[^\s&]+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 200)]
    private static partial Regex Secrets();

    /// <summary>
    /// Without line ends, controls, marks that turn the direction or show nothing, without addresses and secrets; at most
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

    /// <summary>The message of an exception, and of what caused it.</summary>
    public static string Safe(Exception error) =>
        Safe(
            error.InnerException is { } inner && !error.Message.Contains(inner.Message, StringComparison.Ordinal)
                ? $"{error.Message} ({inner.Message})"
                : error.Message
        );

    /// <summary>An exception for a log: what happened, made safe, and where. Our own code's lines are no words of anybody.</summary>
    public static string Trace(Exception error) => $"{error.GetType().Name}: {Safe(error)}\n{error.StackTrace}";

    // Ends of lines, controls, direction, zero width, private use and what is no character at all.
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

    // Nothing stands where they were: a space would part a word.
    static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format;
}
