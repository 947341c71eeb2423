using System.Text;
using System.Text.RegularExpressions;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;

namespace Community.Boards;

/// <summary>The words of a page of HTML as Markdown; what only dresses it is left out.</summary>
public static partial class HtmlToMarkdown
{
    /// <summary>A mail program writes some hundred kilobytes at most; parsing goes by the square of the depth.</summary>
    const int MaxLength = 1024 * 1024, MaxDepth = 60, MaxOpen = 300;

    public static string Of(string html)
    {
        if (html.Length > MaxLength) html = html[..MaxLength];
        // Nesting that no writer means: the words stay, the tags go.
        if (IsTooDeep(html)) return MailText.ToMarkdown(System.Net.WebUtility.HtmlDecode(Tag().Replace(html, " ")));
        var body = new HtmlParser().ParseDocument(html).Body;
        if (body is null) return "";
        var writer = new Writer();
        writer.Blocks(body, "", 0);
        return writer.ToString();
    }

    static bool IsTooDeep(string html)
    {
        var (open, count) = (0, 0);
        foreach (Match tag in Opened().Matches(html))
        {
            if (++count > 50_000)
                return true;
            if (
                tag.Groups[2].Value.ToLowerInvariant()
                is "p"
                    or "br"
                    or "hr"
                    or "img"
                    or "li"
                    or "tr"
                    or "td"
                    or "th"
                    or "meta"
                    or "link"
                    or "input"
                    or "col"
                    or "option"
                    or "o"
            )
                continue;
            if ((open += tag.Groups[1].Length > 0 ? -1 : 1) > MaxOpen)
                return true;
        }
        return false;
    }

    /// <summary>Words of a block, as Markdown on lines.</summary>
    sealed class Writer
    {
        readonly StringBuilder text = new();

        public override string ToString() => Blank().Replace(text.ToString(), "\n\n").Trim('\n', ' ');

        public void Blocks(INode parent, string prefix, int depth)
        {
            var inline = new StringBuilder();
            foreach (var node in parent.ChildNodes)
                if (node is IElement element && IsBlock(element) && depth < MaxDepth)
                {
                    Flush();
                    Block(element, prefix, depth + 1);
                }
                else Inline(node, inline, depth + 1);
            Flush();

            void Flush()
            {
                var words = Spaces().Replace(inline.ToString(), " ");
                inline.Clear();
                foreach (var line in words.Replace("\\\n", "\n", StringComparison.Ordinal).Trim().Split('\n'))
                    if (line.Trim().Length > 0 || words.Trim().Length > 0) text.Append(prefix).Append(line.Trim()).Append('\n');
                if (words.Trim().Length > 0) text.Append(prefix.TrimEnd()).Append('\n');
            }
        }

        void Block(IElement element, string prefix, int depth)
        {
            switch (element.LocalName)
            {
                case "script" or "style" or "head" or "title" or "template" or "noscript": break;
                case "blockquote": Blocks(element, prefix + "> ", depth); break;
                case "hr": text.Append(prefix).Append("---\n").Append(prefix.TrimEnd()).Append('\n'); break;
                case "pre":
                    var code = element.TextContent.ReplaceLineEndings("\n").Trim('\n');
                    var fence = code.Contains("```") ? "~~~~" : "```";
                    text.Append(prefix).Append(fence).Append('\n');
                    foreach (var line in code.Split('\n')) text.Append(prefix).Append(line).Append('\n');
                    text.Append(prefix).Append(fence).Append('\n').Append(prefix.TrimEnd()).Append('\n');
                    break;
                case "ul" or "ol":
                    var number = 0;
                    foreach (var item in element.Children)
                    {
                        var sign = element.LocalName == "ol" ? $"{++number}. " : "- ";
                        var inner = new Writer();
                        inner.Blocks(item, "", depth);
                        var lines = inner.ToString().Split('\n');
                        text.Append(prefix).Append(sign).Append(lines[0]).Append('\n');
                        foreach (var line in lines.Skip(1)) text.Append(prefix).Append(' ', sign.Length).Append(line).Append('\n');
                    }
                    text.Append(prefix.TrimEnd()).Append('\n');
                    break;
                case ['h', >= '1' and <= '6']:
                    var heading = new StringBuilder();
                    foreach (var node in element.ChildNodes) Inline(node, heading, depth);
                    if (Spaces().Replace(heading.ToString(), " ").Replace('\n', ' ').Trim() is { Length: > 0 } words)
                        text.Append(prefix).Append('#', element.LocalName[1] - '0').Append(' ').Append(words).Append('\n')
                            .Append(prefix.TrimEnd()).Append('\n');
                    break;
                case "tr":
                    var cells = element.Children.Select(c =>
                    {
                        var w = new Writer();
                        w.Blocks(c, "", depth);
                        return w.ToString().Replace('\n', ' ');
                    });
                    text.Append(prefix).Append(string.Join(" · ", cells.Where(c => c.Trim().Length > 0))).Append('\n');
                    break;
                default: Blocks(element, prefix, depth); break;
            }
        }

        void Inline(INode node, StringBuilder to, int depth)
        {
            if (node is IText words)
            {
                MailText.Literal(words.Data.ReplaceLineEndings(" ").Replace('\u00A0', ' '), to);
                return;
            }
            if (node is not IElement element || depth > MaxDepth) return;
            switch (element.LocalName)
            {
                case "br": to.Append("\\\n"); return;
                case "script" or "style" or "head" or "title": return;
                case "img":
                    if (element.GetAttribute("alt") is { Length: > 0 } alt) MailText.Literal(alt, to);
                    return;
            }
            var inner = new StringBuilder();
            foreach (var child in element.ChildNodes) Inline(child, inner, depth + 1);
            var text = inner.ToString();
            var sign = element.LocalName switch { "b" or "strong" => "**", "i" or "em" => "*", "s" or "del" or "strike" => "~~", _ => "" };
            if (text.Trim().Length == 0) to.Append(text);
            else if (element.LocalName == "a" && element.GetAttribute("href") is { } href && IsAddress(href))
                to.Append('[').Append(text.Trim()).Append("](").Append(Escaped(href)).Append(')');
            else if (element.LocalName is "code" or "tt" && !text.Contains('`'))
                to.Append('`').Append(element.TextContent.Trim()).Append('`');
            else if (sign.Length == 0 || text.Contains('\n'))
                to.Append(text);
            else
                to.Append(' ', text.StartsWith(' ') ? 1 : 0)
                    .Append(sign)
                    .Append(text.Trim())
                    .Append(sign)
                    .Append(' ', text.EndsWith(' ') ? 1 : 0);
        }

        static bool IsAddress(string href) =>
            href.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
            || href.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
            || href.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase);

        static string Escaped(string href) =>
            href.Trim().Replace(" ", "%20", StringComparison.Ordinal).Replace("(", "%28", StringComparison.Ordinal)
                .Replace(")", "%29", StringComparison.Ordinal).Replace("<", "%3C", StringComparison.Ordinal)
                .Replace(">", "%3E", StringComparison.Ordinal).ReplaceLineEndings("");

        static bool IsBlock(IElement element) =>
            element.LocalName
                is "p"
                    or "div"
                    or "blockquote"
                    or "pre"
                    or "ul"
                    or "ol"
                    or "hr"
                    or "table"
                    or "tbody"
                    or "thead"
                    or "tfoot"
                    or "tr"
                    or "h1"
                    or "h2"
                    or "h3"
                    or "h4"
                    or "h5"
                    or "h6"
                    or "section"
                    or "article"
                    or "header"
                    or "footer"
                    or "center"
                    or "form"
                    or "fieldset"
                    or "dl"
                    or "dt"
                    or "dd"
                    or "address"
                    or "script"
                    or "style"
                    or "head"
                    or "title"
                    or "template"
                    or "noscript"
                    or "main"
                    or "figure"
                    or "figcaption";
    }

    [GeneratedRegex(@"<(/?)([a-zA-Z][a-zA-Z0-9]*)")]
    private static partial Regex Opened();

    [GeneratedRegex("<[^<>]*>")]
    private static partial Regex Tag();

    [GeneratedRegex(@"[ \t]+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"\n(?:[ \t]*\n){2,}")]
    private static partial Regex Blank();
}
