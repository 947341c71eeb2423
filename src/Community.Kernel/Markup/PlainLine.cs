using System.Text;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Community.Kernel;

/// <summary>
/// Writes Markdown as a line of a list shows it: the words without any marks. What is quoted stands there only where nothing else is said.
/// </summary>
static class PlainLine
{
    public static string Write(MarkdownDocument document)
    {
        var own = Words(document, quoted: false);
        return own.Length > 0 ? own : Words(document, quoted: true);
    }

    static string Words(MarkdownDocument document, bool quoted)
    {
        var text = new StringBuilder();
        foreach (var leaf in document.Descendants<LeafBlock>())
        {
            if (!quoted && IsQuoted(leaf)) continue;
            if (leaf.Inline is not null) Append(text, leaf.Inline);
            else if (leaf is CodeBlock code) text.Append(code.Lines);
            text.Append(' ');
        }
        return string.Join(' ', text.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    static bool IsQuoted(Block block)
    {
        for (var above = block.Parent; above is not null; above = above.Parent)
            if (above is QuoteBlock) return true;
        return false;
    }

    static void Append(StringBuilder text, ContainerInline inlines)
    {
        foreach (var inline in inlines)
            switch (inline)
            {
                case LiteralInline literal: text.Append(literal.Content); break;
                case CodeInline code: text.Append(code.Content); break;
                case LineBreakInline: text.Append(' '); break;
                case AutolinkInline link: text.Append(link.Url); break;
                case HtmlEntityInline entity: text.Append(entity.Transcoded); break;
                case LinkInline { FirstChild: null } link: text.Append(link.Url); break;
                case ContainerInline container: Append(text, container); break;
            }
    }
}
