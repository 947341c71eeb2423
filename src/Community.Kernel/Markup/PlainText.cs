using System.Text;
using Markdig.Extensions.Tables;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Community.Kernel;

/// <summary>Writes Markdown as people write plain text: paragraphs with an empty line between, lists with their marks, quotes with &gt;.</summary>
static class PlainText
{
    public static string Write(MarkdownDocument document) => Blocks(document, "\n\n");

    static string Blocks(ContainerBlock blocks, string between) =>
        string.Join(between, blocks.Select(Block).Where(text => text.Length > 0));

    static string Block(Block block) => block switch
    {
        ThematicBreakBlock => "----------",
        CodeBlock code => Indent(code.Lines.ToString().TrimEnd(), "    ", "    "),
        // On a line of its own: some mail programs would take a bracket behind an address for a part of it.
        LeafBlock { Inline: { FirstChild: LinkInline { IsAutoLink: false, NextSibling: null, Url.Length: > 0 } link } } when Inlines(link) is { Length: > 0 } words && words != link.Url => $"{words}\n{link.Url}",
        LeafBlock leaf => leaf.Inline is null ? "" : Inlines(leaf.Inline).Trim(),
        ListBlock list => string.Join(list.IsLoose ? "\n\n" : "\n", list.OfType<ListItemBlock>().Select((item, i) => Item(item, list.IsOrdered ? $"{item.Order}. " : "- "))),
        QuoteBlock quote => Indent(Blocks(quote, "\n\n"), "> ", "> "),
        Table table => string.Join('\n', table.OfType<TableRow>().Select(row => string.Join(" | ", row.OfType<TableCell>().Select(cell => Blocks(cell, " "))))),
        ContainerBlock other => Blocks(other, "\n\n"),
        _ => "",
    };

    static string Item(ListItemBlock item, string mark) => Indent(Blocks(item, ((ListBlock)item.Parent!).IsLoose ? "\n\n" : "\n"), mark, new string(' ', mark.Length));

    static string Indent(string text, string first, string others) =>
        string.Join('\n', text.Split('\n').Select((line, i) => ((i == 0 ? first : others) + line).TrimEnd()));

    static string Inlines(ContainerInline inlines)
    {
        var text = new StringBuilder();
        foreach (var inline in inlines) text.Append(Inline(inline));
        return text.ToString();
    }

    static string Inline(Inline inline) => inline switch
    {
        LiteralInline literal => literal.Content.ToString(),
        CodeInline code => code.Content,
        LineBreakInline => "\n",
        AutolinkInline link => link.Url,
        HtmlEntityInline entity => entity.Transcoded.ToString(),
        LinkInline { IsAutoLink: true } link => link.Url ?? "",
        LinkInline link => Link(Inlines(link), link.Url ?? ""),
        ContainerInline container => Inlines(container),
        _ => "",
    };

    static string Link(string words, string url) => url.Length == 0 ? words : words.Length == 0 || words == url ? url : $"{words} ({url})";
}
