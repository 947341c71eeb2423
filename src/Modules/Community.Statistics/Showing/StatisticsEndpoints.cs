using System.Globalization;
using System.Text;
using Community.Kernel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Localization;

namespace Community.Statistics;

/// <summary>The numbers as files for a spreadsheet: all months, or the days of one. They name nobody.</summary>
static class StatisticsEndpoints
{
    public const string Months = StatisticsPage.Url + "/months";

    public static string DaysOf(DateOnly month) =>
        StatisticsPage.Url + "/days?month=" + month.ToString("yyyy-MM", CultureInfo.InvariantCulture);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(Months, ByMonth).RequireAuthorization(StatisticsModule.View);
        app.MapGet(StatisticsPage.Url + "/days", ByDay).RequireAuthorization(StatisticsModule.View);
    }

    /// <summary>A month as addresses have it; null if it is none.</summary>
    public static DateOnly? Read(string? month) =>
        DateOnly.TryParseExact(month, "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.None, out var read) ? read : null;

    static async Task<IResult> ByMonth(MonthFigures figures, SiteDb db, IStringLocalizer texts, CancellationToken ct) =>
        File(await figures.Months(StatisticsDb.MonthOf(db.Site.DayOf(db.Now)), ct), "yyyy-MM", "months", db.Site, texts);

    static async Task<IResult> ByDay(string? month, MonthFigures figures, SiteDb db, IStringLocalizer texts, CancellationToken ct)
    {
        var today = db.Site.DayOf(db.Now);
        if ((month is null ? StatisticsDb.MonthOf(today) : Read(month)) is not { } asked || asked > today) return Results.NotFound();
        var last = asked.AddMonths(1).AddDays(-1);
        return File(await figures.Days(asked, last < today ? last : today, ct), "yyyy-MM-dd", $"{asked:yyyy-MM}", db.Site, texts);
    }

    static readonly IReadOnlyList<(string Text, Func<PeriodFigures, int> Value)> columns =
    [
        ("statistics.active", f => f.Active),
        ("statistics.joined", f => f.Joined),
        ("statistics.left", f => f.Left),
        ("statistics.returned", f => f.Returned),
        ("statistics.posts", f => f.Posts),
        ("statistics.topics", f => f.Topics),
        ("statistics.unanswered", f => f.Unanswered),
        ("statistics.answer.hour", f => f.InHour),
        ("statistics.answer.day", f => f.InDay),
        ("statistics.answer.week", f => f.InWeek),
        ("statistics.answer.later", f => f.Later),
    ];

    static IResult File(IReadOnlyList<PeriodFigures> figures, string format, string name, Site site, IStringLocalizer texts)
    {
        var csv = new StringBuilder();
        csv.Append(Quoted(texts["statistics.period"]));
        foreach (var column in columns) csv.Append(',').Append(Quoted(texts[column.Text]));
        csv.Append("\r\n");
        foreach (var period in figures)
        {
            csv.Append(period.From.ToString(format, CultureInfo.InvariantCulture));
            foreach (var (_, value) in columns) csv.Append(CultureInfo.InvariantCulture, $",{value(period)}");
            csv.Append("\r\n");
        }
        // With a byte-order mark, or Excel reads Japanese as something else.
        byte[] bytes = [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(csv.ToString())];
        return Results.File(bytes, "text/csv; charset=utf-8", $"{site.Key}-statistics-{name}.csv");
    }

    static string Quoted(string text) => $"\"{text.Replace("\"", "\"\"")}\"";
}
