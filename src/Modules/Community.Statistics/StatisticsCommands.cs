using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Statistics;

/// <summary><c>community statistics rebuild</c> and <c>community statistics check</c></summary>
static class StatisticsCommands
{
    public static IReadOnlyList<SiteCommand> All =>
    [
        new("rebuild", "Count all days anew from the posts. Killed, a server or the next rebuild goes on.", Rebuild),
        new("check", "Compare the counters with posts and members.", Check),
    ];

    static async Task<int> Rebuild(SiteCommandCall call)
    {
        var (scopes, site, _, output, ct) = call;
        if (!site.Features.Contains(StatisticsModule.Feature)) return Off(site, output);
        await scopes.Run(site, async s =>
        {
            var db = s.GetRequiredService<SiteDb>();
            await using var change = await db.Change(ct);
            await MarkAllDays.Begin(db, ct);
            await change.Commit(ct);
        });
        long? from = null;
        do from = await scopes.Run(site, s => new MarkAllDays(s.GetRequiredService<SiteDb>()).Next(from, ct));
        while (from is not null);
        var days = 0;
        while (await scopes.Run(site, s => s.GetRequiredService<CountDays>().Next(ct)))
            if (++days % 100 == 0) await output.WriteLineAsync($"{days} days");
        await output.WriteLineAsync($"The statistics of {site.Key} are counted anew: {days} days.");
        return 0;
    }

    static async Task<int> Check(SiteCommandCall call)
    {
        var (scopes, site, _, output, ct) = call;
        if (!site.Features.Contains(StatisticsModule.Feature)) return Off(site, output);
        var found = await scopes.Run(site, async s =>
        {
            var count = 0;
            await foreach (var problem in new CheckStatistics(s.GetRequiredService<SiteDb>()).Problems(ct))
            {
                count++;
                await output.WriteLineAsync(problem);
            }
            return count;
        });
        await output.WriteLineAsync(found == 0 ? "The counters agree with posts and members." : $"community statistics rebuild {site.Key}");
        return found == 0 ? 0 : 1;
    }

    static int Off(Site site, TextWriter output)
    {
        output.WriteLine(
            $"{site.Key} has no statistics: community site feature {site.Key} {StatisticsModule.Feature} on");
        return 1;
    }
}
