using System.Text;

namespace Community.Kernel;

/// <summary>
/// Writes blocks as one line for a list: the words without formatting. Quoted text is used only if there is nothing else.
/// </summary>
/// <param name="line">What stands for a line break.</param>
/// <param name="block">What stands behind a block.</param>
/// <param name="all">Quoted and hidden text, too.</param>
sealed class PlainLine(string line, string block, bool all = false)
{
    /// <summary>Stands for a member's picture that nobody has described.</summary>
    public const string Picture = "\U0001F5BC";

    public static string Write(IReadOnlyList<Block> blocks) =>
        string.Join(' ', new PlainLine(" ", " ").TextOf(blocks).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>The same with line breaks, and an empty line between blocks.</summary>
    public static string WriteLines(IReadOnlyList<Block> blocks) => new PlainLine("\n", "\n\n").TextOf(blocks).Trim();

    /// <summary>The same with what is quoted and hidden.</summary>
    public static string WriteAll(IReadOnlyList<Block> blocks) => new PlainLine("\n", "\n\n", true).TextOf(blocks).Trim();

    string TextOf(IReadOnlyList<Block> blocks)
    {
        var text = new StringBuilder();
        Append(text, blocks, quoted: all);
        if (string.IsNullOrWhiteSpace(text.ToString())) Append(text.Clear(), blocks, quoted: true);
        return text.ToString();
    }

    void Append(StringBuilder text, IReadOnlyList<Block> blocks, bool quoted)
    {
        foreach (var one in blocks)
            switch (one)
            {
                case Paragraph paragraph: Append(text, paragraph.Content); break;
                case Heading heading: Append(text, heading.Content); break;
                case Code code: text.Append(code.Name).Append(' ').Append(code.Text).Append(block); break;
                case ItemList list: Append(text, [.. list.Items.SelectMany(i => i.Blocks)], quoted); break;
                case Table table:
                    foreach (var cell in table.Rows.SelectMany(row => row)) Append(text, cell);
                    break;
                case Quotation quotation when quoted: Append(text, quotation.Blocks, quoted); break;
            }
    }

    void Append(StringBuilder text, IReadOnlyList<Inline> words)
    {
        // A list tells nothing that the text hides.
        var hidden = 0;
        foreach (var inline in words)
            if (inline is { Text: Inline.Spoiler, Kind: InlineKind.Open or InlineKind.Close })
            {
                if (all) continue;
                if (inline.Kind is InlineKind.Open && hidden++ == 0) text.Append('…');
                else if (inline.Kind is InlineKind.Close) hidden--;
            }
            else if (hidden == 0)
                text.Append(inline.Kind switch
                {
                    InlineKind.Text or InlineKind.Code or InlineKind.Address => inline.Text,
                    InlineKind.Break => line,
                    InlineKind.Picture =>
                        inline.Text.Length > 0 ? inline.Text : Pictures.SizeOf(inline.Url) is null ? inline.Url : Picture,
                    _ => "",
                });
        text.Append(block);
    }
}
