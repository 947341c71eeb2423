using System.Diagnostics;
using Community.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Benchmarks;

/// <summary>Replies of many writers at once, on SQLite and on PostgreSQL, beside the bare transaction that writes the same rows.</summary>
static class Posting
{
    /// <summary>
    /// The compiler is done when it makes fewer methods than this in five seconds. It counts what each method does before it makes it anew,
    /// which takes a third of a reply's time, and where both cores are busy it gets to that late.
    /// </summary>
    const int Settled = 100;
    static readonly TimeSpan MaxWarmUp = TimeSpan.FromSeconds(120);
    const int Rounds = 5;

    public static async Task Measure(Report report)
    {
        report.Section(
            "Posting a reply",
            "The whole request: session, form token, rules, transaction, answer. The floor is an endpoint with the bare transaction by "
                + "ADO.NET on a copy of the same data.",
            "database",
            "writers",
            "topics",
            "a second",
            "floor",
            "ratio",
            "CPU ms",
            "floor",
            "p50 ms",
            "p99 ms",
            "queries",
            "numbers"
        );
        if (Rows.Database is not "postgresql") await On(report, "SQLite", "");
        if (Rows.Database is not "sqlite") await On(report, "PostgreSQL", await PostgreSql.NewCatalogue());
    }

    static async Task On(Report report, string name, string database)
    {
        // The two must not write into each other's topics.
        var folders = new[] { "posting", "posting-floor" }
            .Select(f => Path.Combine(Places.Artifacts, f + (database.Length > 0 ? "-pg" : "")))
            .ToArray();
        var databases = database.Length > 0 ? new[] { database, await PostgreSql.NewCatalogue() } : ["", ""];
        for (var i = 0; i < 2; i++)
        {
            if (Directory.Exists(folders[i])) Directory.Delete(folders[i], recursive: true);
            await Data.Make(folders[i], databases[i], 100, 10, 100, deep: false, iterations: 1000);
        }
        var topics = await Data.In(
            folders[0],
            databases[0],
            db => db.Topics.Where(t => t.Board.Key == "write").Select(t => t.Id).ToListAsync()
        );
        var source = await Data.In(folders[1], databases[1], db => Task.FromResult(db.Database.GetConnectionString()!));

        await using var host = await Server.Host(folders[0], databases[0], new() { ["Community__PasswordIterations"] = "1000" });
        await using var floor = await Server.Floor(new FloorSpecification(source, []).Keep());
        var writers = await Task.WhenAll(Enumerable.Range(1, Data.Writers).Select(n => Writer.Start(host, Data.Writer(n), topics[0])));
        using var bare = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            BaseAddress = new Uri($"http://127.0.0.1:{floor.Port}"),
        };

        async Task Own(int writer, long topic) => await writers[writer % writers.Length].Reply(topic);
        async Task Bare(long topic)
        {
            using var answer = await bare.PostAsync($"/reply/{topic}", null);
            if (answer.StatusCode != System.Net.HttpStatusCode.Found)
                throw new InvalidOperationException(answer.ToString());
        }

        for (var i = 0; i < 300; i++) { await Own(i, topics[i % topics.Count]); await Bare(topics[i % topics.Count]); }
        await Task.Delay(500);
        var statements = await host.RecordRequest(async () => { await Own(0, topics[0]); await Task.Delay(30); });
        if (Environment.GetEnvironmentVariable("COMMUNITY_BENCH_SQL") is not null)
            foreach (var s in statements)
                Console.WriteLine("    " + s.Sql.Replace('\n', ' '));

        foreach (var (count, on) in new[] { (16, topics), (64, topics[..1]) })
        {
            Func<int, Task> replies = writer => Own(writer, on[Random.Shared.Next(on.Count)]);
            Func<int, Task> bares = _ => Bare(on[Random.Shared.Next(on.Count)]);
            await WarmUp(host, count, replies);
            await WarmUp(floor, count, bares);
            // In turns, so that both meet the same neighbours; the middle of the ratios leaves out whoever came by for a moment.
            var (ownLoads, rawLoads) = (new List<Load>(), new List<Load>());
            for (var round = 0; round < Rounds; round++)
            {
                ownLoads.Add(await Load.Of(host, count, 2, replies));
                rawLoads.Add(await Load.Of(floor, count, 1.5, bares));
            }
            var ratio = ownLoads.Zip(rawLoads, (a, b) => a.PerSecond / b.PerSecond).Order().ElementAt(Rounds / 2);
            var (own, raw) = (Load.Middle(ownLoads), Load.Middle(rawLoads));
            var gaps = await Gaps(folders[0], databases[0]);
            report.Row(
                name,
                count.ToString(),
                on.Count.ToString(),
                own.PerSecond.N(),
                raw.PerSecond.N(),
                report.Aim($"posting, {name}, {count} writers", ratio >= 0.4, ratio.ToString("0.00")),
                own.CpuMs.N(),
                raw.CpuMs.N(),
                own.P50.N(),
                own.P99.N(),
                statements.Count.ToString(),
                report.Aim(
                    $"posting, {name}, {count} writers, numbers",
                    gaps == 0,
                    gaps == 0 ? "no gap, no double" : $"{gaps} topics with gaps"
                )
            );
        }
        foreach (var writer in writers) writer.Dispose();
    }

    /// <summary>Until the just-in-time compiler is done, however slow the machine: posting passes more code than reading.</summary>
    static async Task WarmUp(Server server, int writers, Func<int, Task> act)
    {
        var clock = Stopwatch.StartNew();
        for (var more = long.MaxValue; more >= Settled && clock.Elapsed < MaxWarmUp;)
        {
            var before = server.Use().Compiled;
            var load = await Load.Of(server, writers, 5, act);
            more = server.Use().Compiled - before;
            Console.WriteLine(FormattableString.Invariant(
                $"  warming up: {load.PerSecond:N0} a second, {load.CpuMs:N2} ms of CPU, {more:N0} methods compiled"));
        }
    }

    /// <summary>Topics whose numbers are not 1, 2, 3 … up to what the topic says.</summary>
    static Task<int> Gaps(string folder, string database) =>
        Data.In(
            folder,
            database,
            db =>
            {
                var posts = db.Posts;
                return db.Topics.CountAsync(t =>
                    t.NextNumber - 1 != posts.Count(p => p.TopicId == t.Id)
                    || t.NextNumber - 1 != posts.Where(p => p.TopicId == t.Id).Max(p => p.Number)
                );
            }
        );

    internal sealed class Writer(Browser browser, Dictionary<string, string> form) : IDisposable
    {
        public static async Task<Writer> Start(Server host, string email, long topic)
        {
            var browser = new Browser(host, Data.Host);
            await browser.SignIn(email);
            return new Writer(browser, await browser.Form($"/boards/write/{topic}/reply?to=1", "name=\"text\""));
        }

        public Task<string> Reply(long topic) =>
            browser.Post(
                $"/boards/write/{topic}/reply?to=1",
                new(form)
                {
                    ["key"] = Guid.NewGuid().ToString(),
                    ["title"] = "",
                    ["text"] = "茶は熱いうちに。\n\nThe second cup is the better one, **always**.",
                }
            );

        public void Dispose() => browser.Dispose();
    }
}
