using System.Collections.Concurrent;
using Community.Boards;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Boards;

/// <summary>
/// What a member's page costs in memory and queries, so that it does not grow unnoticed; docs/performance.md has the aims. What a request
/// allocates is counted by its thread, which nobody else uses meanwhile: SQLite answers at once. Other tests and a busy machine change
/// nothing.
/// </summary>
public sealed class PageCostTests
{
    static PageCostTests() => SiteQueries.Listen();

    /// <summary>Requests before the first that counts: caches, templates and compiled queries are made by then.</summary>
    const int WarmUp = 10, Counted = 15;

    /// <summary>
    /// KB, in a debug build with little text: 139 to 151 when this was written. It had been 116 to 148; imported authors, reactions, polls
    /// and drafts had brought it to 175.
    /// </summary>
    const int MaxAllocated = 160;

    /// <summary>Octets of a page without words of members: 16 to 41 KB in English when this was written.</summary>
    const int MaxSent = 42 * 1024;

    [Fact]
    public async Task A_members_page_takes_little_memory_and_four_queries()
    {
        // The server's answers come from its own threads on PostgreSQL.
        if (TestHost.OnPostgreSql) return;
        var meter = new Meter();
        await using var host = await TestHost.Start(configure: services => services.AddSingleton<IStartupFilter>(meter));
        var site = await host.NewSite();
        var long25 = await site.Fill("general", 24, n => n - 1);
        for (var i = 0; i < 24; i++) await site.Fill("general", 9, n => n < 3 ? 1 : n - 2);
        await site.EventsRead();
        // As counted, which saves the query for whether there is a topic.
        await site.Db(db => db.Boards.ExecuteUpdateAsync(s => s.SetProperty(b => b.TopicCount, 25)));
        var ben = await site.SignIn("ben");
        var costs = new List<string>();
        foreach (var url in new[]
        {
            long25 + "?view=chronological", long25 + "?view=tree",
            "/boards/general?view=tree", "/boards/general?view=topics", "/boards/general?view=posts",
        })
        {
            for (var i = 0; i < WarmUp; i++) await ben.Get(url);
            meter.Taken.Clear();
            for (var i = 0; i < Counted; i++) Assert.Equal(System.Net.HttpStatusCode.OK, (await ben.Get(url)).Status);
            Assert.NotEmpty(meter.Taken);
            var (kilobytes, queries) = (meter.Taken.Min() / 1024, await SiteQueries.Of(site, () => ben.Get(url)));
            var sent = System.Text.Encoding.UTF8.GetByteCount((await ben.Get(url)).Html);
            var cost = $"{url}: {kilobytes} KB, {queries} queries, {sent:N0} octets";
            TestContext.Current.TestOutputHelper?.WriteLine(cost);
            if (kilobytes > MaxAllocated || queries is < 1 or > 4 || sent > MaxSent) costs.Add(cost);
        }
        Assert.True(
            costs.Count == 0, $"More than {MaxAllocated} KB, four queries or {MaxSent:N0} octets: {string.Join("; ", costs)}");
        Assert.Equal(0, await SiteQueries.Openings(site, () => ben.Get(long25)));
    }

    /// <summary>Bytes that each request has allocated on its thread, as far as it stayed on one.</summary>
    sealed class Meter : IStartupFilter
    {
        public ConcurrentBag<long> Taken { get; } = [];

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(async (http, rest) =>
            {
                var (thread, before) = (Environment.CurrentManagedThreadId, GC.GetAllocatedBytesForCurrentThread());
                await rest(http);
                if (Environment.CurrentManagedThreadId == thread) Taken.Add(GC.GetAllocatedBytesForCurrentThread() - before);
            });
            next(app);
        };
    }
}
