using System.Diagnostics;
using Community.Boards;
using Community.Search;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Benchmarks;

/// <summary>The first page of a search over many posts, beside a plain scan of the texts, and how soon a new post is found.</summary>
static class Finding
{
    /// <summary>How many posts; <c>./bench search --posts 100000</c> makes fewer.</summary>
    public static int Count { get; set; } = 1_000_000;
    const int Rounds = 20;
    const double MaxMilliseconds = 100, MaxLag = 5;

    /// <summary>Frequent and rare, of one to four characters, with filters, and words that are not there.</summary>
    static readonly string[] queries =
    [
        "鉄瓶", "送料", "森", "茶", "急須 蓋", "お湯の温度", "tent", "zip", "\"the tent\"", "鉄瓶 -錆", "優柔不断", "鉄瓶 board:many", "ip",
    ];

    public static async Task Measure(Report report)
    {
        report.Section(
            "Search",
            $"The first page of a search over {Count:N0} posts, by the class that the page calls: {queries.Length} queries, each {Rounds} "
                + "times, beside the first page by LIKE over the texts (newest first, as a query without an index would be written). The "
                + "lag is from the answer to a post until a search finds it. CPU is this process's, on PostgreSQL without the server's.",
            "database",
            "index, MB",
            "built, s",
            "p50, ms",
            "p95, ms",
            "CPU, ms",
            "best first p95, ms",
            "LIKE p50, ms",
            "LIKE p95, ms",
            "p95 ratio",
            "lag, s"
        );
        if (Rows.Database is not "postgresql") await On(report, "SQLite", "");
        if (Rows.Database is not "sqlite") await On(report, "PostgreSQL", Rows.Server ?? await PostgreSql.NewCatalogue());
    }

    static async Task On(Report report, string name, string database)
    {
        var folder = Rows.Data is { } given
            ? Path.Combine(given, database.Length > 0 ? "postgresql" : "sqlite")
            : Path.Combine(Places.Artifacts, "search" + (database.Length > 0 ? "-pg" : ""));
        if (Rows.Data is null && Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        await Data.Make(folder, database, 1000, Math.Max(1, Count / 50), Count, deep: false, iterations: 1000);
        using var host = Data.Open(folder, database);
        var site = (await host.Services.GetRequiredService<SiteDirectory>().FindByKey("bench", default))!;
        var scopes = host.Services.GetRequiredService<SiteScopes>();
        var (built, size) = await Build(scopes, site);
        if (Rows.FillOnly) return;
        var (own, cpu) = await Times(scopes, site, Own);
        if (Environment.GetEnvironmentVariable("COMMUNITY_BENCH_QUERIES") is not null)
            foreach (var q in queries)
            {
                var (times, _) = await Times(scopes, site, Own, q);
                var (ranked, _) = await Times(scopes, site, Best, q);
                Console.WriteLine(
                    $"    {q}: p50 {At(times, .5).N()}, p95 {At(times, .95).N()} ms, "
                        + $"best first {At(ranked, .5).N()} and {At(ranked, .95).N()}");
            }
        var (best, _) = await Times(scopes, site, Best);
        var (like, _) = await Times(scopes, site, Like);
        var lag = await Lag(folder, database);
        report.Row(
            name, size.ToString("N0"), built?.TotalSeconds.N() ?? "", At(own, .5).N(),
            report.Aim($"search, {name}, p95 below {MaxMilliseconds} ms", At(own, .95) < MaxMilliseconds, At(own, .95).N()),
            cpu.N(),
            report.Aim($"search, {name}, best first, p95 below {MaxMilliseconds} ms", At(best, .95) < MaxMilliseconds, At(best, .95).N()),
            At(like, .5).N(), At(like, .95).N(), (At(like, .95) / At(own, .95)).N(),
            report.Aim($"search, {name}, lag below {MaxLag} s", lag < MaxLag, lag.N())
        );
        // A gigabyte or two.
        SqliteConnections.Instance.Close();
        if (Rows.Data is null && Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    /// <summary>Builds the index; in data that were kept it may be there, then no time is said.</summary>
    static async Task<(TimeSpan?, long)> Build(SiteScopes scopes, Site site)
    {
        if (await scopes.Run(site, s => s.GetRequiredService<SiteDb>().SearchIndexes.Current().FirstOrDefaultAsync()) is { } there)
            return (null, await scopes.Run(site, s => Size(s.GetRequiredService<SiteDb>(), there.Id)) / 1_000_000);
        var clock = Stopwatch.StartNew();
        var id = await scopes.Run(site, async s =>
        {
            var db = s.GetRequiredService<SiteDb>();
            await using var change = await db.Change();
            var index = await BuildIndex.Begin(db, default);
            await change.Commit();
            return index.Id;
        });
        var before = await scopes.Run(site, s => Size(s.GetRequiredService<SiteDb>(), id));
        while (await scopes.Run(site, s => ActivatorUtilities.CreateInstance<BuildIndex>(s).Next(id, false, default))) { }
        return (clock.Elapsed, (await scopes.Run(site, s => Size(s.GetRequiredService<SiteDb>(), id)) - before) / 1_000_000);
    }

#pragma warning disable EF1002 // The table's name is made of a number.
    static Task<long> Size(SiteDb db, long id) =>
        db.Database.SqlQueryRaw<long>(
            db.IsSqlite
                ? "SELECT page_count * page_size AS \"Value\" FROM pragma_page_count(), pragma_page_size()"
                : $"SELECT pg_total_relation_size('search_{id}') AS \"Value\""
        ).SingleAsync();
#pragma warning restore EF1002

    static async Task<(List<double> Times, double Cpu)> Times(
        SiteScopes scopes, Site site, Func<SiteDb, string, Task<int>> search, string? only = null)
    {
        var asked = only is null ? queries : [only];
        foreach (var q in asked) await scopes.Run(site, s => search(s.GetRequiredService<SiteDb>(), q));
        var (times, before) = (new List<double>(), Process.GetCurrentProcess().TotalProcessorTime);
        var rounds = search == Like ? 2 : Rounds;
        for (var round = 0; round < rounds; round++)
            foreach (var q in asked)
            {
                var clock = Stopwatch.StartNew();
                await scopes.Run(site, s => search(s.GetRequiredService<SiteDb>(), q));
                times.Add(clock.Elapsed.TotalMilliseconds);
            }
        times.Sort();
        return (times, (Process.GetCurrentProcess().TotalProcessorTime - before).TotalMilliseconds / times.Count);
    }

    static double At(List<double> times, double part) => times[(int)Math.Min(times.Count - 1, times.Count * part)];

    static Task<int> Own(SiteDb db, string q) => Own(db, q, SearchOrder.Newest);

    static Task<int> Best(SiteDb db, string q) => Own(db, q, SearchOrder.Best);

    static async Task<int> Own(SiteDb db, string q, SearchOrder order)
    {
        var query = SearchQuery.Parse(q);
        return (await new FindPosts(db).Find(new(query, null, query.Board, null, null, order), Reader.Visitor, default)).Posts.Count;
    }

    static Task<int> Like(SiteDb db, string q)
    {
        var posts = db.Posts.AsNoTracking().VisibleTo(Reader.Visitor).Present();
        foreach (var word in q.Split(' ').Where(w => !w.Contains(':')).Select(w => w.Trim('"')))
            posts = word.StartsWith('-') ? posts.Where(p => !p.Text.Contains(word.Substring(1))) : posts.Where(p => p.Text.Contains(word));
        return posts.OrderByDescending(p => p.At).Take(FindPosts.PageSize + 1).Select(ReadPost.Of).ToListAsync()
            .ContinueWith(t => t.Result.Count, TaskScheduler.Default);
    }

    /// <summary>From the answer to a post until the first search that finds it; the worst of ten.</summary>
    static async Task<double> Lag(string folder, string database)
    {
        await using var server = await Server.Host(folder, database);
        using var browser = new Browser(server, Data.Host);
        await browser.SignIn(Data.Reader);
        var worst = 0.0;
        for (var i = 0; i < 10; i++)
        {
            var word = $"lagword{i}x";
            var form = await browser.Form("/boards/write/new", "name=\"text\"");
            (form["title"], form["text"]) = (word, word);
            await browser.Post("/boards/write/new", form);
            var clock = Stopwatch.StartNew();
            while (!(await browser.Get($"/search?q={word}")).Contains("<mark>"))
            {
                if (clock.Elapsed > TimeSpan.FromSeconds(60)) throw new InvalidOperationException("The post is never found.");
                await Task.Delay(20);
            }
            worst = Math.Max(worst, clock.Elapsed.TotalSeconds);
        }
        return worst;
    }
}
