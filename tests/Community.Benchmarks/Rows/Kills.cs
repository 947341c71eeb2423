using System.Diagnostics;
using System.Text.RegularExpressions;
using Community.Mailing;
using Microsoft.EntityFrameworkCore;

namespace Community.Benchmarks;

/// <summary>
/// A mailing whose sender is killed with -9 again and again, at a random place behind a lease. What Postfix's smtp-sink got is compared
/// with what the ledger says.
/// </summary>
static class Kills
{
    const int Recipients = 5_000;

    /// <summary>How many (<c>--kills</c>).</summary>
    public static int Count { get; set; } = 1_000;
    /// <summary>No more are begun after so many minutes (<c>--minutes</c>); 0 for no end.</summary>
    public static int Minutes { get; set; }
    /// <summary>Portions with other places to die (<c>--seed</c>).</summary>
    public static int Seed { get; set; } = 1;

    /// <summary>Messages an hour (<c>--per-hour</c>); 0 for no throttle. A high one makes an hour of tokens pass in seconds.</summary>
    public static int PerHour { get; set; }

    const int Burst = 20;
    static readonly TimeSpan window = TimeSpan.FromSeconds(5);

    static readonly string[] places = ["after-lease", "before-intent", "before-dot", "after-dot", "before-outcomes", "after-outcomes"];

    public static async Task Measure(Report report)
    {
        report.Section(
            "Kills",
            $"The sender of a mailing to {Recipients:N0}, killed with -9 at a random place behind a lease. When all have an outcome before "
                + "the last kill, another mailing to the same members follows."
                + (PerHour > 0 ? $" Throttle: {PerHour:N0} an hour, {Burst} at once." : ""),
            "database",
            "kills",
            "mailings",
            "recipients",
            "accepted",
            "of unknown fate",
            "delivered",
            "twice",
            "missing",
            "most of the throttle",
            "minutes"
        );
        if (Rows.Database is not "postgresql") await On(report, "SQLite", "");
        if (Rows.Database is not "sqlite") await On(report, "PostgreSQL", await PostgreSql.NewCatalogue());
    }

    static async Task On(Report report, string name, string database)
    {
        var clock = Stopwatch.StartNew();
        var (data, spool) = (
            Path.Combine(Places.Artifacts, "kills-" + name),
            Directory.CreateTempSubdirectory("community-kills-").FullName
        );
        if (Directory.Exists(data)) Directory.Delete(data, recursive: true);
        await Data.Make(data, database, Recipients, 1, 1, deep: false, iterations: 1000);
        using var desk = Data.Open(data, database);
        var site = (await desk.Services.GetRequiredService<SiteDirectory>().FindByKey("bench", default))!;
        var scopes = desk.Services.GetRequiredService<SiteScopes>();
        var port = Ports.Free();
        using var sink = Mail.Sink(port, spool);
        try
        {
            await Mail.Listens(port);
            var random = new Random(Seed);
            await scopes.Run(site, s => Mail.Reserve(s, site, 1));
            var kill = 0;
            while (kill < Count && (Minutes == 0 || clock.Elapsed.TotalMinutes < Minutes))
            {
                if (!await scopes.Run(site, s => Db(s).Mailings.AnyAsync(m => m.State != MailingState.Finished)))
                    await scopes.Run(site, s => Mail.Reserve(s, site, 1));
                var place = $"mailing.{places[random.Next(places.Length)]}@{site.Key}:{random.Next(1, 4)}";
                if (await Died(data, database, port, place, scopes, site)) kill++;
                if (kill % 50 == 0) Console.WriteLine($"  {kill} kills, {clock.Elapsed.TotalMinutes:0.0} min");
            }
            while (await scopes.Run(site, s => Db(s).Mailings.AnyAsync(m => m.State != MailingState.Finished)))
                await Died(data, database, port, "", scopes, site);
            await Compare(report, name, kill, spool, scopes, site, clock);
        }
        finally
        {
            sink.Kill();
            Directory.Delete(spool, recursive: true);
        }
    }

    static SiteDb Db(IServiceProvider services) => services.GetRequiredService<SiteDb>();

    /// <summary>False if all had an outcome before it came to the place.</summary>
    static async Task<bool> Died(string data, string database, int port, string place, SiteScopes scopes, Site site)
    {
        await using var host = await Server.Host(
            data,
            database,
            new()
            {
                ["Community__Relay"] = $"smtp://127.0.0.1:{port}?tls=none",
                ["Community__MailingsPerHour"] = PerHour.ToString(),
                ["Community__MailingBurst"] = Burst.ToString(),
                ["Community__DieAt"] = place,
                // It lives for a second: nothing pays off that makes its code faster later.
                ["DOTNET_TieredPGO"] = "0",
                ["DOTNET_TC_CallCounting"] = "0",
                ["DOTNET_EnableWriteXorExecute"] = "0",
                ["DOTNET_hostBuilder__reloadConfigOnChange"] = "false",
            },
            waits: false
        );
        for (var look = 0; !host.HasExited; look++)
        {
            await Task.Delay(20);
            if (look % 25 == 0 && !await scopes.Run(site, s => Db(s).Mailings.AnyAsync(m => m.State != MailingState.Finished)))
                return false;
        }
        return host.ExitCode == 137 ? true : throw new InvalidOperationException($"The host ended with {host.ExitCode}: {host.Output}");
    }

    /// <summary>The most that arrived within any <see cref="window"/>, beside what rate and burst allow in it.</summary>
    static double Busiest(string spool)
    {
        var at = Directory.GetFiles(spool).Select(File.GetCreationTimeUtc).Order().ToList();
        var (most, first) = (0, 0);
        for (var last = 0; last < at.Count; last++)
        {
            while (at[last] - at[first] >= window) first++;
            most = Math.Max(most, last - first + 1);
        }
        // What was under way when the window began: one for each connection.
        return most / (PerHour / 3600.0 * window.TotalSeconds + Burst + 8);
    }

    static async Task Compare(Report report, string name, int kills, string spool, SiteScopes scopes, Site site, Stopwatch clock)
    {
        // X-Rcpt-Args is the sink's own; Message-ID has the mailing's key and the recipient's number.
        var delivered = Directory
            .GetFiles(spool)
            .Select(f => Regex.Match(File.ReadAllText(f), "^Message-ID: *(?:\\r?\\n )?<(.+?)@", RegexOptions.Multiline).Groups[1].Value)
            .CountBy(id => id)
            .ToDictionary();
        var rows = await scopes.Run(
            site,
            s =>
                Db(s)
                    .Deliveries.Join(Db(s).Mailings, d => d.MailingId, m => m.Id, (d, m) => new { m.FormKey, d.Seq, d.State })
                    .ToListAsync()
        );
        var (mailings, open) = await scopes.Run(
            site,
            async s => (
                await Db(s).Mailings.CountAsync(),
                await Db(s).Deliveries.CountAsync(d => Delivery.Open.Contains(d.State)) + await Db(s).Mailings.SumAsync(m => m.Total!.Value)
                    - await Db(s).Deliveries.CountAsync()
            )
        );
        var twice = delivered.Values.Count(n => n > 1);
        var missing =
            rows.Count(r => r.State == DeliveryState.Accepted && !delivered.ContainsKey($"{r.FormKey:N}.{r.Seq}"))
            + rows.Count(r => r.State is not (DeliveryState.Accepted or DeliveryState.Ambiguous))
            + Math.Abs(open);
        report.Row(
            name,
            kills.ToString("N0"),
            mailings.ToString("N0"),
            rows.Count.ToString("N0"),
            rows.Count(r => r.State == DeliveryState.Accepted).ToString("N0"),
            rows.Count(r => r.State == DeliveryState.Ambiguous).ToString("N0"),
            delivered.Values.Sum().ToString("N0"),
            report.Aim($"{name}: delivered twice", twice == 0, twice.ToString()),
            report.Aim($"{name}: missing", missing == 0, missing.ToString()),
            PerHour == 0 ? "" : report.Aim($"{name}: within rate and burst", Busiest(spool) <= 1, Busiest(spool).ToString("0.00")),
            clock.Elapsed.TotalMinutes.N()
        );
    }
}
