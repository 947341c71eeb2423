using Community.Boards;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Statistics;

/// <summary>
/// Sees daily that all days are counted: at first, after the site has moved to another time zone, and if a counting was lost.
/// </summary>
public sealed class KeepStatistics(SiteDb db) : IHandle<Tick>
{
    public async Task Handle(Tick message, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        var state = await State(db, ct);
        if (state.Zone != db.Site.TimeZone) await MarkAllDays.Begin(db, ct);
        else if (await db.SiteDays.AnyAsync(d => d.Marks != d.CountedMarks, ct)) db.Enqueue(new RunCountDays());
        await change.Commit(ct);
    }

    /// <summary>The site's state, tracked; a new one if there is none. Call it inside a change.</summary>
    internal static async Task<CountingState> State(SiteDb db, CancellationToken ct)
    {
        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO statistics_state (id, kept_up_to_seq, has_members) VALUES ({CountingState.Only}, 0, {false})
            ON CONFLICT (id) DO NOTHING
            """, ct);
        return (await db.Locked<CountingState>(CountingState.Only, ct))!;
    }
}
