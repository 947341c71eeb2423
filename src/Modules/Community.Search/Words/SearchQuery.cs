using System.Globalization;
using System.Text;
using Community.Kernel;

namespace Community.Search;

/// <summary>
/// What somebody typed into the search field. All of it is text, but for: phrases in quotation marks, a minus before a word or phrase, and
/// the filters <c>author:</c>, <c>board:</c>, <c>after:</c>, <c>before:</c>, where what follows them makes sense.
/// </summary>
/// <param name="Terms">What to look for; each must stand in a post, or with a minus must not.</param>
/// <param name="Author">The name of the posts' author; null for anybody.</param>
/// <param name="Board">The key or name of the board; null for any.</param>
/// <param name="After">Not before this day.</param>
/// <param name="Before">Before this day.</param>
/// <param name="IsTooLong">More was typed than is read.</param>
public sealed record SearchQuery(
    IReadOnlyList<Term> Terms,
    string? Author,
    string? Board,
    DateOnly? After,
    DateOnly? Before,
    bool IsTooLong
)
{
    /// <summary>Characters; words and phrases.</summary>
    public const int MaxLength = 200, MaxTerms = 20;

    static readonly Dictionary<string, string> filters = new(StringComparer.OrdinalIgnoreCase)
    {
        ["author"] = "author",
        ["投稿者"] = "author",
        ["board"] = "board",
        ["掲示板"] = "board",
        ["after"] = "after",
        ["以降"] = "after",
        ["before"] = "before",
        ["以前"] = "before",
    };

    /// <summary>Whether there is a word or phrase to look for.</summary>
    public bool HasWords => Terms.Any(t => !t.IsExcluded);

    public static SearchQuery Parse(string? typed)
    {
        var text = typed ?? "";
        var isLong = text.Length > MaxLength;
        if (isLong) text = Truncate.To(MaxLength, text);
        var query = new SearchQuery([], null, null, null, null, isLong);
        var terms = new List<Term>();
        for (var at = 0; at < text.Length;)
        {
            if (char.IsWhiteSpace(text[at]))
            {
                at++;
                continue;
            }
            // Two of them are the name of an option, as --help.
            var minus = IsMinus(text[at]) && at + 1 < text.Length && !char.IsWhiteSpace(text[at + 1]) && !IsMinus(text[at + 1]);
            var start = minus ? at + 1 : at;
            if (Quoted(text, start) is var (phrase, end))
            {
                Add(phrase, exact: true, minus);
                at = end;
                continue;
            }
            at = EndOfWord(text, start);
            if (!minus && Filter(query, text, start, ref at) is { } filtered) query = filtered;
            else Add(text[start..at], exact: false, minus);
        }
        return query with { Terms = [.. terms.Take(MaxTerms)], IsTooLong = isLong || terms.Count > MaxTerms };

        void Add(string words, bool exact, bool minus)
        {
            if (Units.Of(words) is { Count: > 0 } units) terms.Add(new(units, exact, minus));
        }
    }

    static bool IsMinus(char c) => c is '-' or '－' or '−' or '‐';

    /// <summary>The phrase that begins here with a quotation mark, and where it ends; null if there is none, or it has no end.</summary>
    static (string Phrase, int End)? Quoted(string text, int at)
    {
        if (at >= text.Length) return null;
        var closing = text[at] switch
        {
            '"' or '＂' => "\"＂",
            '“' or '”' or '„' => "”“",
            '「' => "」",
            '『' => "』",
            '«' => "»",
            _ => "",
        };
        if (closing.Length == 0) return null;
        var end = text.IndexOfAny(closing.ToCharArray(), at + 1);
        return end < 0 ? null : (text[(at + 1)..end], end + 1);
    }

    // A quotation mark inside a word (5"disk) begins no phrase; 「 does, since Japanese has no spaces.
    static int EndOfWord(string text, int at)
    {
        while (at < text.Length && !char.IsWhiteSpace(text[at]) && !(text[at] is '「' or '『' && Quoted(text, at) is not null)) at++;
        return at;
    }

    static SearchQuery? Filter(SearchQuery query, string text, int start, ref int end)
    {
        var word = text[start..end];
        var colon = word.AsSpan().IndexOfAny(':', '：');
        if (colon <= 0 || !filters.TryGetValue(word[..colon].Normal(), out var filter)) return null;
        var value = word[(colon + 1)..];
        if (Quoted(text, start + colon + 1) is var (phrase, after)) (value, end) = (phrase, after);
        // A quotation mark without its other half, and the sign of a mention.
        value = value.Trim(' ', '"', '＂', '“', '”', '「', '」', '『', '』').TrimStart('@', '＠');
        if (value.Length == 0) return null;
        return filter switch
        {
            "author" => query with { Author = value },
            "board" => query with { Board = value },
            "after" when Day(value) is { } day => query with { After = day.First },
            "before" when Day(value) is { } day => query with { Before = day.First },
            _ => null,
        };
    }

    /// <summary>The first day of a day, month or year: 2026-11-27, 20261127, 2026/11, 2026, also 2026年11月.</summary>
    public static (DateOnly First, DateOnly Next)? Day(string? value)
    {
        var typed = (value ?? "").Normal();
        if (typed.Length == 8 && typed.All(char.IsAsciiDigit)) typed = $"{typed[..4]}-{typed[4..6]}-{typed[6..]}";
        var parts = typed.Split(['-', '/', '.', '年', '月', '日'], StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length is 0 or > 3 || !parts.All(p => p.Length <= 4 && p.All(char.IsAsciiDigit)) || parts[0].Length != 4) return null;
        var numbers = parts.Select(p => int.Parse(p, CultureInfo.InvariantCulture)).ToArray();
        var (year, month, day) = (numbers[0], numbers.ElementAtOrDefault(1), numbers.ElementAtOrDefault(2));
        if (year is < 1 or > 9998 || (parts.Length > 1 && month is < 1 or > 12)) return null;
        if (parts.Length == 1) return (new(year, 1, 1), new(year + 1, 1, 1));
        var first = new DateOnly(year, month, 1);
        if (parts.Length == 2) return (first, first.AddMonths(1));
        if (day < 1 || day > DateTime.DaysInMonth(year, month)) return null;
        var date = first.AddDays(day - 1);
        return (date, date.AddDays(1));
    }
}

static class NormalText
{
    /// <summary>Full-width digits and letters as the others, without case.</summary>
    public static string Normal(this string text) =>
        Characters.Normal(text, NormalizationForm.FormKC).Trim().ToLowerInvariant();
}
