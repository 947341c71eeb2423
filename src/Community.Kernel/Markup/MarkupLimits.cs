using Markdig;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Community.Kernel;

/// <summary>
/// What Markdown may ask of the renderer. Its parsers take time by the square of the brackets, asterisks or table cells that stand
/// in one paragraph, and nest by recursion: 60,000 of them take seconds, a table of 10,000 columns minutes.
/// No text that a person means comes near these limits.
/// </summary>
static class MarkupLimits
{
    /// <summary>Each may be a paragraph or a list's entry of its own.</summary>
    const int MostLines = 3000;
    /// <summary>Quotes and lists inside each other.</summary>
    const int MostNesting = 24;
    /// <summary>Characters that may begin something, in one paragraph. Code has no limit: nothing is looked for in it.</summary>
    const int MostMarks = 400;
    /// <summary>Bars of tables in one paragraph, and in one of its lines.</summary>
    const int MostBars = 2000, MostBarsInLine = 60;
    /// <summary>Columns times rows.</summary>
    const int MostCells = 6000;

    // Finds paragraphs and code as the real one does, and looks for nothing inside: this takes time by the length alone.
    static readonly MarkdownPipeline blocks = Blocks();

    static MarkdownPipeline Blocks()
    {
        var builder = new MarkdownPipelineBuilder().DisableHtml();
        builder.InlineParsers.Clear();
        return builder.Build();
    }

    public static bool Allow(string markdown)
    {
        if (markdown.AsSpan().Count('\n') > MostLines || Nesting(markdown) > MostNesting) return false;
        try
        {
            return Markdown.Parse(markdown, blocks).Descendants<LeafBlock>().Where(b => b is not CodeBlock).All(Allow);
        }
        catch (ArgumentException) { return false; }
    }

    static bool Allow(LeafBlock block)
    {
        int marks = 0, bars = 0, inLine = 0, most = 0, lines = 1;
        foreach (var text in block.Inline?.Descendants<LiteralInline>() ?? [])
            foreach (var c in text.Content.AsSpan())
            {
                if (c == '\n') (lines, inLine) = (lines + 1, 0);
                else if (c == '|') (bars, most) = (bars + 1, Math.Max(most, ++inLine));
                else if (c is '[' or '*' or '_' or '~' or '`' or '<' or ':') marks++;
            }
        return marks <= MostMarks && bars <= MostBars && most <= MostBarsInLine && (bars == 0 || (most + 1) * lines <= MostCells);
    }

    static int Nesting(string markdown)
    {
        var most = 0;
        foreach (var line in markdown.AsSpan().EnumerateLines())
        {
            var (depth, digits) = (0, 0);
            foreach (var c in line)
            {
                if (c is '>' or '-' or '*' or '+' || (digits > 0 && c is '.' or ')')) (depth, digits) = (depth + 1, 0);
                else if (char.IsAsciiDigit(c)) digits++;
                else if (c is not (' ' or '\t')) break;
            }
            most = Math.Max(most, depth);
        }
        return most;
    }
}
