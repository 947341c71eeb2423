using System.Diagnostics;
using Community.Mailing;
using Microsoft.EntityFrameworkCore;

namespace Community.Benchmarks;

/// <summary>Opens and clicks of mails: answered, and recorded behind the answer.</summary>
static class Hits
{
    const int Connections = 64, Seconds = 10, MinRecorded = 2_000;

    public static async Task Measure(Report report)
    {
        report.Section(
            "Opens and clicks",
            $"{Connections} connections for {Seconds} s, on SQLite. Recorded is what stands in the database once all are "
                + "written; the goal is 2,000 a second on two cores. What comes faster than it can be written, for seconds, is not kept.",
            "what",
            "answered a second",
            "CPU ms a request",
            "p99 ms",
            "recorded",
            "of"
        );
        var folder = Path.Combine(Places.Artifacts, "hits");
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        await Data.Make(folder, "", 100, 1, 1, deep: false, iterations: 1000);
        using var desk = Data.Open(folder, "");
        var site = (await desk.Services.GetRequiredService<SiteDirectory>().FindByKey("bench", default))!;
        var scopes = desk.Services.GetRequiredService<SiteScopes>();
        var (open, click) = await scopes.Run(site, async s =>
        {
            var db = s.GetRequiredService<SiteDb>();
            var link = new TrackedLink { MailingId = 1, Url = "https://example.com/?a=1&b=2", UrlHash = [1] };
            db.TrackedLinks.Add(link);
            db.Mailings.Add(new()
            {
                Id = 1,
                FormKey = Guid.NewGuid(),
                Title = "x",
                Tracking = TrackingMode.Pseudonymous,
                State = MailingState.Finished,
            });
            await db.SaveChangesAsync();
            var tokens = await TrackingTokens.Of(db, default);
            var token = new TrackingToken(1, 0, EngagementKind.Open, 0, false, 12345, DateTime.UtcNow.AddHours(-1));
            return ($"/o/{tokens.Write(token)}.gif",
                "/l/" + tokens.Write(token with { Kind = EngagementKind.Click, Link = link.Id }));
        });
        await using var host = await Server.Host(folder);
        foreach (var (what, path) in new[] { ("opens", open), ("clicks", click) })
        {
            await Load.WarmUp(host, path, site.CanonicalHost, null);
            await Written();
            var before = await Count();
            var load = await Load.Of(host, path, site.CanonicalHost, null, Connections, Seconds);
            await Written();
            var recorded = await Count() - before;
            report.Row(
                what,
                load.PerSecond.N(),
                load.CpuMs.N(),
                load.P99.N(),
                report.Aim($"{what}: recorded a second", recorded >= MinRecorded * Seconds, recorded.ToString("N0")),
                (load.PerSecond * Seconds).ToString("N0")
            );
        }

        Task<int> Count() => scopes.Run(site, s => s.GetRequiredService<SiteDb>().Engagements.CountAsync());

        // Until two looks a second apart see the same.
        async Task Written()
        {
            var clock = Stopwatch.StartNew();
            for (var last = -1; clock.Elapsed < TimeSpan.FromMinutes(1); await Task.Delay(1000))
            {
                var now = await Count();
                if (now == last) return;
                last = now;
            }
        }
    }
}
