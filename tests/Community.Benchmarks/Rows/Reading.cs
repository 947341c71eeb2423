using Community.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Benchmarks;

/// <summary>Pages of boards and topics, for visitors and members, short and long.</summary>
static class Reading
{
    sealed record Target(string Name, string Path, bool Member, FloorPage? Floor = null, int Queries = 0);

    public static async Task Measure(Report report)
    {
        var folder = Path.Combine(Places.Artifacts, "reading");
        await Data.Make(folder, "", 10_000, 2_000, 100_000, deep: true);
        var (topic, deep) = await Data.In(folder, "", async db => (
            await db.Topics.Where(t => t.Board.Key == "many" && t.Replies >= 25).OrderBy(t => t.Id).Select(t => t.Id).FirstAsync(),
            await db.Topics.Where(t => t.Board.Key == "deep").OrderBy(t => t.Replies).Select(t => t.Id).ToListAsync()));
        await using var host = await Server.Host(folder);
        using var reader = new Browser(host, Data.Host);
        await reader.SignIn(Data.Reader);
        using var visitor = new Browser(host, Data.Host);

        var pages = new List<Target>
        {
            new("topic, visitor, from the cache", Data.PageOf("many", topic), false),
            new("topic of 25 posts, member", Data.PageOf("many", topic) + "?view=chronological", true),
            new("topic as a tree, member", Data.PageOf("many", topic) + "?view=tree", true),
            new("board as a tree of titles, member", "/boards/many?view=tree", true),
            new("board as topics, member", "/boards/many?view=topics", true),
            new("board in order of time, member", "/boards/many?view=posts", true),
        };
        foreach (var view in new[] { "tree", "chronological" })
            for (var i = 0; i < Data.Depths.Length; i++)
                pages.Add(
                    new(
                        $"middle of {Data.Depths[i]:N0} replies, {view}",
                        Data.PageOf("deep", deep[i]) + $"?view={view}&after={(Data.Depths[i] > 25 ? Data.Depths[i] / 2 : 1)}",
                        true
                    )
                );

        pages = await Prepare(host, reader, visitor, pages);
        await using var floor = await Server.Floor(
            new FloorSpecification(pages.First(p => p.Queries > 0).Floor!.Statements[0].Source, [.. pages.Select(p => p.Floor!)]).Keep()
        );
        await Table(report, host, floor, reader, pages);
    }

    /// <summary>Looks at each page until nothing is new in it, then writes down what it asks and answers.</summary>
    static async Task<List<Target>> Prepare(Server host, Browser reader, Browser visitor, List<Target> pages)
    {
        foreach (var page in pages) for (var i = 0; i < 3; i++) await (page.Member ? reader : visitor).Bytes(page.Path);
        await host.Settle();
        var prepared = new List<Target>();
        foreach (var page in pages)
        {
            byte[] body = [];
            // What is written once in a while, as when a session was last used, is none of the page's.
            await (page.Member ? reader : visitor).Bytes(page.Path);
            var statements = await host.RecordRequest(async () =>
            {
                body = await (page.Member ? reader : visitor).Bytes(page.Path);
                await Task.Delay(150);
            });
            prepared.Add(
                page with
                {
                    Floor = new FloorPage($"/page/{prepared.Count}", statements, "text/html; charset=utf-8", body),
                    Queries = statements.Count,
                }
            );
        }
        return prepared;
    }

    static async Task Table(Report report, Server host, Server floor, Browser reader, List<Target> pages)
    {
        report.Section(
            "Reading",
            "SQLite, 102,000 posts and topics of up to 100,000 replies, 200 levels deep; the member has read here and "
                + "there in each. The floor sends the same SQL by ADO.NET and writes the same bytes.",
            "page",
            "at once",
            "a second",
            "floor",
            "ratio",
            "CPU ms",
            "floor",
            "allocated KB",
            "p50 ms",
            "p99 ms",
            "queries",
            "KB"
        );
        var shortest = new Dictionary<string, double>();
        foreach (var page in pages)
        {
            var deep = page.Name.StartsWith("middle", StringComparison.Ordinal);
            // Until the just-in-time compiler has done its best with it.
            await Load.WarmUp(host, page.Path, Data.Host, page.Member ? reader.Cookie : null);
            await Load.WarmUp(floor, page.Floor!.Path, "localhost", null);
            foreach (var connections in deep ? new[] { 16 } : [1, 16, 64])
            {
                var cookie = page.Member ? reader.Cookie : null;
                var own = await Load.Of(host, page.Path, Data.Host, cookie, connections, 2);
                var bare = await Load.Of(floor, page.Floor!.Path, "localhost", null, connections, 2);
                var (ratio, bytes) = (own.PerSecond / bare.PerSecond, (double)page.Floor.Body.Length);
                var cpu = own.CpuMs.N();
                if (deep)
                {
                    var view = page.Name.Split(' ')[^1];
                    shortest.TryAdd(view, own.CpuMs);
                    var times = own.CpuMs / shortest[view];
                    cpu = report.Aim(page.Name + ", CPU", times <= 1.2, $"{cpu} ({times:0.00} ×)");
                }
                var ratioShown = ratio.ToString("0.00");
                var allocated = own.Allocated.KB();
                // The aims are those of a site at work; of one connection its client's waiting is measured, of 64 the queue.
                if (page.Member && connections == 16)
                    (ratioShown, allocated) = (
                        report.Aim($"{page.Name}, ratio", ratio >= 0.6, ratioShown),
                        report.Aim($"{page.Name}, allocated KB", own.Allocated <= 150 * 1024, allocated)
                    );
                else if (!page.Member && connections > 1)
                    ratioShown = report.Aim($"{page.Name}, {connections}, ratio", ratio >= 0.8, ratioShown);
                report.Row(
                    page.Name,
                    connections.ToString(),
                    own.PerSecond.N(),
                    bare.PerSecond.N(),
                    ratioShown,
                    cpu,
                    bare.CpuMs.N(),
                    allocated,
                    own.P50.N(),
                    own.P99.N(),
                    page.Member ? report.Aim(page.Name + ", queries", page.Queries <= 4, page.Queries.ToString()) : page.Queries.ToString(),
                    page.Member ? report.Aim(page.Name + ", bytes", bytes <= 40 * 1024, bytes.KB()) : bytes.KB());
            }
        }
    }
}
