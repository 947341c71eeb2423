using System.Globalization;
using System.Text.RegularExpressions;

namespace Community.Members;

/// <summary>
/// A day of the calendar: <c>2026-06-01</c>, <c>2026/6/1</c>, <c>20260601</c>, 2026年6月1日, 令和8年6月1日, R8.6.1, June 1, 2026, and
/// with kanji for digits. What could be read in two ways (6/1/2026) is refused, and a day that its era does not have. Never a
/// moment: no time zone moves it.
/// </summary>
partial class DateValues : ValueRules
{
    public const int FirstYear = 1000, LastYear = 2999;

    static readonly string[] english = ["MMMM d, yyyy", "MMMM d yyyy", "MMM d, yyyy", "MMM d yyyy", "d MMMM yyyy", "d MMM yyyy"];

    public override ValueRead Parse(MemberAttribute attribute, string typed, DateOnly today) =>
        Day(typed, out var problem) is { } day ? ValueRead.Of(new() { Date = day }) : new(null, problem);

    /// <summary>The day of a text; null if it names none, or one that the calendar does not have.</summary>
    internal static DateOnly? Day(string typed) => Day(typed, out _);

    /// <summary>The same, with what is wrong where it is null.</summary>
    internal static DateOnly? Day(string typed, out ValueProblem problem)
    {
        var (text, shown) = (Written(typed), typed.Trim());
        problem = new(TwoWays().IsMatch(text) ? "date.two-ways" : "date", shown);
        // A spreadsheet's date may carry a midnight.
        if (Midnight().Match(text) is { Success: true } midnight) text = text[..midnight.Index];
        if (YearFirst().Match(text) is { Success: true } first) return Day(Number(first, "y"), Number(first, "m"), Number(first, "d"));
        if (OfEra().Match(text) is { Success: true } found && Era.Of(found.Groups["e"].Value) is { } era)
        {
            var year = found.Groups["y"].Value == "元" ? 1 : Number(found, "y");
            if (year == 0 || Day(era.YearOf(year), Number(found, "m"), Number(found, "d")) is not { } ofEra) return null;
            if (era.Refuses(ofEra, shown) is not { } refused) return ofEra;
            problem = refused;
            return null;
        }
        return DateOnly.TryParseExact(text, english, CultureInfo.InvariantCulture, DateTimeStyles.AllowWhiteSpaces, out var day)
            && day.Year is >= FirstYear and <= LastYear
                ? day
                : null;
    }

    /// <summary>Half-width, with digits in place of kanji.</summary>
    protected static string Written(string typed) => Era.WithDigits(Narrow(typed));

    protected static int Number(Match match, string group) => int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    protected static DateOnly? Day(int year, int month, int day) =>
        year is >= FirstYear and <= LastYear && month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month)
            ? new DateOnly(year, month, day)
            : null;

    public override ValueProblem? Check(MemberAttribute attribute, TypedValue value, DateOnly today, TypedValue? before) =>
        value.Date < attribute.From ? new("from", Iso(attribute.From!.Value))
        : value.Date > attribute.To ? new("to", Iso(attribute.To!.Value))
        : null;

    internal static string Iso(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public override string Format(MemberAttribute attribute, TypedValue value, string language) => Said(value.Date!.Value, language);

    internal static string Said(DateOnly day, string language) =>
        day.ToString(Of(language).Date, CultureInfo.InvariantCulture);

    public override string Plain(MemberAttribute attribute, TypedValue value, string language) => Iso(value.Date!.Value);

    internal override IEnumerable<AttributeValue> Rows(TypedValue value) => [new() { Date = value.Date }];

    internal override TypedValue Of(IReadOnlyList<AttributeValue> rows) => new() { Date = rows[0].Date };

    [GeneratedRegex(@"^(?<y>\d{4})(?:\s*[-/.年]\s*(?<m>\d{1,2})\s*[-/.月]\s*(?<d>\d{1,2})\s*日?|(?<m>\d{2})(?<d>\d{2}))$")]
    private static partial Regex YearFirst();

    [GeneratedRegex(
        @"^(?<e>明治?|大正?|昭和?|平成?|令和?|[MTSHRmtshr])(?:\.?\s*(?<y>\d{1,2}|元)\s*[-/.年]\s*(?<m>\d{1,2})\s*[-/.月]\s*(?<d>\d{1,2})\s*日?"
            + @"|(?<y>\d{2})(?<m>\d{2})(?<d>\d{2}))$")]
    private static partial Regex OfEra();

    [GeneratedRegex(@"[T ]0{1,2}:00(:00(\.0+)?)?Z?$")]
    private static partial Regex Midnight();

    [GeneratedRegex(@"^\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})$")]
    private static partial Regex TwoWays();
}

/// <summary>A day that comes again each year; the year may be left out: <c>--06-01</c>, <c>6/1</c>, 6月1日, June 1.</summary>
sealed partial class BirthdayValues : DateValues
{
    static readonly string[] english = ["MMMM d", "MMM d", "d MMMM", "d MMM"];

    public override ValueRead Parse(MemberAttribute attribute, string typed, DateOnly today)
    {
        if (Day(typed) is { } day) return ValueRead.Of(new() { Date = day, MonthDay = MonthDayOf(day) });
        return MonthAndDay(Written(typed)) is { } monthDay
            ? ValueRead.Of(new() { MonthDay = monthDay })
            : base.Parse(attribute, typed, today);
    }

    internal static int MonthDayOf(DateOnly day) => day.Month * 100 + day.Day;

    static int? MonthAndDay(string text)
    {
        if (Short().Match(text) is { Success: true } found)
            // In a leap year: 29 February is a birthday.
            return Day(2000, Number(found, "m"), Number(found, "d")) is { } day ? MonthDayOf(day) : null;
        return DateOnly.TryParseExact(
            text + " 2000",
            [.. english.Select(f => f + " yyyy")],
            CultureInfo.InvariantCulture,
            DateTimeStyles.AllowWhiteSpaces,
            out var named
        )
            ? MonthDayOf(named)
            : null;
    }

    public override ValueProblem? Check(MemberAttribute attribute, TypedValue value, DateOnly today, TypedValue? before) =>
        value.Date > today ? new("future") : value.Date is null ? null : base.Check(attribute, value, today, before);

    public override string Format(MemberAttribute attribute, TypedValue value, string language) =>
        value.Date is { } day
            ? Said(day, language)
            : InLeapYear(value).ToString(Of(language).MonthAndDay, CultureInfo.InvariantCulture);

    public override string Plain(MemberAttribute attribute, TypedValue value, string language) =>
        value.Date is { } day ? Iso(day) : InLeapYear(value).ToString("--MM-dd", CultureInfo.InvariantCulture);

    static DateOnly InLeapYear(TypedValue value) => new(2000, value.MonthDay!.Value / 100, value.MonthDay.Value % 100);

    internal override IEnumerable<AttributeValue> Rows(TypedValue value) => [new() { Date = value.Date, MonthDay = value.MonthDay }];

    internal override TypedValue Of(IReadOnlyList<AttributeValue> rows) => new() { Date = rows[0].Date, MonthDay = rows[0].MonthDay };

    [GeneratedRegex(@"^(?:--)?(?<m>\d{1,2})\s*[-/.月]\s*(?<d>\d{1,2})\s*日?$")]
    private static partial Regex Short();
}
