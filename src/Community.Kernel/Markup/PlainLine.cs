using System.Text;

namespace Community.Kernel;

/// <summary>
/// Writes blocks as one line for a list: the words without formatting. Quoted text is used only if there is nothing else.
/// </summary>
static class PlainLine
{
    public static string Write(IReadOnlyList<Block> blocks)
    {
        var own = TextOf(blocks, quoted: false);
        return own.Length > 0 ? own : TextOf(blocks, quoted: true);
    }

    static string TextOf(IReadOnlyList<Block> blocks, bool quoted)
    {
        var text = new StringBuilder();
        Append(text, blocks, quoted);
        return string.Join(' ', text.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    static void Append(StringBuilder text, IReadOnlyList<Block> blocks, bool quoted)
    {
        foreach (var block in blocks)
            switch (block)
            {
                case Paragraph paragraph: Append(text, paragraph.Content); break;
                case Heading heading: Append(text, heading.Content); break;
                case Code code: text.Append(code.Name).Append(' ').Append(code.Text).Append(' '); break;
                case ItemList list: Append(text, [.. list.Items.SelectMany(i => i.Blocks)], quoted); break;
                case Table table:
                    foreach (var cell in table.Rows.SelectMany(row => row)) Append(text, cell);
                    break;
                case Quotation quotation when quoted: Append(text, quotation.Blocks, quoted); break;
            }
    }

    static void Append(StringBuilder text, IReadOnlyList<Inline> words)
    {
        foreach (var inline in words)
            text.Append(inline.Kind switch
            {
                InlineKind.Text or InlineKind.Code or InlineKind.Address => inline.Text,
                InlineKind.Break => " ",
                InlineKind.Picture => inline.Text.Length > 0 ? inline.Text : inline.Url,
                _ => "",
            });
        text.Append(' ');
    }
}
