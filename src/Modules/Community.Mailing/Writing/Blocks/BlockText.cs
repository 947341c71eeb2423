using Community.Kernel;

namespace Community.Mailing;

/// <summary>Writes blocks as plain text: the part for those who read mail without HTML.</summary>
/// <param name="fields">Values are put in later, at the marks of their fields.</param>
sealed class BlockText(MergeFields fields)
{
    public static string Write(IReadOnlyList<MailBlock> blocks, MergeFields fields) =>
        string.Join("\n\n", blocks.Select(new BlockText(fields).Of).Where(text => text.Length > 0));

    string Of(MailBlock block) => block.Kind switch
    {
        BlockKind.Heading => $"■ {fields.Mark(block.Text)}",
        BlockKind.Text => Markdown(block.Text),
        BlockKind.Picture => Picture(block),
        BlockKind.Button => Link(block.Label, block.Url),
        BlockKind.Divider => new string('-', 40),
        BlockKind.Page => Lines(fields.Mark(block.Label), Markdown(block.Text), Address(block.Url)),
        BlockKind.Columns => string.Join("\n\n", block.Columns.Select(c => Lines(Picture(c), Markdown(c.Text), Link(c.Label, c.Url)))),
        _ => "",
    };

    string Markdown(string text) => text.Length == 0 ? "" : Markup.ToText(fields.Mark(text), MergeFields.SiteUrlMark);

    string Picture(MailBlock block)
    {
        if (block.Picture is null) return "";
        var leads = block.Kind == BlockKind.Picture ? Address(block.Url) : "";
        return block.Alt.Length == 0 ? leads : Lines($"[{fields.Mark(block.Alt)}]", leads);
    }

    string Link(string label, string url) =>
        label.Length > 0 && Address(url) is { Length: > 0 } address ? $"{fields.Mark(label)}\n{address}" : "";

    string Address(string typed) => fields.MarkAddress(typed) ?? "";

    static string Lines(params string[] lines) => string.Join('\n', lines.Where(l => l.Length > 0));
}
