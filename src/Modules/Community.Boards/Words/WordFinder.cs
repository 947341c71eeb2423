using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Community.Boards;

/// <summary>A watched word, ready to be looked for. It is shared by all requests.</summary>
sealed class WordFinder
{
    /// <summary>
    /// How long one word may be looked for in one text, if its expression has lookarounds or back references: such can take for ever, and
    /// are stopped.
    /// </summary>
    static readonly TimeSpan maxTime = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// All others run without backtracking, in time proportional to the text: milliseconds, of which a busy machine makes many more. What
    /// they have not found in this time is not the expression's fault.
    /// </summary>
    static readonly TimeSpan maxTimeOfPlain = TimeSpan.FromSeconds(2);

    const RegexOptions Options = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Multiline;

    readonly Regex pattern;

    public WatchedWord Word { get; }

    /// <exception cref="ArgumentException">It is no regular expression.</exception>
    public WordFinder(WatchedWord word)
    {
        Word = word;
        var expression = word.IsExpression ? Folded.Pattern(word.Text) : Literal(word.Text);
        try { pattern = new Regex(expression, Options | RegexOptions.NonBacktracking, maxTimeOfPlain); }
        catch (NotSupportedException) { pattern = new Regex(expression, Options, maxTime); }
        // The first search compiles what searches, which is not to be taken for the expression's time.
        try { pattern.IsMatch(""); }
        catch (RegexMatchTimeoutException) { }
    }

    // White space between the words of a phrase may be any, also the end of a line.
    static string Literal(string words) =>
        string.Join(@"\s+", Folded.Of(words).Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(Regex.Escape));

    /// <summary>Where the word stands in the text.</summary>
    /// <exception cref="RegexMatchTimeoutException">It took too long.</exception>
    public List<(int Start, int Length)> In(Folded text)
    {
        var found = new List<(int, int)>();
        // The limit of the expression holds for each match anew.
        var began = Stopwatch.GetTimestamp();
        foreach (var match in pattern.EnumerateMatches(text.Text))
        {
            if (match.Length > 0 && (Word.IsExpression || !Word.WholeWord || StandsAlone(text.Text, match.Index, match.Length)))
                found.Add((match.Index, match.Length));
            if (Stopwatch.GetElapsedTime(began) > pattern.MatchTimeout) throw new RegexMatchTimeoutException();
        }
        return found;
    }

    /// <summary>
    /// Limits are asked for only where a script has them: between letters or digits of scripts with spaces. Beside kanji, kana and signs
    /// every word stands alone.
    /// </summary>
    static bool StandsAlone(string text, int start, int length) =>
        !(start > 0 && Joins(text, start - 1) && Joins(text, start))
        && !(start + length < text.Length && Joins(text, start + length - 1) && Joins(text, start + length));

    // Thai, Lao, Burmese and Khmer set no spaces between words, either.
    static bool Joins(string text, int at) =>
        text[at] is < '\u2E80' and not (>= '\u0E00' and <= '\u0EFF' or >= '\u1000' and <= '\u109F' or >= '\u1780' and <= '\u17FF')
            && (char.IsLetterOrDigit(text[at]) || char.GetUnicodeCategory(text[at]) is UnicodeCategory.NonSpacingMark)
        || text[at] is >= '가' and <= '힣';
}
