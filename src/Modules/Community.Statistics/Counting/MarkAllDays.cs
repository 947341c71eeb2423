using Community.Boards;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Statistics;

/// <summary>Asks for all days with posts to be marked.</summary>
/// <param name="From">Posts from this time on, in milliseconds since 1970; null for all.</param>
/// <param name="Zone">The zone by whose days is counted; if the site has left it meanwhile, another job is under way.</param>
public sealed record RunMarkAllDays(long? From, string Zone);

/// <summary>
/// Marks all days that have posts, or had some: each is then counted anew. Goes from day to day by each board's index of posts by time.
/// </summary>
public sealed class MarkAllDays(SiteDb db) : IHandle<RunMarkAllDays>
{
    /// <summary>Days of one step.</summary>
    const int StepDays = 50;

    /// <summary>Begins it; the rest is a job's. Call it inside a change.</summary>
    public static async Task Begin(SiteDb db, CancellationToken ct)
    {
        (await KeepStatistics.State(db, ct)).Zone = db.Site.TimeZone;
        // Days that have no post any more, or none by the new zone, are counted to nothing.
        var boards = db.BoardDays;
        await db.SiteDays.Where(d => boards.Any(b => b.Day == d.Day))
            .ExecuteUpdateAsync(s => s.SetProperty(d => d.Marks, d => d.Marks + 1), ct);
        db.Enqueue(new RunMarkAllDays(null, db.Site.TimeZone));
        await db.SaveChangesAsync(ct);
    }

    public async Task Handle(RunMarkAllDays message, CancellationToken ct)
    {
        if (message.Zone == db.Site.TimeZone) await Next(message.From, ct);
    }

    /// <summary>Marks the days of a step, and leaves the next to a job.</summary>
    /// <returns>Where the next begins; null if this was the last.</returns>
    public async Task<long?> Next(long? since, CancellationToken ct)
    {
        var from = DateTime.UnixEpoch.AddMilliseconds(since ?? Archives);
        var posts = db.Posts;
        List<DateOnly> days = [];
        while (days.Count < StepDays)
        {
            var next = (await db.Boards
                .Select(b => posts.Where(p => p.BoardId == b.Id && p.At >= from).OrderBy(p => p.At).Select(p => (DateTime?)p.At)
                    .FirstOrDefault())
                .ToListAsync(ct)).Min();
            if (next is not { } at) break;
            days.Add(db.Site.DayOf(at));
            from = WallClock.StartOf(days[^1].AddDays(1), db.Site.Zone);
        }
        long? rest = days.Count < StepDays ? null : (long)(from - DateTime.UnixEpoch).TotalMilliseconds;
        await using var change = await db.Change(ct);
        await MarkDays.Mark(db, days, ct);
        if (rest is null) db.Enqueue(new RunCountDays());
        else db.Enqueue(new RunMarkAllDays(rest, db.Site.TimeZone));
        await change.Commit(ct);
        return rest;
    }

    /// <summary>Before the oldest post of any archive: the year 1800.</summary>
    static readonly long Archives = (long)(new DateTime(1800, 1, 1, 0, 0, 0, DateTimeKind.Utc) - DateTime.UnixEpoch).TotalMilliseconds;
}
