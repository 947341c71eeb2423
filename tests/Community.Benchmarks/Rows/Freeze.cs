using System.Diagnostics;
using Community.Mailing;
using Microsoft.EntityFrameworkCore;

namespace Community.Benchmarks;

/// <summary>The audience of a mailing, taken in at its start: one row for each recipient.</summary>
static class Freeze
{
    /// <summary>How many (<c>--recipients</c>).</summary>
    public static int Count { get; set; } = 1_000_000;
    const double MaxSeconds = 120, MaxMegabytes = 100;

    public static async Task Measure(Report report)
    {
        report.Section(
            "The start of a large mailing",
            $"{Count:N0} members agreed to the kind of mail; from its time until all are taken in and the first may be sent. "
                + "Memory: how much more the program holds at most than before.",
            "database",
            "recipients",
            "seconds",
            "a second",
            "MB more",
            "CPU s"
        );
        if (Rows.Database is not "postgresql") await On(report, "SQLite", "");
        if (Rows.Database is not "sqlite") await On(report, "PostgreSQL", await PostgreSql.NewCatalogue());
    }

    static async Task On(Report report, string name, string database)
    {
        var folder = Path.Combine(Places.Artifacts, "freeze-" + name);
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        await Data.Make(folder, database, 10, 1, 1, deep: false, iterations: 1000);
        using var desk = Data.Open(folder, database);
        var site = (await desk.Services.GetRequiredService<SiteDirectory>().FindByKey("bench", default))!;
        var scopes = desk.Services.GetRequiredService<SiteScopes>();
        await scopes.Run(site, s => new Copies(s.GetRequiredService<SiteDb>(), Count).Members());
        await using var host = await Server.Host(
            folder,
            database,
            new() { ["Community__MailingsPerHour"] = "1", ["Community__MailingBurst"] = "1" }
        );
        await Task.Delay(3000);
        var (before, clock) = (host.Collect(), Stopwatch.StartNew());
        await scopes.Run(site, s => Mail.Reserve(s, site, 1));
        var most = before.Resident;
        while (!await scopes.Run(site, s => s.GetRequiredService<SiteDb>().Mailings.AnyAsync(m => m.Total != null)))
        {
            await Task.Delay(100);
            most = Math.Max(most, host.Use().Resident);
            if (clock.Elapsed > TimeSpan.FromMinutes(15)) break;
        }
        var (seconds, cpu) = (clock.Elapsed.TotalSeconds, (host.Use().CpuMs - before.CpuMs) / 1000);
        var recipients = await scopes.Run(site, s => s.GetRequiredService<SiteDb>().Deliveries.CountAsync());
        var more = (most - before.Resident) / 1024.0 / 1024;
        report.Row(
            name,
            recipients.ToString("N0"),
            report.Aim($"{name}: seconds to take in {Count:N0}", seconds <= MaxSeconds && recipients >= Count, seconds.N()),
            (recipients / seconds).N(),
            report.Aim($"{name}: MB more to take in {Count:N0}", more <= MaxMegabytes, more.N()),
            cpu.N()
        );
    }
}
