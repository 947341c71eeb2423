using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Community.Kernel;

namespace Community.Boards;

/// <summary>
/// A text in the form in which words are compared: full and half width (NFKC), hiragana and katakana, upper and lower case are one, and
/// invisible characters are gone. It knows where each character stood.
/// </summary>
sealed partial class Folded
{
    readonly List<int> from;
    readonly string original;

    public string Text { get; }

    Folded(string original, string text, List<int> from) => (this.original, Text, this.from) = (original, text, from);

    /// <summary>The part of the original text behind a part of the folded one.</summary>
    public (int Start, int End) Original(int start, int length)
    {
        var last = from[start + length - 1];
        return (from[start], last + LengthAt(original, last));
    }

    public static Folded Of(string text)
    {
        text = Characters.Legible(text);
        var folded = new StringBuilder(text.Length);
        var from = new List<int>(text.Length);
        for (var at = 0; at < text.Length;)
        {
            var length = LengthAt(text, at);
            if (length == 1 && text[at] < 128) Add(char.ToLowerInvariant(text[at]), at);
            else
                AddElement(Normal(text.Substring(at, length)), at);
            at += length;
        }
        return new(text, folded.ToString(), from);

        void AddElement(string element, int at)
        {
            var isWide = element.Length > 0 && element[0] >= '\u2E80';
            foreach (var rune in element.EnumerateRunes())
                if (!Naming.IsIgnorable(rune.Value) && !IsDecoration(rune.Value, isWide))
                    foreach (var c in rune.ToString()) Add(Hiragana(c), at);
        }

        void Add(char c, int at)
        {
            folded.Append(c);
            from.Add(at);
        }
    }

    /// <summary>
    /// The same for a regular expression, whose letters and kana are folded one by one: more would change signs that have a meaning there,
    /// and <c>\W</c> is not <c>\w</c>.
    /// </summary>
    public static string Pattern(string expression) =>
        string.Concat(Escaped().Replace(HalfWidth().Replace(expression, m => Normal(m.Value)), KanaOf)
            .Select(c => c is >= '０' and <= '９' or >= 'Ａ' and <= 'Ｚ' or >= 'ａ' and <= 'ｚ' ? (char)(c - 0xFEE0) : Hiragana(c)));

    static string KanaOf(Match code)
    {
        var c = (char)int.Parse(code.Groups[2].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return Hiragana(c) == c ? code.Value : $"{code.Groups[1].Value}\\u{(int)Hiragana(c):X4}";
    }

    [GeneratedRegex("[\uFF66-\uFF9F]+")]
    private static partial Regex HalfWidth();

    // Behind an even number of backslashes.
    [GeneratedRegex(@"(?<!\\)((?:\\\\)*)\\u([0-9A-Fa-f]{4})")]
    private static partial Regex Escaped();

    /// <summary>
    /// What strikes a letter through or surrounds it, by which words are disguised; on kanji and kana any mark but those of sound. Accents
    /// make other words: "ano", "año".
    /// </summary>
    static bool IsDecoration(int mark, bool isWide) =>
        mark is >= 0x0334 and <= 0x0338 or >= 0x20D0 and <= 0x20FF || (isWide && mark is >= 0x0300 and <= 0x036F);

    /// <summary>With a sound mark of its own behind kana, which is meant as the one that combines.</summary>
    static int LengthAt(string text, int at)
    {
        var length = StringInfo.GetNextTextElementLength(text, at);
        var isSound = text[at] is >= '\u3041' and <= '\u30FE' && at + length < text.Length && text[at + length] is '゛' or '゜';
        return isSound ? length + 1 : length;
    }

    static string Normal(string element) =>
        Characters.Normal(
            element.Length > 1 ? element.Replace('゛', '\u3099').Replace('゜', '\u309A') : element, NormalizationForm.FormKC)
            .ToLowerInvariant();

    static char Hiragana(char c) => c switch
    {
        >= 'ァ' and <= 'ヶ' => (char)(c - 0x60),
        // As telephones write it's.
        '’' => '\'',
        _ => c,
    };
}
