using System.Text;
using System.Text.RegularExpressions;
using MimeKit;
using MimeKit.Text;

namespace Community.Notifications;

/// <summary>
/// What somebody wrote in an answer by mail, without the conversation below it, the signature and the telephone's line. Only what is
/// certain is cut off; an answer that would be nothing is kept whole.
/// </summary>
public static partial class AnswerText
{
    /// <summary>Stands in our notices: what is below it is ours, whatever the mail program does with quotations.</summary>
    public const string Line = "──────";

    /// <summary>More is no answer, and takes too long to look through.</summary>
    const int MaxLength = 200_000;
    /// <summary>An attribution may be folded over so many lines.</summary>
    const int MaxFolded = 3;
    /// <summary>The lines of a header that Outlook writes above what it quotes.</summary>
    const int HeaderLines = 6;
    const int MaxSignature = 12;

    /// <summary>The text of the message: plain if there is some, else the words of its HTML.</summary>
    public static string Read(MimeMessage message)
    {
        var parts = message.BodyParts.OfType<TextPart>().Where(p => !p.IsAttachment).ToList();
        var text = parts.Find(p => p.IsPlain) is { } plain ? Plain(plain) : "";
        if (text.Trim().Length == 0 && parts.Find(p => p.IsHtml) is { } html) text = Html(html.Text);
        text = text.ReplaceLineEndings("\n").Replace("\0", "");
        return text.Length > MaxLength ? text[..MaxLength] : text;
    }

    public static string Cut(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n').Select(l => l.TrimEnd()).ToList();
        var answer = Trimmed(lines[..EndOf(lines)]);
        if (answer.Count > 0) return string.Join('\n', answer);
        // Written below what it answers.
        var below = Trimmed(lines.FindAll(l => !IsQuoted(l) && !l.Contains(Line, StringComparison.Ordinal) && !Attribution().IsMatch(l)));
        return string.Join('\n', below);
    }

    static int EndOf(List<string> lines)
    {
        for (var i = 0; i < lines.Count; i++)
            if (lines[i].Contains(Line, StringComparison.Ordinal)) return Above(lines, i);
            else if (Original().IsMatch(lines[i]) || IsHeader(lines, i) || IsAttribution(lines, i) || IsSignature(lines, i)) return i;
        return lines.Count;
    }

    /// <summary>Our line is quoted: an attribution or a quotation mark stands above it.</summary>
    static int Above(List<string> lines, int at)
    {
        while (at > 0 && (IsQuoted(lines[at - 1]) || lines[at - 1].Trim().Length == 0)) at--;
        for (var folded = 1; folded <= MaxFolded && at - folded >= 0; folded++)
            if (IsAttribution(lines, at - folded, folded)) return at - folded;
        return at;
    }

    /// <summary>"On … wrote:", in its forms, with a quotation below it. Only the English form is folded over several lines.</summary>
    static bool IsAttribution(List<string> lines, int at)
    {
        for (var folded = 1; folded <= MaxFolded && at + folded <= lines.Count && lines[at + folded - 1].Length > 0; folded++)
            if (IsAttribution(lines, at, folded))
                return lines.Skip(at + folded).FirstOrDefault(l => l.Trim().Length > 0) is { } next && IsQuoted(next);
        return false;
    }

    static bool IsAttribution(List<string> lines, int at, int folded) =>
        (folded == 1 || lines[at].TrimStart().StartsWith("On ", StringComparison.Ordinal))
        && string.Join(' ', lines[at..(at + folded)]).Trim() is { Length: < 500 } joined && Attribution().IsMatch(joined);

    static bool IsHeader(List<string> lines, int at) =>
        Sender().IsMatch(lines[at]) && lines.Skip(at + 1).Take(HeaderLines).Count(l => HeaderField().IsMatch(l)) >= 2;

    static bool IsSignature(List<string> lines, int at) =>
        lines[at] is "--" && lines.Skip(at + 1).TakeWhile(l => !IsQuoted(l)).Count() <= MaxSignature;

    static bool IsQuoted(string line) => line.TrimStart() is ['>' or '＞', ..];

    static List<string> Trimmed(List<string> lines)
    {
        var (from, to) = (0, lines.Count);
        while (from < to && lines[from].Trim().Length == 0) from++;
        while (to > from && IsNoise(lines[to - 1].Trim())) to--;
        return lines[from..to];
    }

    static bool IsNoise(string last) => last.Length == 0 || IsQuoted(last) || Device().IsMatch(last) || Rule().IsMatch(last);

    static string Plain(TextPart part) =>
        part.IsFlowed
            ? new FlowedToText
            {
                DeleteSpace = part.ContentType.Parameters["delsp"]?.Equals("yes", StringComparison.OrdinalIgnoreCase) == true,
            }.Convert(part.Text)
            : part.Text;

    /// <summary>The words of HTML, with lines where it has blocks; what it quotes begins with &gt;.</summary>
    static string Html(string html)
    {
        var (text, hidden, quoted) = (new StringBuilder(), 0, 0);
        var tokens = new HtmlTokenizer(new StringReader(html.Length > MaxLength * 4 ? html[..(MaxLength * 4)] : html))
        { DecodeCharacterReferences = true };
        while (text.Length < MaxLength && tokens.ReadNextToken(out var token))
            switch (token)
            {
                case HtmlTagToken tag:
                    var by = tag.IsEndTag ? -1 : tag.IsEmptyElement ? 0 : 1;
                    if (tag.Id is HtmlTagId.Style or HtmlTagId.Script or HtmlTagId.Head or HtmlTagId.Title)
                        hidden = Math.Max(0, hidden + by);
                    if (tag.Id is HtmlTagId.BlockQuote) quoted = Math.Max(0, quoted + by);
                    if (tag.Id is HtmlTagId.Br || (IsBlock(tag.Id) && !IsNewLine())) text.Append('\n');
                    break;
                case HtmlDataToken data when hidden == 0 && data is not HtmlScriptDataToken:
                    var words = Spaces().Replace(data.Data, " ");
                    if (quoted > 0 && IsNewLine() && words.Trim().Length > 0) text.Append("> ");
                    text.Append(words);
                    break;
            }
        return text.ToString();

        bool IsNewLine() => text.Length == 0 || text[^1] == '\n';
    }

    static bool IsBlock(HtmlTagId id) =>
        id is HtmlTagId.P or HtmlTagId.Div or HtmlTagId.LI or HtmlTagId.TR or HtmlTagId.BlockQuote or HtmlTagId.HR or HtmlTagId.UL
            or HtmlTagId.OL;

    [GeneratedRegex(
        @"^\s*(On\b.{5,300}\bwrote\s*:"
            + @"|.{0,60}\d{4}\s?[年/.-]\s?\d{1,2}\s?[月/.-]\s?\d{1,2}.{0,300}(wrote|のメール|は書きました|からのメッセージ|<[^>\s]+@[^>\s]+>)\s*[:：]?"
            + @"|.{1,120}(さん|様|氏)(は書きました|からのメッセージ|wrote)\s*[:：])$",
        RegexOptions.NonBacktracking)]
    private static partial Regex Attribution();

    [GeneratedRegex(
        @"^\s*-{2,}\s*(original message|forwarded message|元のメッセージ|転送されたメッセージ|original appointment)\s*-{2,}\s*$",
        RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Original();

    [GeneratedRegex(@"^\s*\*{0,2}(From|差出人|送信者|送信元)\s*[:：]", RegexOptions.NonBacktracking)]
    private static partial Regex Sender();

    [GeneratedRegex(
        @"^\s*\*{0,2}(Sent|Date|To|Cc|Subject|送信日時|日時|日付|宛先|件名)\s*[:：]",
        RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex HeaderField();

    [GeneratedRegex(
        @"^(\S{1,20}から送信(されました)?。?|Sent from (my |Yahoo|Outlook|Mail|Samsung|Proton).{0,40}|Get Outlook for \w+.*"
            + @"|Outlook for (iOS|Android).{0,60}|\S{1,20}版?の?Outlook.{0,10}を入手.*)$",
        RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Device();

    [GeneratedRegex("^[_-]{10,}$", RegexOptions.NonBacktracking)]
    private static partial Regex Rule();

    [GeneratedRegex(@"\s+", RegexOptions.NonBacktracking)]
    private static partial Regex Spaces();
}
