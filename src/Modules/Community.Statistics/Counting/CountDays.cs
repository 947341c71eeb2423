using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Statistics;

/// <summary>Asks for the marked days to be counted.</summary>
public sealed record RunCountDays;

/// <summary>
/// Counts the marked days from their posts, the newest first, each in a change of its own. Killed, it goes on with the days that are still
/// marked; several at once (a command and a server) do no harm.
/// </summary>
public sealed class CountDays(SiteDb db, TimeProvider time) : IHandle<RunCountDays>
{
    public const string Job = "statistics.count-days";

    public async Task Handle(RunCountDays message, CancellationToken ct)
    {
        var turn = new Turn(db, time);
        while (await Next(ct))
        {
            if (!await turn.Ends(ct)) continue;
            db.Enqueue(new RunCountDays());
            await db.SaveChangesAsync(ct);
            return;
        }
    }

    /// <summary>Counts one day.</summary>
    /// <returns>False if no day is marked.</returns>
    public async Task<bool> Next(CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        var marked = await db.SiteDays.AsNoTracking().Where(d => d.Marks != d.CountedMarks).OrderByDescending(d => d.Day)
            .Select(d => new { d.Day, d.Marks }).FirstOrDefaultAsync(ct);
        if (marked is null) return false;
        // Outside the change: nobody who writes waits for the counting. What is written meanwhile marks the day again.
        var count = await DayCount.Of(db, marked.Day, ct);
        await using var change = await db.Change(ct);
        // The update locks the row. Another counting that saw more marks has counted more.
        var mine = await db.SiteDays.Where(d => d.Day == marked.Day && d.CountedMarks < marked.Marks)
            .ExecuteUpdateAsync(s => s.SetProperty(d => d.CountedMarks, marked.Marks), ct);
        if (mine == 0) return true;
        await db.BoardDays.Where(d => d.Day == marked.Day).ExecuteDeleteAsync(ct);
        await db.TopicDays.Where(d => d.Day == marked.Day).ExecuteDeleteAsync(ct);
        await db.AuthorDays.Where(d => d.Day == marked.Day).ExecuteDeleteAsync(ct);
        await db.InsertAll(count.Boards, ct);
        await db.InsertAll(count.Topics, ct);
        await db.InsertAll(count.Authors, ct);
        await change.Commit(ct);
        return true;
    }
}
