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

    /// <summary>Tokens of the period that is looked at: those of an hour at the usual rate.</summary>
    const int Tokens = 1_000, Burst = 20;
    static TimeSpan Period => TimeSpan.FromHours((double)Tokens / PerHour);

    static readonly string[] places = ["after-lease", "before-intent", "before-dot", "after-dot", "before-outcomes", "after-outcomes"];

    public static async Task Measure(Report report)
    {
        report.Section(
            "Kills",
            $"The sender of a mailing to {Recipients:N0}, killed with -9 at a random place behind a lease. When all have an outcome before "
                + "the last kill, another mailing to the same members follows."
                + (PerHour > 0
                    ? $" Throttle: {PerHour:N0} an hour, {Burst} at once. The busiest hour is scaled down: the most within "
                        + $"any {Period.TotalSeconds:0} s, in which {Tokens:N0} may be sent as usually in an hour, and {Burst} more."
                    : ""),
            "database",
            "kills",
            "mailings",
            "recipients",
            "accepted",
            "of unknown fate",
            "delivered",
            "twice",
            "missing",
            "in the busiest period",
            "minutes"
        );
        var program = await KilledSender.Publish();
        if (Rows.Database is not "postgresql") await On(report, program, "SQLite", "");
        if (Rows.Database is not "sqlite") await On(report, program, "PostgreSQL", await PostgreSql.NewCatalogue());
    }

    static async Task On(Report report, string program, string name, string database)
    {
        var clock = Stopwatch.StartNew();
        var (data, spool) = (
            Directory.CreateTempSubdirectory("community-kills-").FullName,
            Directory.CreateTempSubdirectory("community-spool-").FullName
        );
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
            KilledSender Next(string dieAt = "") =>
                KilledSender.Start(
                    program,
                    new()
                    {
                        ["Community:Data"] = data,
                        ["Community:Database"] = database,
                        ["Community:Themes"] = Path.Combine(Places.Root, "themes"),
                        ["Community:PublicScheme"] = "http",
                        ["Community:Relay"] = $"smtp://127.0.0.1:{port}?tls=none",
                        ["Community:MailingsPerHour"] = PerHour.ToString(),
                        ["Community:MailingBurst"] = Burst.ToString(),
                        ["Community:DieAt"] = dieAt,
                    }
                );
            KilledSender ToDie() => Next($"mailing.{places[random.Next(places.Length)]}@{site.Key}:{random.Next(1, 4)}");

            var kill = 0;
            clock.Restart();
            var waiting = ToDie();
            try
            {
                while (kill < Count && (Minutes == 0 || clock.Elapsed.TotalMinutes < Minutes))
                {
                    if (!await HasUnfinished(scopes, site)) await scopes.Run(site, s => Mail.Reserve(s, site, 1));
                    using var sender = waiting;
                    sender.Release();
                    waiting = ToDie();
                    // Until all have an outcome: then it comes to its place no more.
                    var died = false;
                    while (!(died = await sender.Died(TimeSpan.FromSeconds(1))) && await HasUnfinished(scopes, site)) { }
                    if (died && ++kill % 50 == 0) Console.WriteLine($"  {name}: {kill} kills, {clock.Elapsed.TotalMinutes:0.0} min");
                }
            }
            finally { waiting.Dispose(); }
            var minutes = clock.Elapsed.TotalMinutes;
            using (var last = Next())
            {
                last.Release();
                while (await HasUnfinished(scopes, site)) await last.Died(TimeSpan.FromSeconds(1));
            }
            await Compare(report, name, kill, spool, scopes, site, minutes);
        }
        finally
        {
            sink.Kill();
            Directory.Delete(spool, recursive: true);
            Directory.Delete(data, recursive: true);
        }
    }

    static SiteDb Db(IServiceProvider services) => services.GetRequiredService<SiteDb>();

    static Task<bool> HasUnfinished(SiteScopes scopes, Site site) =>
        scopes.Run(site, s => Db(s).Mailings.AnyAsync(m => m.State != MailingState.Finished));

    /// <summary>The most that arrived within any <see cref="Period"/>.</summary>
    static int Busiest(string spool)
    {
        var at = Directory.GetFiles(spool).Select(File.GetCreationTimeUtc).Order().ToList();
        var (most, first) = (0, 0);
        for (var last = 0; last < at.Count; last++)
        {
            while (at[last] - at[first] >= Period) first++;
            most = Math.Max(most, last - first + 1);
        }
        return most;
    }

    static async Task Compare(Report report, string name, int kills, string spool, SiteScopes scopes, Site site, double minutes)
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
        var busiest = PerHour == 0 ? 0 : Busiest(spool);
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
            PerHour == 0
                ? ""
                : report.Aim($"{name}: within rate and burst", busiest <= Tokens + Burst, $"{busiest:N0} of {Tokens + Burst:N0}"),
            minutes.N()
        );
    }
}
