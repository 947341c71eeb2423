using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Community.Kernel;

namespace Community.Members;

public enum PasswordProblem { Short, Long, Personal, Guessable }

/// <summary>
/// What a new password must be: long, no name, more than a few characters again and again, and not among those that are tried first.
/// Full width and capitals make no difference here.
/// </summary>
public static partial class PasswordRules
{
    public const int Shortest = 10;
    /// <summary>PBKDF2 takes any length; a form does not.</summary>
    public const int MaxLength = 200;
    /// <summary>
    /// What is left when names are taken out, and what is left when repetitions and rows count as one, is this long at the least.
    /// </summary>
    const int MinOwn = 8;
    /// <summary>
    /// Bits that an attacker with a dictionary has to guess at the least; below it ten characters are a well-known phrase or a row of keys.
    /// </summary>
    const double MinBits = 24;
    /// <summary>zxcvbn's time grows faster than the length; what is longer than this is judged by its beginning.</summary>
    const int Judged = 40;
    /// <summary>So many characters that came before, or that follow each other, are a pattern and no chance.</summary>
    const int MinPatternLength = 3;
    /// <summary>So many characters that came before are no word by chance, as "the " would be.</summary>
    const int MinBlockLength = 6;

    /// <summary>Rows and columns of keyboards, two rows by turns, and the poem by which kana are learnt.</summary>
    static readonly string[] keys =
    [
        "qawsedrftgyhujikolp",
        "azsxdcfvgbhnjmk,l.",
        "ぬふあうえおやゆよわほへ",
        "たていすかんなにらせ",
        "ちとしはきくまのりれけむ",
        "つさそひこみもねるめろ",
        "1234567890-^",
        "qwertyuiop@",
        "qwertzuiop",
        "azertyuiop",
        "asdfghjkl;:",
        "zxcvbnm,./",
        "1qaz",
        "2wsx",
        "3edc",
        "4rfv",
        "5tgb",
        "6yhn",
        "7ujm",
        "8ik,",
        "9ol.",
        "0p;/",
        "いろはにほへとちりぬるをわかよたれそ",
    ];

    /// <summary>
    /// As passwords are compared and hashed: the same characters whichever keyboard, width or composition typed them (RFC 8265 §4).
    /// </summary>
    public static string Normal(string password) => Characters.Normal(password, NormalizationForm.FormKC);

    /// <summary>What is wrong with a new password; null for nothing.</summary>
    /// <param name="password">As it was typed.</param>
    /// <param name="name">The member's.</param>
    /// <param name="email">The member's.</param>
    /// <param name="site">Whose name is the first that is tried; null for none.</param>
    public static PasswordProblem? Of(string password, string name, string email, Site? site = null)
    {
        var normal = Normal(password);
        if (normal.Length < Shortest) return PasswordProblem.Short;
        if (normal.Length > MaxLength) return PasswordProblem.Long;
        var folded = string.Concat(normal.ToLowerInvariant().Where(c => char.GetUnicodeCategory(c) is not UnicodeCategory.Format));
        var words = Words([name, email, site?.Name ?? "", site?.CanonicalHost ?? ""]);
        words = [.. words.Concat(words.Select(Backwards)).Distinct().OrderByDescending(w => w.Length)];
        if (Without(words, Letters(folded)) is { } own && own.Length < MinOwn && own.Length < Letters(folded).Length)
            return PasswordProblem.Personal;
        if (Own(folded) < MinOwn)
            return PasswordProblem.Guessable;
        var judged = Once(folded) is var once && once.Length > Judged ? once[..Judged] : once;
        return Zxcvbn.Zxcvbn.MatchPassword(judged, words).Entropy < MinBits ? PasswordProblem.Guessable : null;
    }

    static string Backwards(string word) => string.Concat(word.EnumerateRunes().Reverse().Select(rune => rune.ToString()));

    /// <summary>Without blocks that come again: a word that is written twice is guessed as quickly as once.</summary>
    static string Once(string text)
    {
        var once = new StringBuilder();
        for (var at = 0; at < text.Length;)
            if (Before(text, at) is >= MinBlockLength and var length) at += length;
            else once.Append(text[at++]);
        return once.ToString();
    }

    /// <summary>Names in one piece and in parts, the longest first.</summary>
    static List<string> Words(IEnumerable<string> names) =>
        [
            .. names
                .SelectMany(n => Parts().Split(n).Append(n).Append(n.Split('@')[0]))
                .Select(w => Letters(Normal(w).ToLowerInvariant()))
                .Where(IsName)
                .Distinct()
                .OrderByDescending(w => w.Length),
        ];

    // A Japanese name has two letters; "an" and "com" are in every other sentence.
    static bool IsName(string word) => word.Length >= 4 || (word.Length >= 2 && word.All(c => c > '\u2e7f'));

    static string Letters(string text) => string.Concat(text.Where(char.IsLetterOrDigit));

    static string Without(List<string> words, string text) =>
        words.Aggregate(text, (left, word) => left.Replace(word, "", StringComparison.Ordinal));

    /// <summary>
    /// How many characters a password has of its own: what was there before (2026 2026 …), what follows in a row (abcd, かきくけこ, 8765) or
    /// stands beside each other on the keyboard counts as one.
    /// </summary>
    static int Own(string text)
    {
        var own = 0;
        for (var at = 0; at < text.Length; own++)
            at += Math.Max(
                1,
                new[] { Before(text, at), Row(text, at), Keys(text, at) }.Max() is >= MinPatternLength and var pattern
                    ? pattern
                    : Same(text, at)
            );
        return own;
    }

    static int Same(string text, int at)
    {
        var end = at;
        while (end < text.Length && text[end] == text[at]) end++;
        return end - at;
    }

    /// <summary>How much from here on stood in the text before; it may run into itself.</summary>
    static int Before(string text, int at)
    {
        var longest = 0;
        for (var from = 0; from < at; from++)
        {
            var length = 0;
            while (at + length < text.Length && text[from + length] == text[at + length]) length++;
            longest = Math.Max(longest, length);
        }
        return longest;
    }

    // Kana follow each other by two: small and voiced ones stand between them.
    static int Row(string text, int at)
    {
        var step = at + 1 < text.Length ? text[at + 1] - text[at] : 0;
        if (step is < -2 or 0 or > 2) return 0;
        var end = at + 1;
        while (end < text.Length && text[end] - text[end - 1] == step) end++;
        return end - at;
    }

    static int Keys(string text, int at)
    {
        var longest = 0;
        foreach (var row in keys)
        {
            var place = row.IndexOf(text[at]);
            if (place < 0) continue;
            foreach (var step in (int[])[1, -1])
            {
                var length = 1;
                while (
                    at + length < text.Length
                    && place + step * length is >= 0 and var next
                    && next < row.Length
                    && row[next] == text[at + length]
                )
                    length++;
                longest = Math.Max(longest, length);
            }
        }
        return longest;
    }

    [GeneratedRegex(@"[@._+\s-]")]
    private static partial Regex Parts();
}
