using System.Buffers;
using System.Globalization;
using System.Text;

namespace Community.Kernel;

/// <summary>
/// Markdown as members and staff write it: CommonMark with tables, strike-through and bare URLs, adapted so that no word is lost and
/// plain text is not mistaken for Markdown (docs/decisions/0015). HTML is shown as text; links may go to http, https, mailto, tel or into
/// the site; a picture must be a file of the site or a theme (see <see cref="Pictures"/>), any other becomes a link.
/// The time depends only on the length of the text.
/// </summary>
public static class Markup
{
    /// <summary>Increase it when the same text gives different HTML: stored HTML of an older version is rendered again.</summary>
    public const int Version = 8;

    /// <summary>
    /// Escapes a name so that Markdown shows it unchanged (CommonMark 2.4: any ASCII punctuation may be escaped).
    /// </summary>
    public static string Literal(string name) =>
        string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c > 127 || c is ' ' or '(' ? c.ToString() : "\\" + c));

    /// <summary>For our own pages.</summary>
    public static string ToHtml(string markdown) => HtmlWriter.Write(Blocks(markdown));

    /// <summary>For a mail.</summary>
    /// <param name="link">The link colour.</param>
    /// <param name="root">The site's URL with a trailing slash, prefixed to links within the site.</param>
    public static string ToMail(string markdown, string link, string root) => HtmlWriter.Write(Blocks(markdown), new MailStyle(link, root));

    /// <summary>Plain text, with links as "words (URL)".</summary>
    /// <param name="root">See <see cref="ToMail"/>.</param>
    public static string ToText(string markdown, string root = "/") => PlainText.Write(Blocks(markdown), root).TrimEnd().TrimStart('\n');

    /// <summary>
    /// Only the words, on one line, without Markdown; truncated to <paramref name="most"/> characters, between words in scripts that
    /// use spaces.
    /// </summary>
    public static string ToLine(string markdown, int most) => LineOf(Blocks(markdown), most);

    /// <summary>What <see cref="ToHtml"/> and <see cref="ToLine"/> give, for one reading of the text.</summary>
    public static (string Html, string Line) ToHtmlAndLine(string markdown, int most)
    {
        var blocks = Blocks(markdown);
        return (HtmlWriter.Write(blocks), LineOf(blocks, most));
    }

    static string LineOf(IReadOnlyList<Block> blocks, int most)
    {
        var text = PlainLine.Write(blocks);
        // A grapheme may consist of many chars (a family of four: eleven); beyond sixteen each, the rest is not read.
        var start = text.Length > most * 16 ? Truncate.To(most * 16, text) : text;
        var info = new StringInfo(start);
        if (info.LengthInTextElements <= most) return start.Length == text.Length ? text : start + "…";
        var line = info.SubstringByTextElements(0, most - 1);
        // Chinese and Japanese have no spaces between words, and are cut exactly at the limit.
        var inWord = IsOfSpacedWord(line[^1]) && IsOfSpacedWord(text[line.Length]);
        if (inWord && line.LastIndexOf(' ') is var space && space > line.Length / 2) line = line[..space];
        return line.TrimEnd(' ', '.', ',', ';', ':', '、', '。') + "…";
    }

    /// <summary>
    /// Only the words, with line breaks, without Markdown: what a search looks through. Quoted text is left out unless there is nothing
    /// else.
    /// </summary>
    public static string ToWords(string markdown) => PlainLine.WriteLines(Blocks(markdown));

    /// <summary>All words that somebody may read, with line breaks, without Markdown: also those that are quoted or hidden.</summary>
    public static string ToAllWords(string markdown) => PlainLine.WriteAll(Blocks(markdown));

    // Scripts below the East Asian ones (U+2E80) put spaces between words.
    static bool IsOfSpacedWord(char c) => c < '\u2E80' && !char.IsWhiteSpace(c);

    /// <summary>True if the text is nested so deeply that a part is shown as typed. The writer is told before it is published.</summary>
    public static bool IsTooDeep(string markdown)
    {
        var reader = new BlockReader();
        reader.Read(markdown);
        return reader.IsTooDeep;
    }

    /// <summary>
    /// Where an address leads that was typed alone, as for a button: prefixed by <paramref name="root"/> if it is within the site, and
    /// escaped for an attribute where it has to be. Null if it is no valid target.
    /// </summary>
    /// <param name="typed">What was typed.</param>
    /// <param name="root">See <see cref="ToMail"/>.</param>
    public static string? Address(string typed, string root) =>
        Addresses.Meant(typed.Trim()) is not { } meant ? null
        : Addresses.IsOwn(meant) ? root + Addresses.Escaped(meant[1..])
        : Addresses.Escaped(meant);

    /// <summary>Intended link targets that are not valid; those links are shown as typed.</summary>
    public static IReadOnlyList<string> Unlinked(string markdown)
    {
        var reader = new BlockReader();
        reader.Read(markdown);
        return [.. reader.Unlinked.Where(Addresses.LooksLikeOne).Distinct()];
    }

    /// <summary>Whether the text has anything visible. Blank characters, empty items and empty quotations do not count.</summary>
    public static bool Shows(string markdown) =>
        // A letter begins nothing but words: most texts need not be read to know.
        (Rune.DecodeFromUtf16(markdown, out var first, out _) is OperationStatus.Done && Rune.IsLetter(first) && Naming.Shows(first))
        || Blocks(markdown).Exists(Shows);

    static bool Shows(Block block) => block switch
    {
        Paragraph paragraph => Shows(paragraph.Content),
        Heading heading => Shows(heading.Content),
        Code code => IsSeen(code.Name) || IsSeen(code.Text),
        Quotation quotation => quotation.Blocks.Any(Shows),
        ItemList list => list.Items.SelectMany(i => i.Blocks).Any(Shows),
        Table table => table.Rows.Any(row => row.Any(Shows)),
        _ => true,
    };

    static bool Shows(IReadOnlyList<Inline> words) =>
        words.Any(i =>
            i.Kind is InlineKind.Picture or InlineKind.EndLink
            || (i.Kind is InlineKind.Text or InlineKind.Code or InlineKind.Address && IsSeen(i.Text))
        );

    // Private-use characters count as visible: older Japanese telephones put their emoji there.
    internal static bool IsSeen(string text) =>
        text.EnumerateRunes().Any(c => Naming.Shows(c) || Rune.GetUnicodeCategory(c) is UnicodeCategory.PrivateUse);

    static List<Block> Blocks(string markdown) => new BlockReader().Read(markdown);
}
