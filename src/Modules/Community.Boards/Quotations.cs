using System.Globalization;
using System.Text.RegularExpressions;
using Community.Kernel;
using Microsoft.Extensions.Localization;

namespace Community.Boards;

/// <summary>The posts that a text quotes: the lines that the program wrote above its quotations, in any language.</summary>
public static class Quotations
{
    /// <summary>Quotations of one text that are looked at.</summary>
    const int Max = 20;

    /// <summary>Topic and number of each quoted post; without those that stand inside of a quotation.</summary>
    public static IReadOnlySet<(long Topic, int Number)> In(string text, IStringLocalizer texts)
    {
        var found = new HashSet<(long, int)>();
        if (!text.Contains("/posts/", StringComparison.Ordinal)) return found;
        var lines = Texts.Languages.Select(l => Line(((Texts)texts).In(l, "boards.quote.of").Value)).ToList();
        foreach (var line in text.Split('\n').Where(l => l.Contains("/posts/", StringComparison.Ordinal)))
            if (lines.Select(l => l.Match(line)).FirstOrDefault(m => m.Success) is { } match
                && long.TryParse(match.Groups["topic"].ValueSpan, CultureInfo.InvariantCulture, out var topic)
                && int.TryParse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture, out var number)
                && found.Add((topic, number)) && found.Count == Max) break;
        return found;
    }

    static Regex Line(string template) =>
        new(MachineMade.PatternOf(template).Replace(@"(?<quoted>(?:> ?)*)", "", StringComparison.Ordinal),
            RegexOptions.CultureInvariant, TimeSpan.FromMilliseconds(200));
}
