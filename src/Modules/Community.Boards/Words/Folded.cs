using System.Globalization;
using System.Text;
using Community.Kernel;

namespace Community.Boards;

/// <summary>
/// A text in the form in which words are compared: full and half width (NFKC), hiragana and katakana, upper and lower case are one, and
/// invisible characters are gone. It knows where each character stood.
/// </summary>
sealed class Folded
{
    readonly List<int> from;
    readonly string original;

    public string Text { get; }

    Folded(string original, string text, List<int> from) => (this.original, Text, this.from) = (original, text, from);

    /// <summary>The part of the original text behind a part of the folded one.</summary>
    public (int Start, int End) Original(int start, int length)
    {
        var last = from[start + length - 1];
        return (from[start], last + StringInfo.GetNextTextElementLength(original, last));
    }

    public static Folded Of(string text)
    {
        text = Characters.Legible(text);
        var folded = new StringBuilder(text.Length);
        var from = new List<int>(text.Length);
        for (var at = 0; at < text.Length;)
        {
            var length = StringInfo.GetNextTextElementLength(text, at);
            if (length == 1 && text[at] < 128) Add(char.ToLowerInvariant(text[at]), at);
            else
                foreach (var c in Normal(text.Substring(at, length)))
                    if (!Naming.IsIgnorable(c)) Add(Hiragana(c), at);
            at += length;
        }
        return new(text, folded.ToString(), from);

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
        string.Concat(expression.Select(c => c is >= '０' and <= '９' or >= 'Ａ' and <= 'Ｚ' or >= 'ａ' and <= 'ｚ'
            ? (char)(c - 0xFEE0) : Hiragana(c)));

    static string Normal(string element) => Characters.Normal(element, NormalizationForm.FormKC).ToLowerInvariant();

    static char Hiragana(char c) => c is >= 'ァ' and <= 'ヶ' ? (char)(c - 0x60) : c;
}
