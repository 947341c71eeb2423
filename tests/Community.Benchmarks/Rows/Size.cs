using Community.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Benchmarks;

/// <summary>
/// The same pages of two sites beside each other: one with few posts, one with a million in a hundred boards. A page may cost what it
/// shows, not what there is.
/// </summary>
static class Size
{
    /// <summary>How many posts; <c>./bench size --posts 200000</c> makes fewer.</summary>
    public static int Count { get; set; } = 1_000_000;
    const int Boards = 100, SmallCount = 5_000, Rounds = 5, MaxReplies = 100_000;
    const double MaxTimes = 1.2;

    /// <param name="Name">What is measured.</param>
    /// <param name="Small">Its address in the small site.</param>
    /// <param name="Large">Its address in the large one.</param>
    /// <param name="Aims">False for what shows more in the large one: a list of all boards.</param>
    sealed record Target(string Name, string Small, string Large, bool Aims = true);

    sealed record Place(Server Host, Browser Reader, long Topic, long Deep) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            Reader.Dispose();
            await Host.DisposeAsync();
        }
    }

    public static async Task Measure(Report report)
    {
        report.Section(
            "Size",
            $"A member's pages on a site of {Count:N0} posts in {Boards} boards, with topics of up to {MaxReplies:N0} replies, beside the "
                + $"same pages where there are {SmallCount:N0} posts in three boards; bell and search field included. CPU of a request at "
                + $"16 connections, the least of {Rounds} turns, since what else a machine does only adds to it.",
            "database", "page", "small, ms", "large, ms", "times", "queries", "KB");
        if (Rows.Database is not "postgresql") await On(report, "SQLite", "", "");
        if (Rows.Database is not "sqlite")
            await On(
                report, "PostgreSQL", await PostgreSql.NewCatalogue(), Rows.Server ?? await PostgreSql.NewCatalogue());
    }

    static async Task On(Report report, string name, string smallDatabase, string largeDatabase)
    {
        await using var small = await Open("size-small", smallDatabase, SmallCount, 3);
        await using var large = await Open("size", largeDatabase, Count, Boards);
        if (Rows.FillOnly) return;
        // The index of a million posts is made meanwhile, which would be counted as the pages'.
        await small.Host.Settle();
        await large.Host.Settle();
        foreach (var target in Targets(small, large))
        {
            var (few, many) = (double.MaxValue, double.MaxValue);
            foreach (var (place, path) in new[] { (small, target.Small), (large, target.Large) })
                await Load.WarmUp(place.Host, path, Data.Host, place.Reader.Cookie);
            for (var round = 0; round < Rounds; round++)
            {
                few = Math.Min(few, (await Load.Of(small.Host, target.Small, Data.Host, small.Reader.Cookie, 16, 1)).CpuMs);
                many = Math.Min(many, (await Load.Of(large.Host, target.Large, Data.Host, large.Reader.Cookie, 16, 1)).CpuMs);
            }
            byte[] body = [];
            var statements = await large.Host.RecordRequest(async () =>
            {
                body = await large.Reader.Bytes(target.Large);
                await Task.Delay(150);
            });
            var (times, shown) = (many / few, (many / few).ToString("0.00"));
            report.Row(
                name, target.Name, few.N(), many.N(),
                target.Aims ? report.Aim($"size, {name}, {target.Name}", times <= MaxTimes, shown) : shown,
                statements.Count.ToString(),
                ((double)body.Length).KB());
        }
    }

    static IEnumerable<Target> Targets(Place small, Place large)
    {
        foreach (var view in new[] { "chronological", "tree" })
            yield return new(
                $"topic of 25 posts, {view}", Data.PageOf("many", small.Topic) + $"?view={view}",
                Data.PageOf("many", large.Topic) + $"?view={view}");
        foreach (var view in new[] { "chronological", "tree" })
            yield return new(
                $"middle of {MaxReplies:N0} replies, {view}",
                Data.PageOf("deep", small.Deep) + $"?view={view}&after=1",
                Data.PageOf("deep", large.Deep) + $"?view={view}&after={MaxReplies / 2}");
        foreach (var view in new[] { "tree", "topics", "posts" })
            yield return new($"board, {view}", $"/boards/many?view={view}", $"/boards/many?view={view}");
        foreach (var (page, path) in new[] { ("notices", "/notifications"), ("form of a reply", "") })
            yield return new(
                page,
                path.Length > 0 ? path : $"/boards/many/{small.Topic}/reply?to=1",
                path.Length > 0 ? path : $"/boards/many/{large.Topic}/reply?to=1");
        yield return new("front page", "/", "/", Aims: false);
        yield return new("list of boards", "/boards", "/boards", Aims: false);
    }

    static async Task<Place> Open(string called, string database, int posts, int boards)
    {
        var folder = Path.Combine(Rows.Data ?? Places.Artifacts, called + (database.Length > 0 ? "-pg" : ""));
        // Of a server of this run alone nothing is left of the run before.
        if (database.Length > 0 && database != Rows.Server && Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        await Data.Make(folder, database, 1_000, posts / 50, posts, deep: true, iterations: 1000, boards);
        var (topic, deep) = await Data.In(folder, database, async db => (
            await db.Topics.Where(t => t.Board.Key == "many" && t.Replies >= 25).OrderBy(t => t.Id).Select(t => t.Id).FirstAsync(),
            await db.Topics.Where(t => t.Board.Key == "deep" && (boards == 3 ? t.Replies == Data.Depths[0] : t.Replies == MaxReplies))
                .Select(t => t.Id).FirstAsync()));
        var host = await Server.Host(folder, database, new() { ["Community__PasswordIterations"] = "1000" });
        var reader = new Browser(host, Data.Host);
        await reader.SignIn(Data.Reader);
        return new(host, reader, topic, deep);
    }
}
