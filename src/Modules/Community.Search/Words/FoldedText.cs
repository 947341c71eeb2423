using System.Globalization;
using System.Text;
using Community.Kernel;

namespace Community.Search;

/// <summary>
/// Text as search compares it: in normal form KC (UAX 15), without case, katakana as hiragana, Latin, Greek and Cyrillic letters without
/// accents. Each character knows from which characters of the text as written it came: ℃ becomes two, ｶﾞ becomes one.
/// </summary>
sealed class FoldedText
{
    /// <summary>Marks on one character; more are decoration (zalgo), and are ignored.</summary>
    const int MaxMarks = 8;

    readonly List<Rune> runes;
    readonly List<(int From, int To)> places;

    FoldedText(int length) => (runes, places) = (new(length), new(length));

    public int Length => runes.Count;
    public Rune this[int at] => runes[at];
    /// <summary>The characters of the text as written from which the folded character came.</summary>
    public (int From, int To) Place(int at) => places[at];

    public static FoldedText Of(string text)
    {
        var folded = new FoldedText(text.Length);
        for (var at = 0; at < text.Length;)
        {
            var c = text[at];
            if (at > 0 && IsLongVowel(text, at))
            {
                folded.Add(new Rune('ー'), at, ++at);
                continue;
            }
            var alone = at + 1 == text.Length || !Continues(text, at + 1);
            if (alone && Simple(c) is var simple and not '\0')
            {
                folded.Add(new Rune(simple), at, ++at);
                continue;
            }
            var end = EndOf(text, at, out var read);
            folded.AddSlow(text[at..read], at, end);
            at = end;
        }
        return folded;
    }

    void Add(Rune rune, int from, int to)
    {
        runes.Add(rune);
        places.Add((from, to));
    }

    /// <summary>
    /// A dash that stands for the sign of a long vowel, as keyboards and scanners confuse them: behind katakana; a hyphen only within them.
    /// </summary>
    static bool IsLongVowel(string text, int at) =>
        text[at] is '－' or '―' or '−' or '‐' or '–' or '—' or '─' or '-' && IsKatakana(text[at - 1])
        && (text[at] != '-' || (at + 1 < text.Length && IsKatakana(text[at + 1])));

    static bool IsKatakana(char c) => c is >= '\u30A1' and <= '\u30FA' or 'ー' or >= '\uFF66' and <= '\uFF9F';

    /// <summary>The folded form of the commonest characters; NUL for those that need more.</summary>
    static char Simple(char c) => c switch
    {
        >= 'A' and <= 'Z' => (char)(c | 0x20),
        > '\0' and < '\u0080' => c,
        >= '\u3041' and <= '\u3094' => c,
        // 一ヶ月, 一ケ月.
        'ゕ' or 'ヵ' => 'か',
        'ゖ' or 'ヶ' => 'け',
        >= '\u30A1' and <= '\u30F4' or '\u30FD' or '\u30FE' => (char)(c - 0x60),
        '\u30FC' or '\u3001' or '\u3002' => c,
        >= '\u4E00' and <= '\u9FFF' => c == '\u9AD9' ? '\u9AD8' : c,
        _ => '\0',
    };

    /// <summary>Whether the character belongs to the one before it: a mark, a sound mark, or a part of a Korean syllable.</summary>
    static bool Continues(string text, int at)
    {
        var c = text[at];
        if (c < '\u0300') return false;
        if (c is '\u309B' or '\u309C' or '\uFF9E' or '\uFF9F' or (>= '\u1160' and <= '\u11FF')) return true;
        if (c is >= '\u3040' and <= '\u9FFF' and not ('\u3099' or '\u309A')) return false;
        return CharUnicodeInfo.GetUnicodeCategory(text, at) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark;
    }

    /// <summary>Where the character that begins here ends, with its marks.</summary>
    /// <param name="text">The text.</param>
    /// <param name="at">Where it begins.</param>
    /// <param name="read">Where the marks end that count.</param>
    static int EndOf(string text, int at, out int read)
    {
        var end = at + LengthAt(text, at);
        read = end;
        for (var marks = 0; end < text.Length && Continues(text, end); marks++)
        {
            end += LengthAt(text, end);
            if (marks < MaxMarks) read = end;
        }
        return end;
    }

    static int LengthAt(string text, int at) => at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]) ? 2 : 1;

    void AddSlow(string written, int from, int to)
    {
        // A sound mark of its own (゜) is meant as the one that combines; normal form KC would put a space before it.
        var whole = written.Length > 1 ? written[0] + written[1..].Replace('\u309B', '\u3099').Replace('\u309C', '\u309A') : written;
        foreach (var rune in Characters.Normal(whole, NormalizationForm.FormKC).EnumerateRunes())
            foreach (var folded in Fold(rune).EnumerateRunes())
                if (!IsIgnored(folded)) Add(folded, from, to);
    }

    static string Fold(Rune rune)
    {
        var lower = Rune.ToLowerInvariant(rune);
        switch (lower.Value)
        {
            case >= 0x30A1 and <= 0x30F4 or 0x30FD or 0x30FE: return ((char)(lower.Value - 0x60)).ToString();
            // Forms of one character by which people write their names.
            case 0x9AD9: return "高";
            case 0xFA11: return "崎";
            case 0x20BB7: return "吉";
            case 'ß': return "ss";
            case 'æ': return "ae";
            case 'œ': return "oe";
            case 'ø': return "o";
            case 'ł': return "l";
            case 'đ': return "d";
            case 'ı' or 'İ': return "i";
            case 'ς': return "σ";
            case '\u2044': return "/";
        }
        if (lower.Value is < 0xC0 or (>= 0x0530 and < 0x1E00) or > 0x1FFF) return lower.ToString();
        var parts = Characters.Normal(lower.ToString(), NormalizationForm.FormD).EnumerateRunes();
        return string.Concat(parts.Where(r => Rune.GetUnicodeCategory(r) is not UnicodeCategory.NonSpacingMark).Select(r => r.ToString()));
    }

    // Invisible: joiners, variation selectors, directions, soft hyphens; accents that stand on none of the letters above; and the vowels of
    // Hebrew and Arabic, which hardly anybody types.
    static bool IsIgnored(Rune rune) =>
        rune.Value is >= 0x0591 and <= 0x05C7 and not (0x05BE or 0x05C0 or 0x05C3 or 0x05C6) or >= 0x064B and <= 0x0652 or 0x0640 or 0x0670
        || rune.Value is >= 0x0300 and <= 0x036F or >= 0xFE00 and <= 0xFE0F or >= 0xE0100 and <= 0xE01EF
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format;
}
