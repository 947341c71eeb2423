using System.Globalization;
using System.Text.RegularExpressions;

namespace Community.Mail.Mime;

/// <summary>Date and time of RFC 5322 §3.3, with the old forms of §4.3 in reading.</summary>
public static partial class MailDate
{
    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

    private static readonly Dictionary<string, int> Zones = new(StringComparer.OrdinalIgnoreCase)
    { ["EDT"] = -4, ["EST"] = -5, ["CDT"] = -5, ["CST"] = -6, ["MDT"] = -6, ["MST"] = -7, ["PDT"] = -7, ["PST"] = -8, ["JST"] = 9 };

    [GeneratedRegex(
        @"^(?:[A-Za-z]+\s*,?\s*)?(\d{1,2})[\s-]+([A-Za-z]{3})[A-Za-z]*[\s-]+(\d{2,4})\s+(\d{1,2})\s*:\s*(\d{1,2})(?:\s*:\s*(\d{1,2}))?(?:\.\d+)?\s*(?:([+-])(\d{2}):?(\d{2})|([A-Za-z]{1,5}))?",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Form();

    public static string Format(DateTimeOffset date) =>
        date.ToString("ddd, dd MMM yyyy HH:mm:ss ", CultureInfo.InvariantCulture)
        + date.ToString("zzz", CultureInfo.InvariantCulture).Replace(":", "");

    /// <summary>Null for what is no date. A zone that is not known counts as UTC.</summary>
    public static DateTimeOffset? TryParse(string? text)
    {
        var match = Form().Match(text?.Trim() ?? "");
        if (!match.Success) return null;
        int Number(int group) => match.Groups[group].Success ? int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture) : 0;
        var year = Number(3);
        if (match.Groups[3].Length < 4) year += year < 50 && match.Groups[3].Length == 2 ? 2000 : 1900;
        var offset = new TimeSpan(Zones.GetValueOrDefault(match.Groups[10].Value), 0, 0);
        if (match.Groups[7].Success) offset = new TimeSpan(Number(8), Number(9), 0) * (match.Groups[7].Value == "-" ? -1 : 1);
        try
        {
            var month = Array.IndexOf(Months, match.Groups[2].Value.ToLowerInvariant()) + 1;
            return new DateTimeOffset(year, month, Number(1), Number(4), Number(5), Math.Min(59, Number(6)), offset);
        }
        catch (ArgumentException) { return null; }
    }
}
