using System.Globalization;
using System.Text;

namespace Community.Kernel;

/// <summary>
/// Which delimiter runs may open and close emphasis, by the adjacent characters: the rules of CommonMark, adapted to Japanese, Chinese and
/// Korean as in commonmark-cjk-friendly. Those scripts have no spaces between words, so a bracket inside the delimiters counts as a
/// letter.
/// </summary>
static class Flanks
{
    public static (bool CanOpen, bool CanClose) Of(string text, int start, int end)
    {
        var (before, after) = (Before(text, start), After(text, end));
        if (text[start] == '_')
            return Underscore(text, start, end, before, after);
        if (text[start] == '*' && end - start <= 2 && Rune.IsDigit(before) && Rune.IsDigit(after))
            return (false, false);
        if (end - start == 1 && text[start] == '*' && (IsProduct(before, after) || IsFace(before, after) || IsNote(text, end, before)))
            return (false, false);
        return (Touches(after, before), Touches(before, after));

        static bool Touches(Rune inner, Rune outer) =>
            !IsSpace(inner) && (!IsForeignSign(inner) || IsSpace(outer) || IsForeignSign(outer) || IsCjk(outer.Value));
    }

    /// <summary>As in 3*x + 2*y. With digits on both sides (2*3*4, 2**10) a run of two is no emphasis either.</summary>
    static bool IsProduct(Rune before, Rune after) => Rune.IsDigit(before) && after.IsAscii && Rune.IsLetter(after);

    /// <summary>
    /// A footnote number after a word, as in 送料*1は: one or two digits that do not form a word with what follows, as in *5月* or *1つ*.
    /// </summary>
    static bool IsNote(string text, int at, Rune before)
    {
        if (!IsWord(before) && before.Value is not (')' or '）' or '」' or '』' or '】')) return false;
        var end = at;
        while (end < text.Length && end - at < 3 && char.IsDigit(text[end]))
            end++;
        if (end - at is not (1 or 2))
            return false;
        return end == text.Length
            || char.IsWhiteSpace(text[end])
            || text[end] is (>= 'ぁ' and <= 'ゖ' and not 'つ') or '、' or '。' or ')' or '）' or '」' or '』' or '】'
            || (text[end] is ',' or '.' or ';' && (end + 1 == text.Length || char.IsWhiteSpace(text[end + 1])));
    }

    /// <summary>As in (*^_^*).</summary>
    static bool IsFace(Rune before, Rune after) =>
        (before.Value is '(' or '（' && !IsWord(after)) || (after.Value is ')' or '）' && !IsWord(before));

    /// <summary>Emphasis only around whole words, because file names and faces such as (^_^) are full of underscores.</summary>
    static (bool, bool) Underscore(string text, int start, int end, Rune before, Rune after)
    {
        while (end < text.Length && text[end] is '*' or '~') after = After(text, ++end);
        while (start > 0 && text[start - 1] is '*' or '~') before = Before(text, --start);
        var (inside, outside) = (IsWord(after), IsWord(before));
        return (inside && !outside, outside && !inside);
    }

    static Rune Before(string text, int at) =>
        at == 0 ? new('\n')
        : Rune.DecodeLastFromUtf16(text.AsSpan(0, at), out var rune, out _) == System.Buffers.OperationStatus.Done ? rune
        : Rune.ReplacementChar;

    static Rune After(string text, int at) =>
        at == text.Length ? new('\n')
        : Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out _) == System.Buffers.OperationStatus.Done ? rune
        : Rune.ReplacementChar;

    static bool IsWord(Rune c) => Rune.IsLetterOrDigit(c) || (c.IsBmp && Addresses.IsMark((char)c.Value));
    static bool IsSpace(Rune c) => Rune.IsWhiteSpace(c);

    static bool IsForeignSign(Rune c) =>
        Rune.GetUnicodeCategory(c) is >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherSymbol && !IsCjk(c.Value);

    /// <summary>Wide, full-width and half-width characters (UAX 11) and all of Hangul, but not emoji.</summary>
    public static bool IsCjk(int c) =>
        c
            is (>= 0x1100 and <= 0x11FF)
                or 0x20A9
                or 0x2329
                or 0x232A
                or (>= 0x2E80 and <= 0x303E)
                or (>= 0x3041 and <= 0xA4CF)
                or (>= 0xA960 and <= 0xA97F)
                or (>= 0xAC00 and <= 0xD7FF)
                or (>= 0xF900 and <= 0xFAFF)
                or (>= 0xFE10 and <= 0xFE19)
                or (>= 0xFE30 and <= 0xFE6F)
                or (>= 0xFF01 and <= 0xFFEE)
                or (>= 0x16FE0 and <= 0x18DFF)
                or (>= 0x1AFF0 and <= 0x1B2FF)
                or (>= 0x1F200 and <= 0x1F265)
                or (>= 0x20000 and <= 0x3FFFD);
}
