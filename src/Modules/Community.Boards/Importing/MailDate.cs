using System.Globalization;
using System.Text.RegularExpressions;
using MimeKit.Utils;

namespace Community.Boards;

/// <summary>
/// Dates of mails (RFC 5322, 3.3 and 4.3), and what programs have written instead: zones by name or without noughts, the order of other
/// programs, years of two digits, and of three, as those count that add 1900.
/// </summary>
static partial class MailDate
{
    /// <summary>The moment that the words of a header name; null if they name none. Without a zone that is known, it is UTC.</summary>
    public static DateTime? Of(string? words)
    {
        if (words is null) return null;
        words = words.Length > MaxLength ? words[..MaxLength] : words;
        foreach (var form in new[] { DayFirst(), MonthFirst(), YearFirst() })
            if (form.Match(words) is { Success: true } match && Of(match) is { } at) return at;
        return DateUtils.TryParse(words, out var other) && other.Year is > 1 and < 9999 ? other.UtcDateTime : null;
    }

    const int MaxLength = 200;

    static DateTime? Of(Match match)
    {
        var (year, day) = (Number("year"), Number("day"));
        // RFC 5322, 4.3.
        if (match.Groups["year"].Length < 4) year += year < 50 ? 2000 : 1900;
        var month = int.TryParse(match.Groups["month"].Value, CultureInfo.InvariantCulture, out var number) ? number
            : Array.IndexOf(months, match.Groups["month"].Value.ToLowerInvariant()) + 1;
        if (month is < 1 or > 12 || year is < 1900 or > 9998 || day < 1 || day > DateTime.DaysInMonth(year, month)) return null;
        var (hour, minute, second) = (Number("hour"), Number("minute"), Math.Min(Number("second"), 59));
        if (match.Groups["half"].Value is [var half, ..]) hour = hour % 12 + (half is 'p' or 'P' ? 12 : 0);
        if (hour > 23 || minute > 59) return null;
        return new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc) - OffsetOf(match.Groups["zone"].Value);

        int Number(string name) =>
            match.Groups[name].Length == 0 ? 0 : int.Parse(match.Groups[name].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
    }

    static readonly string[] months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

    /// <summary>In minutes. One that several countries use is where most of its mails come from.</summary>
    static readonly (string Name, int Minutes)[] zones =
    [
        ("jst", 540), ("tokyo", 540), ("kst", 540), ("hkt", 480), ("sgt", 480), ("ist", 330), ("msk", 180), ("msd", 240),
        ("eet", 120), ("eest", 180), ("cet", 60), ("met", 60), ("mez", 60), ("cest", 120), ("mest", 120), ("mesz", 120),
        ("west", 60), ("bst", 60), ("est", -300), ("edt", -240), ("cst", -360), ("cdt", -300), ("mst", -420), ("mdt", -360),
        ("pst", -480), ("pdt", -420), ("akst", -540), ("akdt", -480), ("hst", -600), ("aest", 600), ("aedt", 660), ("nzst", 720),
        ("nzdt", 780),
    ];

    static TimeSpan OffsetOf(string words)
    {
        if (Offset().Match(words) is { Success: true } offset)
        {
            var minutes = int.Parse(offset.Groups[2].ValueSpan, CultureInfo.InvariantCulture) * 60
                + (offset.Groups[3].Length > 0 ? int.Parse(offset.Groups[3].ValueSpan, CultureInfo.InvariantCulture) : 0);
            // No clock is further from UTC.
            return minutes > 14 * 60 ? TimeSpan.Zero : TimeSpan.FromMinutes(offset.Groups[1].Value is "+" ? minutes : -minutes);
        }
        var named = Name().Match(words).Value;
        return TimeSpan.FromMinutes(Array.Find(zones, z => z.Name.Equals(named, StringComparison.OrdinalIgnoreCase)).Minutes);
    }

    // +0900 +09:00 +9 GMT+9 UTC-05:00, perhaps in brackets.
    [GeneratedRegex(@"^[\s(""]*(?:GMT|UTC|UT|Z)?\s*([+-])\s*(\d{1,2})(?::?(\d{2}))?(?!\d)", RegexOptions.IgnoreCase)]
    private static partial Regex Offset();

    [GeneratedRegex("[A-Za-z]+")]
    private static partial Regex Name();

    const string Time = @"(?<hour>\d{1,2})[:.](?<minute>\d{2})(?:[:.](?<second>\d{2}))?(?:[.,]\d+)?"
        + @"\s*(?:(?<half>[AaPp])[Mm]\b)?";

    // Mon, 5 Jan 2009 10:00:00 +0900
    [GeneratedRegex(
        @"(?<!\d)(?<day>\d{1,2})[\s-]+(?<month>[A-Za-z]{3})[a-z]*\.?[\s,-]+(?<year>\d{2,4})[\s,]+" + Time + @"(?<zone>.{0,100})")]
    private static partial Regex DayFirst();

    // Mon Jan  5 10:00:00 2009, Mon Jan 5 10:00:00 JST 2009, Jan 5, 2009 10:00
    [GeneratedRegex(
        @"(?<![A-Za-z])(?<month>[A-Za-z]{3})[a-z]*\.?\s+(?<day>\d{1,2}),?\s+(?:(?<year>\d{4}),?\s+" + Time + @"(?<zone>.{0,100})"
        + "|" + Time + @"\s+(?<zone>[A-Za-z][A-Za-z0-9+:-]{0,20}\s+|[+-]\d{1,4}\s+)?(?<year>\d{4})(?<zone>\s+\S.{0,100})?)")]
    private static partial Regex MonthFirst();

    // 2009-01-05T10:00:00+09:00, 2009/01/05 10:00
    [GeneratedRegex(@"^\s*(?<year>\d{4})[-/.](?<month>\d{1,2})[-/.](?<day>\d{1,2})[T\s]+" + Time + @"(?<zone>.{0,100})")]
    private static partial Regex YearFirst();
}
