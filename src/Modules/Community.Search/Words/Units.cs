using System.Globalization;
using System.Text;

namespace Community.Search;

/// <summary>What a unit is: a word of a script with spaces, one letter of a script without, or one sign (☕, the degree of ℃).</summary>
public enum UnitKind { Word, Letter, Sign }

/// <summary>The smallest piece of a text that search compares.</summary>
/// <param name="Text">Folded, see <see cref="FoldedText"/>.</param>
/// <param name="Suffix">The # or + that belongs to a word: of C# and C++. Empty for none.</param>
/// <param name="Kind">What it is.</param>
/// <param name="From">Where it begins in the text as written.</param>
/// <param name="To">Where it ends there.</param>
/// <param name="Glued">Whether nothing but perhaps a line's end stands between it and the unit before.</param>
public readonly record struct Unit(string Text, string Suffix, UnitKind Kind, int From, int To, bool Glued);

/// <summary>
/// Cuts a text into units, the same for posts and for what is typed to find them. All else (spaces, punctuation) only separates.
/// </summary>
public static class Units
{
    /// <summary>Of longer words, such as keys and addresses, this much is compared.</summary>
    const int MaxWordLength = 64;

    static readonly string?[] letters = new string?[0x10000];

    public static List<Unit> Of(string text)
    {
        var folded = FoldedText.Of(text);
        var units = new List<Unit>(folded.Length);
        // What stands between this unit and the one before: nothing, one line's end, or something else.
        var (between, newlines) = (false, 0);
        for (var at = 0; at < folded.Length;)
        {
            var rune = folded[at];
            if (KindOf(rune) is not { } kind)
            {
                if (rune.Value == '\n') newlines++;
                else between = true;
                at++;
                continue;
            }
            var glued = units.Count > 0 && !between
                && (newlines == 0 || (newlines == 1 && kind is UnitKind.Letter && units[^1].Kind is UnitKind.Letter));
            (between, newlines) = (false, 0);
            if (kind is UnitKind.Word) at = AddWord(folded, at, glued, units);
            else
            {
                var (from, to) = folded.Place(at++);
                units.Add(new(TextOf(rune), "", kind, from, to, glued));
            }
        }
        return units;
    }

    static int AddWord(FoldedText folded, int start, bool glued, List<Unit> units)
    {
        var end = start;
        var text = new StringBuilder();
        while (end < folded.Length && KindOf(folded[end]) is UnitKind.Word)
        {
            if (text.Length < MaxWordLength) text.Append(folded[end].ToString());
            end++;
        }
        var last = end;
        while (last < folded.Length && folded[last].Value is '#' or '+') last++;
        var suffix = last > end && (last == folded.Length || KindOf(folded[last]) is not UnitKind.Word)
            ? string.Concat(Enumerable.Range(end, Math.Min(last - end, 2)).Select(i => folded[i].ToString()))
            : "";
        if (suffix.Length == 0) last = end;
        units.Add(new(text.ToString(), suffix, UnitKind.Word, folded.Place(start).From, folded.Place(last - 1).To, glued));
        return last;
    }

    static string TextOf(Rune rune) => rune.IsBmp ? letters[rune.Value] ??= rune.ToString() : rune.ToString();

    /// <summary>Null for what only separates.</summary>
    static UnitKind? KindOf(Rune rune)
    {
        var value = rune.Value;
        if (value < 0x80) return char.IsAsciiLetterOrDigit((char)value) ? UnitKind.Word : null;
        if (IsOfScriptWithoutSpaces(value)) return UnitKind.Letter;
        return Rune.GetUnicodeCategory(rune) switch
        {
            <= UnicodeCategory.OtherLetter => UnitKind.Word,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => UnitKind.Word,
            UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark => UnitKind.Word,
            UnicodeCategory.OtherSymbol or UnicodeCategory.MathSymbol or UnicodeCategory.CurrencySymbol => UnitKind.Sign,
            UnicodeCategory.ModifierSymbol => UnitKind.Sign,
            _ => null,
        };
    }

    // Han, kana, bopomofo, Hangul (whose words carry their particles), Yi, Thai, Lao, Tibetan, Burmese, Khmer.
    static bool IsOfScriptWithoutSpaces(int value) => value
        is >= 0x3041 and <= 0x3096 or >= 0x4E00 and <= 0x9FFF or 0x30FC or 0x3005 or 0x3006 or 0x3007 or >= 0x309D and <= 0x309F
        or >= 0x30F7 and <= 0x30FF and not 0x30FB
        or >= 0x3400 and <= 0x4DBF or >= 0xF900 and <= 0xFAFF or >= 0x20000 and <= 0x3FFFF or >= 0xAC00 and <= 0xD7A3
        or >= 0x1100 and <= 0x11FF or >= 0x3105 and <= 0x318F or >= 0xA000 and <= 0xA48F
        or >= 0x0E01 and <= 0x0E3A or >= 0x0E40 and <= 0x0E4E or >= 0x0E81 and <= 0x0ECD or >= 0x0F40 and <= 0x0FBC
        or >= 0x1000 and <= 0x103F or >= 0x1780 and <= 0x17D3;
}
