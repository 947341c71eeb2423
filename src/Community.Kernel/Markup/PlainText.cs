using System.Text;

namespace Community.Kernel;

/// <summary>
/// Writes blocks as plain text: paragraphs separated by an empty line, lists with their markers, quotations with &gt;.
/// </summary>
/// <param name="root">The prefix for URLs within the site.</param>
sealed class PlainText(string root)
{
    public static string Write(IReadOnlyList<Block> blocks, string root = "/") => new PlainText(root).Blocks(blocks, "\n\n");

    string Blocks(IReadOnlyList<Block> blocks, string between) => string.Join(between, blocks.Select(Block).Where(text => text.Length > 0));

    string Block(Block block) => block switch
    {
        Rule => "----------",
        Code code => (code.Name.Length > 0 ? code.Name + "\n" : "") + Indented(code.Text, "    ", "    "),
        Paragraph paragraph => Alone(paragraph.Content) ?? TextOf(paragraph.Content),
        Heading heading => TextOf(heading.Content),
        ItemList list => string.Join(list.Loose ? "\n\n" : "\n", list.Items.Select(item => Item(item, list.Loose ? "\n\n" : "\n"))),
        Quotation quotation => Indented(Blocks(quotation.Blocks, "\n\n"), "> ", "> "),
        Table table => string.Join('\n', table.Rows.Select(row => string.Join(" | ", row.Select(TextOf)))),
        _ => "",
    };

    string Item(Item item, string between) =>
        Indented(Blocks(item.Blocks, between), item.Mark + " ", new string(' ', item.Mark.Length + 1));

    static string Indented(string text, string first, string others) =>
        string.Join('\n', text.Split('\n').Select((line, i) => ((i == 0 ? first : others) + line).TrimEnd()));

    /// <summary>
    /// A link that is its own paragraph gets its URL on the next line: some mail programs would take a bracket after a URL
    /// as part of it.
    /// </summary>
    string? Alone(IReadOnlyList<Inline> words) =>
        words is [{ Kind: InlineKind.Link }, .., { Kind: InlineKind.EndLink, Title: "" } end]
        && words.Count(i => i.Kind == InlineKind.EndLink) == 1
        && TextOf([.. words.Skip(1).SkipLast(1)]) is { Length: > 0 } text
        && text != Address(end.Url)
            ? $"{text}\n{Address(end.Url)}"
            : null;

    string TextOf(IReadOnlyList<Inline> words)
    {
        var text = new StringBuilder();
        var link = 0;
        foreach (var inline in words)
            switch (inline.Kind)
            {
                case InlineKind.Text or InlineKind.Code: text.Append(inline.Text); break;
                case InlineKind.Address: text.Append(Addresses.WithMarksEscaped(inline.Text)); break;
                case InlineKind.Break: text.Append('\n'); break;
                // Without the marks, a struck-out price would look valid.
                case InlineKind.Open or InlineKind.Close when inline.Text == "del": text.Append("~~"); break;
                case InlineKind.Open or InlineKind.Close when inline.Text == Inline.Spoiler: text.Append("||"); break;
                case InlineKind.Link: link = text.Length; break;
                case InlineKind.EndLink: Link(link, inline); break;
                case InlineKind.Picture:
                    link = text.Length;
                    text.Append(inline.Text);
                    Link(link, inline);
                    break;
            }
        return text.ToString().Trim();

        void Link(int from, Inline end)
        {
            var shown = text.ToString(from, text.Length - from);
            if (shown.Trim().Length == 0) text.Append(Address(end.Url));
            else if (shown != Address(end.Url)) text.Append(" (").Append(Address(end.Url)).Append(')');
            if (end.Title.Length > 0) text.Append(" (").Append(end.Title).Append(')');
        }
    }

    string Address(string url) => Addresses.WithMarksEscaped(Addresses.IsOwn(url) ? root + url[1..] : url);
}
