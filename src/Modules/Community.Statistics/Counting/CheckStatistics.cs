using System.Runtime.CompilerServices;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Statistics;

/// <summary>
/// Compares the counters with the rows: each day that is not marked is counted from its posts; of joiners there are at least as many as
/// members who joined on that day and are still there. Changes nothing.
/// </summary>
public sealed class CheckStatistics(SiteDb db)
{
    /// <returns>A sentence for each contradiction.</returns>
    public async IAsyncEnumerable<string> Problems([EnumeratorCancellation] CancellationToken ct)
    {
        var days = await db.SiteDays.AsNoTracking().OrderBy(d => d.Day).ToListAsync(ct);
        foreach (var day in days)
        {
            var kept = await Kept(day.Day, ct);
            var right = await DayCount.Of(db, day.Day, ct);
            var differ = kept.Lines().Except(right.Lines()).Concat(right.Lines().Except(kept.Lines())).ToList();
            // Written in this minute: to be counted.
            if (differ.Count == 0 || await db.SiteDays.AnyAsync(d => d.Day == day.Day && d.Marks != d.CountedMarks, ct)) continue;
            yield return $"day {day.Day:yyyy-MM-dd}: the counters differ from the posts in {differ.Count} lines, first {differ[0]}";
        }
        var joined = (await db.Members.AsNoTracking().Where(m => m.ConfirmedAt != null).Select(m => m.ConfirmedAt!.Value).ToListAsync(ct))
            .CountBy(db.Site.DayOf).ToDictionary();
        var handled = await db.CountingStates.AsNoTracking().Select(s => s.HasMembers).FirstOrDefaultAsync(ct);
        if (!handled) yield break;
        foreach (var (day, there) in joined.OrderBy(j => j.Key))
            if (days.Find(d => d.Day == day)?.Joined is var counted && (counted ?? 0) < there)
                yield return $"day {day:yyyy-MM-dd}: {counted ?? 0} members joined by the counter, and {there} are there who did";
    }

    async Task<DayCount> Kept(DateOnly day, CancellationToken ct) =>
        new(
            await db.BoardDays.AsNoTracking().Where(d => d.Day == day).ToListAsync(ct),
            await db.TopicDays.AsNoTracking().Where(d => d.Day == day).ToListAsync(ct),
            await db.AuthorDays.AsNoTracking().Where(d => d.Day == day).ToListAsync(ct)
        );
}
