using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Community.Kernel;
using Community.Members;

namespace Community.Boards;

/// <summary>
/// How a mention is written. Typed as <c>@Ben Smith</c>, it is stored as a link to the profile, <c>[@Ben Smith](/members/0a1b)</c>: the
/// name can change, be taken by somebody else, or be erased, and every text, quotations too, still means the same member.
/// </summary>
public static partial class MentionText
{
    /// <summary>
    /// How the text stands in the box of a form: with names instead of links, but for quotations, which stay as they are.
    /// </summary>
    public static string Typed(string text) => text.Contains("(/members/", StringComparison.Ordinal)
        ? string.Join('\n', text.Split('\n').Select(line => Quoted().IsMatch(line) ? line : Stored().Replace(line, AsTyped)))
        : text;

    static string AsTyped(Match mention) => "@" + Unescaped(mention.Groups["name"].Value);

    /// <summary>The link that stands for a member.</summary>
    public static string Link(string name, string handle) => $"[@{Markup.Literal(name)}](/members/{handle})";

    /// <summary>The text with present names and handles.</summary>
    /// <param name="text">A post's text.</param>
    /// <param name="handle">The handle that the text has.</param>
    /// <param name="name">The member's name of today.</param>
    /// <param name="now">The handle of today.</param>
    public static string Renamed(string text, string handle, string name, string now) =>
        text.Contains("/members/" + handle, StringComparison.Ordinal)
            ? Stored().Replace(text, m => m.Groups["handle"].Value == handle ? Link(name, now) : m.Value)
            : text;

    /// <summary>For visitors, who can see no profile: the name without the link.</summary>
    public static string ForVisitor(string html) =>
        html.Contains("<a href=\"/members/", StringComparison.Ordinal) ? Shown().Replace(html, "${name}") : html;

    /// <summary>How many members a text mentions. Who stands in a quotation is not mentioned.</summary>
    internal static int MentionedIn(string text) => text.Contains("(/members/", StringComparison.Ordinal)
        ? text.Split('\n').Where(line => !Quoted().IsMatch(line)).SelectMany(NamedIn).Select(n => n.Handle).Distinct().Count()
        : 0;

    /// <summary>Which members the links of a text name, with the names that they have there.</summary>
    internal static IEnumerable<(string Handle, string Name)> NamedIn(string text) =>
        text.Contains("(/members/", StringComparison.Ordinal)
            ? Stored().Matches(text).Select(m => (m.Groups["handle"].Value, Unescaped(m.Groups["name"].Value)))
            : [];

    /// <summary>The link that begins at a bracket; null if none does.</summary>
    internal static (string Handle, int Length)? LinkAt(string text, int at) =>
        Stored().Match(text, at) is { Success: true } m && m.Index == at ? (m.Groups["handle"].Value, m.Length) : null;

    /// <summary>
    /// What may be the name behind an at sign, the longest first. A name ends with a word; in scripts that set no spaces it may end
    /// anywhere.
    /// </summary>
    internal static IEnumerable<string> NamesAt(string text, int at)
    {
        var end = text.AsSpan(at).IndexOf('\n') is var line and >= 0 ? at + line : text.Length;
        // In the box a name's marks may have been escaped, as the link has them.
        var most = Math.Min(end, at + Member.MaxNameLength * 2);
        for (var to = most; to > at; to--)
            if (!char.IsWhiteSpace(text[to - 1]) && IsEnd(text, to)) yield return text[at..to];
    }

    static bool IsEnd(string text, int at) =>
        at == text.Length
        || (!char.IsLowSurrogate(text[at])
            && CharUnicodeInfo.GetUnicodeCategory(text, at) is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark)
            && !(IsOfSpacedWord(text[at]) && IsOfSpacedWord(text[at - 1])));

    // Letters of scripts below the East Asian ones set spaces between words.
    static bool IsOfSpacedWord(char c) => c < '\u2E80' && char.IsLetterOrDigit(c);

    static string Unescaped(string name)
    {
        if (!name.Contains('\\')) return name;
        var plain = new StringBuilder(name.Length);
        for (var i = 0; i < name.Length; i++) plain.Append(name[i] == '\\' && i + 1 < name.Length ? name[++i] : name[i]);
        return plain.ToString();
    }

    [GeneratedRegex(@"\[[@＠](?<name>(?:[^\[\]\n\\]|\\.){1,400})\]\(/members/(?<handle>[0-9a-z]{1,32})\)")]
    private static partial Regex Stored();

    [GeneratedRegex(@"^[ \t]*>")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"<a href=""/members/[0-9a-z]{1,32}"">(?<name>[@＠][^<>]*)</a>")]
    private static partial Regex Shown();
}
