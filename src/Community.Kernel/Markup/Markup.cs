using System.Globalization;
using System.Text;

namespace Community.Kernel;

/// <summary>
/// Markdown as members and staff write it: CommonMark with tables, strike-through and bare addresses, made so that no word is lost and
/// nothing that is no Markdown is taken for it (docs/decisions/0015). HTML is shown as text; links lead to http, https, mailto, tel or into
/// the site; a picture is a file of the site or of a theme (see <see cref="Pictures"/>), every other becomes a link.
/// Takes time by the length of the text alone.
/// </summary>
public static class Markup
{
    /// <summary>Moves when the same text would give other HTML: stored HTML of an older version is rendered anew.</summary>
    public const int Version = 5;

    /// <summary>
    /// A name as it is, where Markdown would make something else of it (CommonMark 2.4: any ASCII punctuation may be escaped).
    /// </summary>
    public static string Literal(string name) =>
        string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c > 127 || c is ' ' or '(' ? c.ToString() : "\\" + c));

    /// <summary>For our own pages.</summary>
    public static string ToHtml(string markdown) => HtmlWriter.Write(Blocks(markdown));

    /// <summary>For a mail.</summary>
    /// <param name="link">Colour of links.</param>
    /// <param name="root">The site's own address, with a slash at its end: what a link within the site leads to.</param>
    public static string ToMail(string markdown, string link, string root) => HtmlWriter.Write(Blocks(markdown), new MailStyle(link, root));

    /// <summary>Plain text: links as "words (address)".</summary>
    /// <param name="root">See <see cref="ToMail"/>.</param>
    public static string ToText(string markdown, string root = "/") => PlainText.Write(Blocks(markdown), root).TrimEnd().TrimStart('\n');

    /// <summary>
    /// The words alone, on one line, without the marks of Markdown; cut at <paramref name="most"/> characters, between words where words
    /// have spaces.
    /// </summary>
    public static string ToLine(string markdown, int most)
    {
        var text = PlainLine.Write(Blocks(markdown));
        // A character may be made of many (a family of four: eleven); of more than sixteen each, the rest is not looked at.
        var start = text.Length > most * 16 ? Truncate.To(most * 16, text) : text;
        var info = new StringInfo(start);
        if (info.LengthInTextElements <= most) return start.Length == text.Length ? text : start + "…";
        var line = info.SubstringByTextElements(0, most - 1);
        // Words of Chinese and Japanese have no spaces between them, and are cut where the line ends.
        var inWord = IsOfSpacedWord(line[^1]) && IsOfSpacedWord(text[line.Length]);
        if (inWord && line.LastIndexOf(' ') is var space && space > line.Length / 2) line = line[..space];
        return line.TrimEnd(' ', '.', ',', ';', ':', '、', '。') + "…";
    }

    // The scripts before those of East Asia (U+2E80) put spaces between words.
    static bool IsOfSpacedWord(char c) => c < '\u2E80' && !char.IsWhiteSpace(c);

    /// <summary>The text is nested so deep that a part is shown as it was typed. Who writes is told before it is published.</summary>
    public static bool IsTooDeep(string markdown)
    {
        var reader = new BlockReader();
        reader.Read(markdown);
        return reader.IsTooDeep;
    }

    /// <summary>Addresses that links were meant to lead to and cannot; they are shown as they were typed.</summary>
    public static IReadOnlyList<string> Unlinked(string markdown)
    {
        var reader = new BlockReader();
        reader.Read(markdown);
        return [.. reader.Unlinked.Where(Addresses.LooksLikeOne).Distinct()];
    }

    /// <summary>The text shows a reader something. Blank characters, empty items and empty quotations do not.</summary>
    public static bool Shows(string markdown) => Blocks(markdown).Exists(Shows);

    static bool Shows(Block block) => block switch
    {
        Paragraph paragraph => Shows(paragraph.Words),
        Heading heading => Shows(heading.Words),
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

    // What stands for nobody may still say something: private use holds the emoji of older Japanese telephones.
    internal static bool IsSeen(string text) =>
        text.EnumerateRunes().Any(c => Naming.Shows(c) || Rune.GetUnicodeCategory(c) is UnicodeCategory.PrivateUse);

    static List<Block> Blocks(string markdown) => new BlockReader().Read(markdown);
}
