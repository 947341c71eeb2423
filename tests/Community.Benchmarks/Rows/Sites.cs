using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Community.Sites;

namespace Community.Benchmarks;

/// <summary>Many sites in one installation on SQLite: what they cost while nobody comes, and the first visit.</summary>
static class Sites
{
    const int Count = 500, Visited = 100;

    public static async Task Measure(Report report)
    {
        report.Section("Many sites", $"{Count} sites on SQLite in one process.", "what", "figure");
        await Make(1);
        var one = await Start(1);
        await using (one) one.Collect();
        var (folder, making) = await Make(Count);
        if (making is { } ms) report.Row("making a site from a recipe", $"{ms.N()} ms");
        await using var host = await Start(Count);
        report.Row("start-up, first answer", $"{host.StartUp.TotalMilliseconds:0} ms (with one site {one.StartUp.TotalMilliseconds:0} ms)");

        // The first page of the first site brings the compiler; it is none of the sites'.
        using var http = Client(host);
        await Page(http, 0, host.Port);
        await Page(http, 1, host.Port);
        await host.Settle();
        var idle = host.Collect();
        var open = OpenSites(host);
        var asked = await host.Record(() => Task.Delay(TimeSpan.FromSeconds(60)));
        var cpu = host.Use().CpuMs - idle.CpuMs;
        report.Row(
            "a minute with nothing to do: sites opened",
            report.Aim("idle minute", OpenSites(host).IsSubsetOf(open), OpenSites(host).Except(open).Count().ToString())
        );
        report.Row(
            "a minute with nothing to do: queries of the catalogue, CPU",
            $"{asked.Count:N0}, " + report.Aim("idle minute, CPU", cpu <= 500, $"{cpu.N()} ms")
        );

        var times = new List<double>();
        for (var i = 2; i < 2 + Visited; i++)
        {
            var clock = Stopwatch.StartNew();
            await Page(http, i, host.Port);
            times.Add(clock.Elapsed.TotalMilliseconds);
        }
        times.Sort();
        report.Row(
            "first page of a cold site, p50 and p99",
            report.Aim("first page of a cold site", times[^2] <= 100, $"{times[Visited / 2].N()} and {times[^2].N()} ms")
        );
        var visited = host.Collect();
        var each = (visited.Managed - idle.Managed) / 1024.0 / Visited;
        report.Row(
            "memory of a site that was visited and is idle, managed",
            report.Aim("memory of an idle site", each <= 512, $"{each.N()} KB")
        );
        report.Row("memory of the process, resident", $"{host.Use().Resident / 1024.0 / 1024:0} MB");
    }

    static Task<Server> Start(int count) => Server.Host(Folder(count));
    static string Folder(int count) => Path.Combine(Places.Artifacts, "sites-" + count);
    static string HostOf(int n) => $"s{n}.localhost";

    static HttpClient Client(Server host) => new() { BaseAddress = new Uri($"http://127.0.0.1:{host.Port}") };

    static async Task Page(HttpClient http, int n, int port)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/boards") { Headers = { Host = $"{HostOf(n)}:{port}" } };
        using var answer = await http.SendAsync(request);
        if (answer.StatusCode != HttpStatusCode.OK) throw new InvalidOperationException($"{HostOf(n)}: {answer.StatusCode}");
        await answer.Content.ReadAsByteArrayAsync();
    }

    /// <summary>The files of sites that the process holds open.</summary>
    static HashSet<string> OpenSites(Server host) =>
        Directory
            .GetFiles($"/proc/{host.Id}/fd")
            .Select(f => new FileInfo(f).LinkTarget ?? "")
            .Where(f => f.EndsWith("/site.db", StringComparison.Ordinal))
            .ToHashSet();

    /// <returns>The folder, and milliseconds a site if they were made now.</returns>
    static async Task<(string Folder, double? Making)> Make(int count)
    {
        using var host = Data.Open(Folder(count), "");
        var (services, made) = (host.Services, 0);
        await services.GetRequiredService<Databases>().PrepareCatalogue(default);
        await services.GetRequiredService<Installation>().Prepare(default);
        var clock = Stopwatch.StartNew();
        for (var n = 0; n < count; n++)
        {
            if (await services.GetRequiredService<SiteDirectory>().FindByKey($"s{n}", default) is not null) continue;
            var recipe = (JsonObject)JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Places.Root, "recipes", "blank.json")))!;
            (recipe["key"], recipe["name"], recipe["hosts"]) = ($"s{n}", $"Site {n}", new JsonArray(HostOf(n)));
            await services.GetRequiredService<CreateSite>().From(Operators.OfMachine, Recipe.Parse(recipe.ToJsonString()));
            made++;
        }
        return (Folder(count), made > 10 ? clock.Elapsed.TotalMilliseconds / made : null);
    }

    /// <summary>Two sites and a thousand requests of visitors and a member.</summary>
    public static async Task Memory(Report report)
    {
        report.Section("Memory", "Two sites, and 1,000 pages of both behind them.", "what", "MB");
        await Data.Make(Path.Combine(Places.Artifacts, "memory"), "", 1_000, 100, 5_000, deep: false);
        await using var host = await Server.Host(Path.Combine(Places.Artifacts, "memory"));
        using var member = new Browser(host, Data.Host);
        await member.SignIn(Data.Reader);
        using var visitor = new Browser(host, Data.Host);
        using var console = new Browser(host, "console.localhost");
        for (var i = 0; i < 1000; i++)
            await (
                i % 10 == 0
                    ? console.Bytes("/sign-in")
                    : (i % 2 == 0 ? member : visitor).Bytes(i % 7 == 0 ? "/boards/many" : Data.PageOf("many", 1 + i % 100))
            );
        var use = host.Use();
        report.Row(
            "resident",
            report.Aim("memory of two sites", use.Resident <= 200L * 1024 * 1024, (use.Resident / 1024.0 / 1024).ToString("0"))
        );
        report.Row("resident after a collection", (host.Collect().Resident / 1024.0 / 1024).ToString("0"));
    }
}
