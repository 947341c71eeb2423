using System.Net;
using Community.Boards;
using Community.Statistics;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Statistics;

/// <summary>How the community is, as staff see it.</summary>
public sealed class StatisticsPageTests(TestHost host)
{
    [Fact]
    public async Task The_page_shows_the_month_as_numbers_graphs_tables_and_files_and_no_title_of_a_board_that_one_may_not_read()
    {
        var site = await host.NewSite(r => r["features"]!.AsArray().Add("Statistics"));
        var (anna, ben, carla, admin) =
            (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("carla"), await site.SignIn("admin"));
        var topic = await anna.Start("general", "Round mugs");
        await ben.Reply(topic, "Fine");
        await carla.Start("inner", "Our secret plan");
        Assert.Equal(HttpStatusCode.Forbidden, (await anna.Get(StatisticsPage.Url)).Status);
        await site.EventsRead();
        while (await site.With<CountDays, bool>(c => c.Next(default))) { }
        await TestSite.Until(
            () => site.Db(async db => await db.SiteDays.SumAsync(d => d.ActiveOfMonth) >= 3), "the visits of three are counted");

        var page = await admin.Get(StatisticsPage.Url);
        Assert.Equal(HttpStatusCode.OK, page.Status);
        var figures = page.Document.QuerySelectorAll(".figures > div")
            .ToDictionary(d => d.QuerySelector("dt")!.TextContent, d => d.QuerySelector("dd")!.TextContent);
        Assert.Equal(("3", "2", "1"), (figures["Posts"], figures["Topics started"], figures["Topics without an answer"]));
        Assert.Contains("Round mugs", page.Text, StringComparison.Ordinal);
        Assert.Contains("Our secret plan", page.Text, StringComparison.Ordinal);
        // Each graph has its numbers as a table, and says in words what it shows.
        Assert.All(page.Document.QuerySelectorAll("figure.chart"), chart =>
        {
            Assert.NotEmpty(chart.QuerySelectorAll("svg[role=img]")[^1].GetAttribute("aria-label")!);
            Assert.NotEmpty(chart.QuerySelectorAll("table tbody tr"));
        });
        Assert.Contains("statistics.authors", await site.Db(db => db.Audit.Select(a => a.Action).ToListAsync()));

        // Whoever does not moderate sees neither the board's name nor its title nor who wrote there, only the sum.
        var (reader, month) = (await site.Reader("ben"), DateOnly.FromDateTime(site.Site.ToLocal(host.Clock.Now)) is var d
            ? new DateOnly(d.Year, d.Month, 1) : default);
        var boards = await site.With<MonthFigures, IReadOnlyList<BoardFigures>>(f => f.Boards(month, reader));
        Assert.Equal([("General", 2), (null, 1)], boards.Select(b => (b.Name, b.Posts)));
        var topics = await site.With<MonthFigures, IReadOnlyList<TopTopic>>(f => f.TopTopics(month, reader));
        Assert.Equal([("Round mugs", 2)], topics.Select(t => (t.Title, t.Posts)));
        var authors = await site.With<MonthFigures, IReadOnlyList<TopAuthor>>(f => f.TopAuthors(month, reader));
        Assert.Equal(["Anna", "Ben"], authors.Select(a => a.Name).Order());

        var file = await admin.Raw(StatisticsPage.Url + "/months");
        var lines = file.Html.TrimStart('\uFEFF').TrimEnd().Split("\r\n");
        Assert.StartsWith("\"Period\",\"Active members\"", lines[0], StringComparison.Ordinal);
        Assert.EndsWith(",3,2,1,1,0,0,0", lines[^1], StringComparison.Ordinal);
        Assert.StartsWith($"{month:yyyy-MM},", lines[^1], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await admin.Get($"{StatisticsPage.Url}/days?month={month:yyyy-MM}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await admin.Get(StatisticsPage.Url + "/days?month=2026-13")).Status);
        Assert.Equal(HttpStatusCode.OK, (await admin.Get(StatisticsPage.Url + "?month=0001-01")).Status);
    }
}
