using System.Buffers;
using System.Text;

namespace Community.Kernel;

/// <summary>
/// Code points that represent no character: the noncharacters of Unicode (U+FDD0 to U+FDEF and the last two of each plane; The Unicode
/// Standard, 23.7), and unpaired surrogates. No keyboard types them; they come from broken programs and attacks.
/// </summary>
public static class Characters
{
    /// <summary>The text without noncharacters, and with U+FFFD for each unpaired surrogate.</summary>
    public static string Legible(string text)
    {
        // The fast path for most texts.
        if (text.AsSpan().IndexOfAnyInRange('\uD800', '\uFFFF') < 0 || IsLegible(text)) return text;
        var legible = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            if (!IsNone(rune)) legible.Append(rune);
        return legible.ToString();
    }

    public static bool IsLegible(string text)
    {
        for (var rest = text.AsSpan(); rest.Length > 0;)
        {
            if (Rune.DecodeFromUtf16(rest, out var rune, out var length) is not System.Buffers.OperationStatus.Done || IsNone(rune))
                return false;
            rest = rest[length..];
        }
        return true;
    }

    /// <summary>
    /// The text in a normal form (UAX 15). The framework's own method throws on U+FFFE and on unpaired surrogates.
    /// </summary>
    public static string Normal(string text, NormalizationForm form = NormalizationForm.FormC) => Legible(text).Normalize(form);

    /// <summary>
    /// Signs that turn the direction of writing (UAX 9): letters of Hebrew, Arabic and their neighbours, and controls. Of scripts beyond
    /// the first plane, the first halves.
    /// </summary>
    static readonly SearchValues<char> turning = SearchValues.Create(
    [
        .. Range(0x590, 0x8FF), .. Range(0xFB1D, 0xFDFF), .. Range(0xFE70, 0xFEFC), .. Range(0x200E, 0x200F), .. Range(0x202A, 0x202E),
        .. Range(0x2066, 0x2069), .. Range(0xD802, 0xD803), .. Range(0xD83A, 0xD83B),
    ]);

    static IEnumerable<char> Range(int first, int last) => Enumerable.Range(first, last - first + 1).Select(c => (char)c);

    /// <summary>
    /// Words to stand between others: what turns the direction of writing stands between U+2068 and U+2069, so that digits and signs beside
    /// it stay in their places.
    /// </summary>
    public static string Isolated(string words) => words.AsSpan().ContainsAny(turning) ? $"\u2068{words}\u2069" : words;

    static bool IsNone(Rune rune) => (rune.Value & 0xFFFE) == 0xFFFE || rune.Value is >= 0xFDD0 and <= 0xFDEF;
}
