using System.Text;
using System.Text.RegularExpressions;
using Community.Kernel;

namespace Community.Boards;

/// <summary>Plain text as Markdown that shows it unchanged: quotations stay quotations, addresses links, signs signs.</summary>
public static partial class MailText
{
    public static string ToMarkdown(string text)
    {
        var lines = new StringBuilder(text.Length + text.Length / 8);
        var (before, blank) = (0, true);
        foreach (var typed in text.ReplaceLineEndings("\n").TrimEnd().TrimStart('\n').Split('\n'))
        {
            var (depth, rest) = Quotation(typed);
            // A line without a sign ends a quotation; one that quotes less would be taken for its continuation.
            if (depth < before && depth > 0 && !blank) lines.Append(Signs(depth)).Append('\n');
            lines.Append(Signs(depth)).Append(Line(rest.TrimEnd())).Append('\n');
            (before, blank) = (depth, rest.Trim().Length == 0);
        }
        return lines.ToString().TrimEnd();
    }

    /// <summary>Markdown without its backslashes, to be quoted as plain text.</summary>
    public static string Plain(string markdown) => Markup.ToText(markdown);

    static string Signs(int depth) => string.Concat(Enumerable.Repeat("> ", depth));

    const int MaxDepth = 20;

    static (int Depth, string Words) Quotation(string line)
    {
        var (depth, at) = (0, 0);
        while (at < line.Length && depth < MaxDepth)
            if (line[at] == '>') (depth, at) = (depth + 1, at + 1);
            else if (depth > 0 && line[at] == ' ' && at + 1 < line.Length && line[at + 1] == '>') at++;
            else break;
        if (depth > 0 && at < line.Length && line[at] == ' ') at++;
        return (depth, line[at..]);
    }

    static string Line(string line)
    {
        if (line.Length == 0) return "";
        var text = new StringBuilder(line.Length + 16);
        // Four blanks would be code, and several in a row would be one.
        var indent = 0;
        while (indent < line.Length && line[indent] is ' ' or '\t')
            text.Append(line[indent++] == '\t' ? "\u00A0\u00A0\u00A0\u00A0" : "\u00A0");
        var rest = line[indent..];
        if (Start().Match(rest) is { Success: true } start)
        {
            text.Append(start.Value[..^1]).Append('\\').Append(start.Value[^1]);
            rest = rest[start.Length..];
        }
        var end = 0;
        foreach (Match address in Address().Matches(rest))
        {
            Literal(rest.AsSpan(end, address.Index - end), text);
            end = address.Index + address.Length;
            // A bracket at the end belongs to the address if it was opened there.
            if (end < rest.Length && rest[end] == ')' && address.Value.Count(c => c == '(') > address.Value.Count(c => c == ')')) end++;
            text.Append(rest.AsSpan(address.Index, end - address.Index));
        }
        Literal(rest.AsSpan(end), text);
        return text.ToString();
    }

    internal static void Literal(ReadOnlySpan<char> words, StringBuilder to)
    {
        foreach (var c in words)
        {
            if (c is '\\' or '*' or '_' or '`' or '[' or ']' or '<' or '>' or '|' or '~' or ':' or '@' or '!') to.Append('\\');
            to.Append(c);
        }
    }

    // What begins a heading, an item, a line or code if it stands first.
    [GeneratedRegex(@"^(?:#|[-+=]|\d{1,9}[.)])")]
    private static partial Regex Start();

    [GeneratedRegex(
        @"https?://[^\s<>""\u3000-\u30FF\u4E00-\u9FFF\uFF00-\uFFEF]+[^\s<>""\u3000-\u30FF\u4E00-\u9FFF\uFF00-\uFFEF.,;:!?)\]}']"
    )]
    private static partial Regex Address();
}
