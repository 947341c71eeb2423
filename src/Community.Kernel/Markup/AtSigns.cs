using System.Text;

namespace Community.Kernel;

/// <summary>An at sign behind which a name may stand.</summary>
/// <param name="At">Its position in the text.</param>
/// <param name="Url">The target of the link whose words begin with it; null outside of links.</param>
public sealed record AtSign(int At, string? Url);

/// <summary>
/// Finds the at signs of a text that may mention somebody: at the beginning of a word, and neither in code nor in a quotation, an address
/// or the words of a link. The reader of Markdown decides it: each sign gets a number made of two letters that mean nothing to it
/// (<see cref="Addresses.IsMark"/>), and it is looked where the numbers come out.
/// </summary>
public static class AtSigns
{
    const char Zero = '\uE0F0', One = '\uE0F1';

    /// <summary>Signs that are looked at; those behind them stay what they are.</summary>
    public const int Max = 128;
    const int Bits = 7;

    public static IReadOnlyList<AtSign> In(string markdown)
    {
        if (markdown.AsSpan().IndexOfAny('@', '＠') < 0 || markdown.AsSpan().IndexOfAny(Zero, One) >= 0) return [];
        var places = new List<int>();
        for (var i = 0; i < markdown.Length && places.Count < Max; i++)
            if (markdown[i] is '@' or '＠' && Begins(markdown, i)) places.Add(i);
        if (places.Count == 0) return [];
        var numbered = new StringBuilder(markdown.Length + places.Count * Bits);
        var done = 0;
        foreach (var (n, place) in places.Index())
        {
            numbered.Append(markdown, done, place + 1 - done);
            for (var bit = Bits - 1; bit >= 0; bit--) numbered.Append((n >> bit & 1) == 0 ? Zero : One);
            done = place + 1;
        }
        numbered.Append(markdown, done, markdown.Length - done);
        var found = new SortedDictionary<int, AtSign>();
        Look(new BlockReader().Read(numbered.ToString()), places, found);
        return [.. found.Values];
    }

    // "anna@example.com", "/@anna" and "\@anna" mention nobody; behind a kanji, which sets no spaces, a word may begin.
    static bool Begins(string text, int at) =>
        at + 1 < text.Length
        && !char.IsWhiteSpace(text[at + 1])
        && (at == 0 || (text[at - 1] is var before
            && !(char.IsLetterOrDigit(before) && !Flanks.IsCjk(before))
            && before is not ('.' or '_' or '-' or '+' or '/' or '\\' or '@' or '＠')));

    static void Look(IEnumerable<Block> blocks, List<int> places, SortedDictionary<int, AtSign> found)
    {
        foreach (var block in blocks)
            switch (block)
            {
                case Paragraph paragraph: Look(paragraph.Content, places, found); break;
                case Heading heading: Look(heading.Content, places, found); break;
                case ItemList list: Look(list.Items.SelectMany(i => i.Blocks), places, found); break;
                case Table table:
                    foreach (var cell in table.Rows.SelectMany(row => row)) Look(cell, places, found);
                    break;
            }
    }

    static void Look(IReadOnlyList<Inline> words, List<int> places, SortedDictionary<int, AtSign> found)
    {
        // The place at which the words of the link begin, if that is an at sign.
        var (inLink, begins, first) = (false, -1, false);
        foreach (var inline in words)
            switch (inline.Kind)
            {
                case InlineKind.Link: (inLink, begins, first) = (true, -1, true); break;
                case InlineKind.EndLink:
                    if (begins >= 0) found[begins] = new(places[begins], inline.Url);
                    inLink = false;
                    break;
                case InlineKind.Text when inLink:
                    if (first && inline.Text[0] is '@' or '＠' && NumberAt(inline.Text, 1) is { } n && n < places.Count) begins = n;
                    first = false;
                    break;
                case InlineKind.Text:
                    for (var i = 0; i < inline.Text.Length; i++)
                        if (inline.Text[i] is '@' or '＠' && NumberAt(inline.Text, i + 1) is { } number && number < places.Count)
                            found[number] = new(places[number], null);
                    break;
            }
    }

    static int? NumberAt(string text, int at)
    {
        if (at + Bits > text.Length) return null;
        var number = 0;
        foreach (var c in text.AsSpan(at, Bits))
        {
            if (!Addresses.IsMark(c)) return null;
            number = number * 2 + (c == One ? 1 : 0);
        }
        return number;
    }
}
