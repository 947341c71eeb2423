using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Community.Kernel;

namespace Community.Members;

public enum PasswordProblem { Short, Long, Personal, Guessable }

/// <summary>
/// Rules for a new password: long, not made of names, not a few characters repeated, and not among the guesses that are tried first.
/// Width and case are ignored here.
/// </summary>
public static partial class PasswordRules
{
    public const int Shortest = 10;
    /// <summary>PBKDF2 accepts any length; a form should not.</summary>
    public const int MaxLength = 200;
    /// <summary>
    /// Minimum length after removing names, and minimum length when each repetition or sequence counts as one character.
    /// </summary>
    const int MinOwn = 8;
    /// <summary>
    /// Minimum entropy in bits against a dictionary attack; below it, ten characters are a well-known phrase or a row of keys.
    /// </summary>
    const double MinBits = 24;
    /// <summary>zxcvbn's time grows faster than linearly; longer passwords are judged by this many leading characters.</summary>
    const int Judged = 40;
    /// <summary>From this length on, characters that repeat earlier ones or form a sequence are a pattern, not chance.</summary>
    const int MinPatternLength = 3;
    /// <summary>From this length on, a repeated block is not just a common word such as "the " that occurs twice.</summary>
    const int MinBlockLength = 6;

    /// <summary>Rows and columns of keyboards, zigzags between two rows, and the poem by which kana are learnt.</summary>
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
    /// The form in which passwords are compared and hashed: independent of keyboard, width and composition (RFC 8265 §4).
    /// </summary>
    public static string Normal(string password) => Characters.Normal(password, NormalizationForm.FormKC);

    /// <summary>What is wrong with a new password; null if nothing is.</summary>
    /// <param name="password">As it was typed.</param>
    /// <param name="name">The member's name.</param>
    /// <param name="email">The member's address.</param>
    /// <param name="site">Its name is an attacker's first guess; null for none.</param>
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

    /// <summary>Removes repeated blocks: a word written twice is guessed as quickly as once.</summary>
    static string Once(string text)
    {
        var once = new StringBuilder();
        for (var at = 0; at < text.Length;)
            if (Before(text, at) is >= MinBlockLength and var length) at += length;
            else once.Append(text[at++]);
        return once.ToString();
    }

    /// <summary>Names, whole and in parts, longest first.</summary>
    static List<string> Words(IEnumerable<string> names) =>
        [
            .. names
                .SelectMany(n => Parts().Split(n).Append(n).Append(n.Split('@')[0]))
                .Select(w => Letters(Normal(w).ToLowerInvariant()))
                .Where(IsName)
                .Distinct()
                .OrderByDescending(w => w.Length),
        ];

    // A Japanese name may have two characters, but Latin parts such as "an" and "com" are too common to count as names.
    static bool IsName(string word) => word.Length >= 4 || (word.Length >= 2 && word.All(c => c > '\u2e7f'));

    static string Letters(string text) => string.Concat(text.Where(char.IsLetterOrDigit));

    static string Without(List<string> words, string text) =>
        words.Aggregate(text, (left, word) => left.Replace(word, "", StringComparison.Ordinal));

    /// <summary>
    /// How many characters a password has without patterns: each repetition (2026 2026 …), sequence (abcd, かきくけこ, 8765) or run of
    /// adjacent keys counts as one.
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

    /// <summary>The length of the longest match at this position with earlier text; the two may overlap.</summary>
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

    // Steps of two as well: small and voiced kana lie between the plain ones.
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
