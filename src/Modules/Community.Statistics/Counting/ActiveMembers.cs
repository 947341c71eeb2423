using System.Collections.Concurrent;
using System.Threading.Channels;
using Community.Kernel;
using Community.Members;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Community.Statistics;

/// <summary>
/// Counts who was here on a day, in a week, in a month: each member once, after the response has been sent. What is kept of a member is the
/// last day alone (<see cref="MemberVisit"/>). If the process dies, whoever was not stored yet is counted with their next page.
/// </summary>
public sealed class ActiveMembers(SiteScopes scopes, TimeProvider time, ILogger<ActiveMembers> logger) : BackgroundService
{
    /// <summary>A site that cannot write for a while must not use up the memory.</summary>
    const int MaxWaiting = 10_000;
    /// <summary>Members of one change.</summary>
    const int MaxTogether = 200;
    /// <summary>Members whom the process remembers to have counted today; beyond it, it asks the database again.</summary>
    const int MaxRemembered = 200_000;

    readonly record struct Visit(Site Site, long Member, DateOnly Day);

    readonly Channel<Visit> waiting = Channel.CreateBounded<Visit>(MaxWaiting);
    readonly ConcurrentDictionary<(long Site, long Member), DateOnly> counted = new();

    /// <summary>A member sees a page.</summary>
    public void Visited(HttpContext http, Site site, long member)
    {
        // Without a query, and for most pages without more than this look.
        var day = site.DayOf(time.GetUtcNow().UtcDateTime);
        if (counted.GetValueOrDefault((site.Id, member)) == day || !Kernel.Visit.HasReader(http)) return;
        http.Response.OnCompleted(() => { Count(site, member, day); return Task.CompletedTask; });
    }

    void Count(Site site, long member, DateOnly day)
    {
        if (counted.Count >= MaxRemembered) counted.Clear();
        counted[(site.Id, member)] = day;
        if (!waiting.Writer.TryWrite(new(site, member, day))) counted.TryRemove((site.Id, member), out _);
    }

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        List<Visit> visits = [];
        while (await waiting.Reader.WaitToReadAsync(CancellationToken.None))
        {
            visits.Clear();
            while (visits.Count < MaxTogether && waiting.Reader.TryRead(out var visit)) visits.Add(visit);
            foreach (var some in visits.GroupBy(v => (v.Site.Id, v.Day)))
            {
                var site = some.First().Site;
                List<long> members = [.. some.Select(v => v.Member).Distinct()];
                try
                {
                    await scopes.Run(site, s => Keep(s.GetRequiredService<SiteDb>(), some.Key.Day, members, CancellationToken.None));
                }
                catch (Exception error)
                {
                    foreach (var member in members) counted.TryRemove((site.Id, member), out _);
                    logger.LogWarning("Site {Site}: visits could not be counted: {Error}", site.Key, UntrustedText.Trace(error));
                }
            }
        }
    }

    /// <summary>
    /// Counts the members who were not counted on this day yet, with the day's row locked: several nodes count one after the other.
    /// </summary>
    public static async Task Keep(SiteDb db, DateOnly day, List<long> members, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        await db.Have([day], ct);
        await db.SiteDays.Where(d => d.Day == day).ExecuteUpdateAsync(s => s.SetProperty(d => d.Active, d => d.Active), ct);
        var before = await db.MemberVisits.Where(v => members.Contains(v.MemberId)).ToDictionaryAsync(v => v.MemberId, ct);
        // A member may have been erased since the page.
        var present = await db.Members.Where(m => members.Contains(m.Id)).Select(m => m.Id).ToListAsync(ct);
        var (active, ofWeek, ofMonth) = (0, 0, 0);
        foreach (var member in present)
        {
            var last = before.GetValueOrDefault(member);
            // A clock that was set back counts nobody again.
            if (last?.Day >= day) continue;
            active++;
            if (!(last?.Day >= StatisticsDb.WeekOf(day))) ofWeek++;
            if (!(last?.Day >= StatisticsDb.MonthOf(day))) ofMonth++;
            if (last is not null) last.Day = day;
            else db.Add(new MemberVisit { MemberId = member, Day = day });
        }
        if (active == 0) return;
        await db.SiteDays.Where(d => d.Day == day).ExecuteUpdateAsync(s => s
            .SetProperty(d => d.Active, d => d.Active + active)
            .SetProperty(d => d.ActiveOfWeek, d => d.ActiveOfWeek + ofWeek)
            .SetProperty(d => d.ActiveOfMonth, d => d.ActiveOfMonth + ofMonth), ct);
        await change.Commit(ct);
    }

    public override async Task StopAsync(CancellationToken ct)
    {
        waiting.Writer.TryComplete();
        await base.StopAsync(ct);
    }
}
