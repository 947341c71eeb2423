using System.Globalization;
using System.Text;

namespace Community.Kernel;

/// <summary>
/// Writes blocks as HTML: with classes for our pages, or with a style attribute on each element for mail, which has no style sheet.
/// </summary>
/// <param name="mail">How the mail looks; null for a page.</param>
sealed class HtmlWriter(MailStyle? mail)
{
    /// <summary>Maximum nesting of emphasis: deeper levels look the same, and browsers give up after some hundreds.</summary>
    const int DeepestEmphasis = 8;

    /// <summary>A quotation of more lines than these is folded, on pages.</summary>
    const int MaxShownLines = 8;

    readonly StringBuilder html = new();
    int emphasis, pictures;
    bool inLink, inFold;

    public static string Write(IReadOnlyList<Block> blocks, MailStyle? mail = null)
    {
        var writer = new HtmlWriter(mail);
        writer.Blocks(blocks);
        return writer.html.ToString();
    }

    void Blocks(IEnumerable<Block> blocks)
    {
        foreach (var block in blocks) Block(block);
    }

    void Block(Block block)
    {
        switch (block)
        {
            case Paragraph paragraph: Element("p", paragraph.Content); break;
            // A heading inside a text must not compete with the headings of the page.
            case Heading heading: Element("h" + Math.Min(heading.Level + 3, 6), heading.Content); break;
            case Code code: Code(code); break;
            case Quotation quotation:
                Open("blockquote").Append('\n');
                if (mail is null && !inFold && quotation is { Lines: > MaxShownLines, Blocks: [Paragraph first, ..] })
                    Fold(first, quotation.Blocks.Skip(1));
                else Blocks(quotation.Blocks);
                html.Append("</blockquote>\n");
                break;
            case ItemList list: List(list); break;
            case Table table: Table(table); break;
            case Rule: Open("hr").Append('\n'); break;
        }
    }

    /// <summary>
    /// A long quotation shows its first line, and the rest by a click. The summary says nothing else: what is stored is read in every
    /// language. What is quoted within it is not folded once more.
    /// </summary>
    void Fold(Paragraph first, IEnumerable<Block> others)
    {
        var (shown, left) = FirstLine(first.Content);
        html.Append("<details>\n");
        Element("summary", shown);
        inFold = true;
        if (left.Count > 0) Element("p", left);
        Blocks(others);
        inFold = false;
        html.Append("</details>\n");
    }

    /// <summary>Up to the first end of a line that stands in no link and no emphasis; all of it if there is none.</summary>
    static (IReadOnlyList<Inline> Shown, IReadOnlyList<Inline> Left) FirstLine(IReadOnlyList<Inline> words)
    {
        var open = 0;
        foreach (var (i, inline) in words.Index())
        {
            if (inline.Kind is InlineKind.Open or InlineKind.Link) open++;
            else if (inline.Kind is InlineKind.Close or InlineKind.EndLink) open--;
            else if (inline.Kind is InlineKind.Break && open == 0 && i > 0) return ([.. words.Take(i)], [.. words.Skip(i + 1)]);
        }
        return (words, []);
    }

    StringBuilder Open(string name, string attributes = "", string style = "")
    {
        html.Append('<').Append(name).Append(attributes);
        if (mail is not null && MailStyle.Of(name) + style is { Length: > 0 } all) html.Append(" style=\"").Append(all).Append('"');
        return html.Append('>');
    }

    void Element(string name, IReadOnlyList<Inline> words, string attributes = "", string style = "")
    {
        Open(name, attributes, style);
        Inlines(words);
        html.Append("</").Append(name).Append(">\n");
    }

    void Code(Code code)
    {
        if (code.Name.Length > 0)
        {
            Open("p", mail is null ? " class=\"code-name\"" : "", ";font-size:13px");
            Text(code.Name).Append("</p>\n");
        }
        // A scrollable element must be reachable by keyboard.
        Open("pre", mail is null ? " tabindex=\"0\"" : "").Append(mail is null ? $"<code{CodeNames.ClassOf(code.Name)}>" : "<code>");
        Text(code.Text).Append("\n</code></pre>\n");
    }

    void List(ItemList list)
    {
        var name = list.Start is null ? "ul" : "ol";
        // Such as a year, which would not fit into the margin.
        var isLong = list.Start + list.Items.Count > 100 || list.Items.Any(i => i.Number > 99);
        Open(
                name,
                (list.Start is null or 1 ? "" : $" start=\"{list.Start}\"") + (isLong && mail is null ? " class=\"long-numbers\"" : ""),
                isLong ? ";padding-left:3.2em" : ""
            )
            .Append('\n');
        foreach (var item in list.Items)
        {
            Open("li", item.Number is { } number ? $" value=\"{number}\"" : "");
            foreach (var (i, block) in item.Blocks.Index())
                if (block is Paragraph paragraph && !list.Loose)
                {
                    if (i > 0) html.Append('\n');
                    Inlines(paragraph.Content);
                }
                else
                {
                    if (i == 0 || !list.Loose) html.Append('\n');
                    Block(block);
                }
            html.Append("</li>\n");
        }
        html.Append("</").Append(name).Append(">\n");
    }

    void Table(Table table)
    {
        var width = table.Rows.Max(r => r.Count);
        Open("table").Append("\n<thead>\n");
        foreach (var (i, row) in table.Rows.Index())
        {
            html.Append("<tr>\n");
            foreach (var (j, cell) in row.Index())
            {
                var column = j < table.Columns.Count ? table.Columns[j] : Column.Start;
                Element(
                    i == 0 ? "th" : "td",
                    cell,
                    mail is not null || column == Column.Start ? ""
                        : column == Column.End ? " class=\"end\""
                        : " class=\"middle\"",
                    column == Column.Start ? ""
                        : column == Column.End ? ";text-align:right"
                        : ";text-align:center"
                );
            }
            // One cell for all missing ones: otherwise short rows could make the output grow quadratically.
            if (row.Count < width)
                Open("td", width - row.Count > 1 ? string.Create(CultureInfo.InvariantCulture, $" colspan=\"{width - row.Count}\"") : "")
                    .Append("</td>\n");
            html.Append("</tr>\n");
            if (i == 0) html.Append("</thead>\n<tbody>\n");
        }
        html.Append("</tbody>\n</table>\n");
    }

    void Inlines(IReadOnlyList<Inline> words)
    {
        foreach (var inline in words)
            switch (inline.Kind)
            {
                case InlineKind.Text: Text(inline.Text); break;
                case InlineKind.Break: html.Append("<br>\n"); break;
                // A mail cannot hide words: it shows the signs.
                case InlineKind.Open or InlineKind.Close when inline.Text == Inline.Spoiler && mail is not null: html.Append("||"); break;
                case InlineKind.Open when inline.Text == Inline.Spoiler:
                    // It is opened by its focus; in a link, by that of the link.
                    html.Append(inLink ? "<span class=\"spoiler\">" : "<span class=\"spoiler\" tabindex=\"0\">");
                    break;
                case InlineKind.Close when inline.Text == Inline.Spoiler: html.Append("</span>"); break;
                case InlineKind.Open when emphasis++ < DeepestEmphasis: html.Append('<').Append(inline.Text).Append('>'); break;
                case InlineKind.Close when --emphasis < DeepestEmphasis: html.Append("</").Append(inline.Text).Append('>'); break;
                case InlineKind.Code:
                    Open("code");
                    Text(inline.Text).Append("</code>");
                    break;
                case InlineKind.Link:
                    Anchor(inline.Url);
                    inLink = true;
                    break;
                case InlineKind.EndLink:
                    html.Append("</a>");
                    inLink = false;
                    Title(inline.Title);
                    break;
                case InlineKind.Address:
                    Anchor(inline.Url);
                    Text(inline.Text).Append("</a>");
                    break;
                case InlineKind.Picture: Shown(inline); break;
            }
    }

    void Shown(Inline picture)
    {
        if (mail is null && Pictures.IsShown(picture.Url) && ++pictures <= Pictures.Max)
        {
            Image(picture);
            Title(picture.Title);
            return;
        }
        // Links must not be nested.
        if (inLink) Text(picture.Text.Length > 0 ? $"{picture.Text} ({picture.Url})" : picture.Url);
        else
        {
            Anchor(picture.Url);
            Text(picture.Text.Length > 0 ? picture.Text : picture.Url).Append("</a>");
        }
        Title(picture.Title);
    }

    void Image(Inline picture)
    {
        var url = Addresses.Escaped(picture.Url);
        var size = Pictures.SizeOf(url);
        var linked = size is not null && !inLink;
        // Whoever wants to look closely opens the picture alone.
        if (linked) html.Append("<a class=\"picture\" href=\"").Append(url).Append("\">");
        html.Append("<img src=\"");
        Text(url).Append('"');
        if (size is var (width, height))
        {
            if (width > Picture.SmallWidth)
                html.Append(
                    CultureInfo.InvariantCulture,
                    $" srcset=\"{url}-small {Picture.SmallWidth}w, {url} {width}w\" sizes=\"(max-width: 48rem) 100vw, 46rem\""
                );
            html.Append(CultureInfo.InvariantCulture, $" width=\"{width}\" height=\"{height}\"");
        }
        html.Append(" alt=\"");
        // The link around it needs words.
        Text(linked && picture.Text.Length == 0 ? PlainLine.Picture : picture.Text).Append("\" loading=\"lazy\">");
        if (linked) html.Append("</a>");
    }

    void Anchor(string url)
    {
        var isOwn = Addresses.IsOwn(url);
        html.Append("<a");
        if (mail is not null) html.Append(" style=\"color:").Append(mail.Link).Append('"');
        html.Append(" href=\"");
        Text(Addresses.Escaped(mail is not null && isOwn ? mail.Root + url[1..] : url)).Append('"');
        if (!isOwn) html.Append(" rel=\"nofollow ugc noopener\"");
        html.Append('>');
    }

    // Written as text, because a tooltip is only available with a mouse.
    void Title(string title)
    {
        if (title.Length > 0) Text($" ({title})");
    }

    StringBuilder Text(string text)
    {
        foreach (var c in text)
            _ = c switch
            {
                '&' => html.Append("&amp;"),
                '<' => html.Append("&lt;"),
                '>' => html.Append("&gt;"),
                '"' => html.Append("&quot;"),
                '\'' => html.Append("&#39;"),
                _ => html.Append(c),
            };
        return html;
    }
}
