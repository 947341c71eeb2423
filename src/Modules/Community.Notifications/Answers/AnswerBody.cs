using System.Text;
using System.Text.RegularExpressions;
using Community.Boards;
using MimeKit;
using MimeKit.Text;

namespace Community.Notifications;

/// <summary>The words and the files of an answer by mail, however its program has packed them.</summary>
public static partial class AnswerBody
{
    /// <summary>More is no answer, and takes too long to look through.</summary>
    const int MaxLength = 200_000;
    const int MaxDepth = 20;
    /// <summary>A picture in the text that is smaller belongs to a signature.</summary>
    const int MinInlineBytes = 8 * 1024;

    /// <summary>The text of the message: plain if there is some, else the words of its HTML.</summary>
    public static string Read(MimeMessage message)
    {
        var parts = Texts(message.Body, 0).ToList();
        // A picture between two paragraphs makes two texts of them.
        var text = string.Join("\n\n", parts.Where(p => p.IsPlain).Select(Plain).Where(t => !string.IsNullOrWhiteSpace(t)));
        if (text.Length == 0) text = string.Join("\n\n", parts.Where(p => p.IsHtml).Select(p => Html(Decoded(p))));
        text = text.ReplaceLineEndings("\n").Replace("\0", "");
        return text.Length > MaxLength ? text[..MaxLength] : text;
    }

    /// <summary>What was sent along. Some programs say of every file that it is to be shown in the text; seals are no files.</summary>
    public static IEnumerable<MimePart> Files(MimeMessage message) =>
        message.BodyParts.OfType<MimePart>().Where(p => p.Content is not null && !IsSeal(p)
            && (p.IsAttachment || (p is TextPart ? IsNamed(p) : IsPicture(p) ? p.Content!.Stream!.Length >= MinInlineBytes : IsNamed(p))));

    static IEnumerable<TextPart> Texts(MimeEntity? entity, int depth)
    {
        if (depth > MaxDepth) return [];
        switch (entity)
        {
            case TextPart text: return text.IsAttachment || (IsNamed(text) && depth > 0) ? [] : [text];
            case MultipartRelated { Root: { } root }: return Texts(root, depth + 1);
            case MultipartAlternative forms:
                var all = forms.Select(f => Texts(f, depth + 1).ToList()).Where(f => f.Count > 0).ToList();
                return all.Find(f => f.Exists(p => p.IsPlain && !string.IsNullOrWhiteSpace(p.Text))) ?? all.LastOrDefault() ?? [];
            case Multipart multipart: return multipart.SelectMany(p => Texts(p, depth + 1));
            default: return [];
        }
    }

    static bool IsNamed(MimePart part) => !string.IsNullOrWhiteSpace(part.FileName);

    static bool IsPicture(MimePart part) => part.ContentType.IsMimeType("image", "*");

    static bool IsSeal(MimePart part) =>
        part.ContentType.MimeType.ToLowerInvariant() is "application/pkcs7-signature" or "application/x-pkcs7-signature"
            or "application/pgp-signature" or "application/pgp-keys";

    static string Plain(TextPart part) =>
        part.IsFlowed
            ? new FlowedToText
            {
                DeleteSpace = part.ContentType.Parameters["delsp"]?.Equals("yes", StringComparison.OrdinalIgnoreCase) == true,
            }.Convert(Decoded(part))
            : Decoded(part);

    /// <summary>Old programs label Japanese as what it is not, or not at all.</summary>
    static string Decoded(TextPart part)
    {
        if (part.Content is null) return "";
        using var content = new MemoryStream();
        part.Content.DecodeTo(content);
        return MailCharsets.Decode(content.GetBuffer().AsSpan(0, (int)content.Length), part.ContentType.Charset);
    }

    /// <summary>The words of HTML, with lines where it has blocks; what it quotes begins with &gt;.</summary>
    static string Html(string html)
    {
        var tokens = new HtmlTokenizer(new StringReader(html.Length > MaxLength * 4 ? html[..(MaxLength * 4)] : html))
        { DecodeCharacterReferences = true };
        var writer = new HtmlWords();
        while (writer.Length < MaxLength && tokens.ReadNextToken(out var token))
            if (token is HtmlTagToken tag) writer.Tag(tag);
            else if (token is HtmlDataToken and not HtmlScriptDataToken) writer.Words(((HtmlDataToken)token).Data);
        return writer.ToString();
    }

    sealed class HtmlWords
    {
        readonly StringBuilder text = new();
        int hidden, quoted, kept, linked;
        string? link;
        string marker = "";

        public int Length => text.Length;
        public override string ToString() => text.ToString();

        bool IsNewLine => text.Length == 0 || text[^1] == '\n';

        public void Tag(HtmlTagToken tag)
        {
            var by = tag.IsEndTag ? -1 : tag.IsEmptyElement ? 0 : 1;
            switch (tag.Id)
            {
                case HtmlTagId.Style or HtmlTagId.Script or HtmlTagId.Head or HtmlTagId.Title: hidden = Math.Max(0, hidden + by); break;
                case HtmlTagId.BlockQuote: quoted = Math.Max(0, quoted + by); break;
                case HtmlTagId.Pre: kept = Math.Max(0, kept + by); break;
                case HtmlTagId.LI: marker = by > 0 ? "- " : ""; break;
                case HtmlTagId.TD or HtmlTagId.TH when by > 0 && !IsNewLine: text.Append(' '); break;
                case HtmlTagId.A when by > 0:
                    link = tag.Attributes.FirstOrDefault(a => a.Id is HtmlAttributeId.Href)?.Value;
                    linked = text.Length;
                    break;
                case HtmlTagId.A: EndLink(); break;
            }
            if (tag.Id is HtmlTagId.Br || (IsBlock(tag.Id) && !IsNewLine)) text.Append('\n');
        }

        public void Words(string data)
        {
            if (hidden > 0) return;
            if (kept == 0) Write(Spaces().Replace(data, " "));
            else
                foreach (var (i, line) in data.ReplaceLineEndings("\n").Split('\n').Index())
                {
                    if (i > 0) text.Append('\n');
                    Write(line);
                }
        }

        void Write(string words)
        {
            if (IsNewLine)
            {
                // Blanks between blocks stand nowhere, and would hide that a line begins.
                if (string.IsNullOrWhiteSpace(words)) return;
                if (kept == 0) words = words.TrimStart();
                text.Append(quoted > 0 ? "> " : "").Append(marker);
                marker = "";
            }
            text.Append(words);
        }

        /// <summary>Where a link leads, if its words do not say so.</summary>
        void EndLink()
        {
            if (link is { } to && quoted == 0 && hidden == 0 && linked < text.Length
                && to.StartsWith("http", StringComparison.OrdinalIgnoreCase)
                && text.ToString(linked, text.Length - linked).Trim() is { Length: > 0 } words && !to.Contains(words.TrimEnd('/', '…')))
                text.Append(" <").Append(to).Append('>');
            link = null;
        }

        static bool IsBlock(HtmlTagId id) =>
            id is HtmlTagId.P or HtmlTagId.Div or HtmlTagId.LI or HtmlTagId.TR or HtmlTagId.BlockQuote or HtmlTagId.HR or HtmlTagId.UL
                or HtmlTagId.OL or HtmlTagId.Table or HtmlTagId.Pre or HtmlTagId.H1 or HtmlTagId.H2 or HtmlTagId.H3 or HtmlTagId.H4
                or HtmlTagId.H5 or HtmlTagId.H6 or HtmlTagId.Section or HtmlTagId.Article or HtmlTagId.DD or HtmlTagId.DT;
    }

    [GeneratedRegex(@"\s+", RegexOptions.NonBacktracking)]
    private static partial Regex Spaces();
}
