using Markdig;
using Markdig.Extensions.Tables;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Community.Kernel;

/// <summary>
/// Markdown as members and staff write it (CommonMark with tables, strike-through, autolinks). Raw HTML is shown as text;
/// links lead to http, https, mailto or into the site; a picture is a file of the site or of a theme
/// (see <see cref="Pictures"/>), every other becomes a link.
/// </summary>
public static class Markup
{
    /// <summary>Moves when the same text would give other HTML: stored HTML of an older version is rendered anew.</summary>
    public const int Version = 3;

    static readonly MarkdownPipeline pipeline = new MarkdownPipelineBuilder()
        .UsePipeTables().UseEmphasisExtras(Markdig.Extensions.EmphasisExtras.EmphasisExtraOptions.Strikethrough)
        .UseAutoLinks().UseSoftlineBreakAsHardlineBreak().DisableHtml().Build();

    /// <summary>A name as it is, where Markdown would make something else of it (CommonMark 2.4: any ASCII punctuation may be escaped).</summary>
    public static string Literal(string name) => string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c > 127 || c == ' ' ? c.ToString() : "\\" + c));

    /// <summary>Never takes long: what would (see <see cref="MarkupLimits"/>) is shown as it was typed.</summary>
    public static string ToHtml(string markdown)
    {
        if (!MarkupLimits.Allow(markdown)) return AsTyped(markdown);
        // Markdig refuses what is nested deeper than its own limit.
        try { return Render(markdown); }
        catch (ArgumentException) { return AsTyped(markdown); }
    }

    static string AsTyped(string markdown) => "<p>" + System.Net.WebUtility.HtmlEncode(markdown).ReplaceLineEndings("<br>") + "</p>";

    static string Render(string markdown)
    {
        var document = Markdown.Parse(markdown, pipeline);
        var pictures = 0;
        foreach (var link in document.Descendants<LinkInline>().ToList()) Tame(link, ref pictures);
        foreach (var link in document.Descendants<AutolinkInline>().ToList())
            if (!link.IsEmail && !IsAllowed(link.Url)) link.ReplaceBy(new LiteralInline(link.Url));
        // Once through all of them: in deep text each walk is dear.
        foreach (var block in document.Descendants<Block>())
        {
            // A heading inside a post must not compete with the headings of the page.
            if (block is HeadingBlock heading) heading.Level = Math.Min(heading.Level + 3, 6);
            // Our pages take no style attributes: a column's alignment becomes a class of its cells.
            else if (block is Table table) Align(table);
        }
        using var writer = new StringWriter();
        var renderer = new HtmlRenderer(writer);
        pipeline.Setup(renderer);
        renderer.Render(document);
        // What scrolls must be reachable by keyboard.
        return writer.ToString().Replace("<pre>", "<pre tabindex=\"0\">");
    }

    static void Align(Table table)
    {
        foreach (var row in table.OfType<TableRow>())
            for (var i = 0; i < row.Count && i < table.ColumnDefinitions.Count; i++)
                if (table.ColumnDefinitions[i].Alignment is TableColumnAlign.Right or TableColumnAlign.Center)
                    row[i].GetAttributes().AddClass(table.ColumnDefinitions[i].Alignment is TableColumnAlign.Right ? "end" : "middle");
        foreach (var column in table.ColumnDefinitions) column.Alignment = null;
    }

    /// <summary>
    /// The words alone, on one line, without the marks of Markdown; cut at <paramref name="most"/> characters, between words where words
    /// have spaces.
    /// </summary>
    public static string ToLine(string markdown, int most)
    {
        var text = OnOneLine(markdown);
        // A character may be made of many (a family of four: eleven); of more than sixteen each, the rest is not looked at.
        var start = text.Length > most * 16 ? Cut.To(most * 16, text) : text;
        var info = new System.Globalization.StringInfo(start);
        if (info.LengthInTextElements <= most) return start.Length == text.Length ? text : start + "…";
        var line = info.SubstringByTextElements(0, most - 1);
        // Words of Chinese and Japanese have no spaces between them, and are cut where the line ends.
        var inWord = IsOfSpacedWord(line[^1]) && IsOfSpacedWord(text[line.Length]);
        if (inWord && line.LastIndexOf(' ') is var space && space > line.Length / 2) line = line[..space];
        return line.TrimEnd(' ', '.', ',', ';', ':', '、', '。') + "…";
    }

    // The scripts before those of East Asia (U+2E80) put spaces between words.
    static bool IsOfSpacedWord(char c) => c < '\u2E80' && !char.IsWhiteSpace(c);

    static string OnOneLine(string markdown)
    {
        if (MarkupLimits.Allow(markdown))
            try { return PlainLine.Write(Markdown.Parse(markdown, pipeline)); }
            catch (ArgumentException) { /* Nested deeper than Markdig's own limit: as it was typed. */ }
        return string.Join(' ', markdown.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>Plain text for mail: links as "words (address)".</summary>
    public static string ToText(string markdown)
    {
        if (!MarkupLimits.Allow(markdown)) return markdown;
        try { return PlainText.Write(Markdown.Parse(markdown, pipeline)).Trim(); }
        catch (ArgumentException) { return markdown; }
    }

    static void Tame(LinkInline link, ref int pictures)
    {
        if (!IsAllowed(link.Url))
        {
            link.ReplaceBy(new LiteralInline(string.Concat(link.Descendants<LiteralInline>().Select(l => l.Content.ToString()))), copyChildren: false);
            return;
        }
        if (link.IsImage)
        {
            if (Pictures.IsShown(link.Url!) && ++pictures <= Pictures.Most)
            {
                link.GetAttributes().AddProperty("loading", "lazy");
                return;
            }
            link.IsImage = false;
            if (link.FirstChild is null) link.AppendChild(new LiteralInline(link.Url!));
        }
        if (IsOwn(link.Url!)) return;
        link.GetAttributes().AddProperty("rel", "nofollow ugc noopener");
    }

    static bool IsOwn(string url) => url.StartsWith('/') && !url.StartsWith("//") && !url.StartsWith("/\\");

    static bool IsAllowed(string? url) =>
        url is not null && (IsOwn(url) || (Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" or "mailto"));
}
