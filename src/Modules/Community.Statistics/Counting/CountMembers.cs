using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Statistics;

/// <summary>
/// Counts by day who joined, left and came back: each event once, since the counters are committed with the handler's cursor. Erased
/// members stay counted. Two members who were made one are neither joiner nor leaver.
/// </summary>
public sealed class CountMembers(SiteDb db, EventList events) : IEventHandler
{
    public const string Handler = "statistics.members";

    public static readonly Type[] Reads =
        [typeof(MemberConfirmed), typeof(MemberLeaving), typeof(MemberReturned), typeof(MemberErased)];

    public async Task Handle(IReadOnlyList<PublishedEvent> happened, CancellationToken ct)
    {
        var state = await State(ct);
        if (!state.HasMembers) await Begin(state, ct);
        var days = happened
            .Select(e => (Day: db.Site.DayOf(e.At), e.Seq, What: CountOf(e.Event)))
            .Where(e => e.What != default && !(e.Day <= state.KeptUpTo && e.Seq <= state.KeptUpToSeq))
            .GroupBy(e => e.Day, e => e.What)
            .OrderBy(d => d.Key)
            .ToList();
        await db.SaveChangesAsync(ct);
        await db.Have(days.Select(d => d.Key), ct);
        foreach (var day in days)
        {
            var (joined, left, returned) = (day.Sum(w => w.Joined), day.Sum(w => w.Left), day.Sum(w => w.Returned));
            await db.SiteDays.Where(d => d.Day == day.Key).ExecuteUpdateAsync(s => s
                .SetProperty(d => d.Joined, d => d.Joined + joined)
                .SetProperty(d => d.Left, d => d.Left + left)
                .SetProperty(d => d.Returned, d => d.Returned + returned), ct);
        }
    }

    /// <summary>
    /// Removes what is read again from the log. Where the log does not go back to the site's beginning, the older counters stay: nothing
    /// else has those numbers.
    /// </summary>
    public async Task Reset(CancellationToken ct)
    {
        var state = await State(ct);
        var first = await db.Events.OrderBy(e => e.Seq).Select(e => new { e.Seq, e.At }).FirstOrDefaultAsync(ct);
        var whole = first is null || first.Seq == 1;
        DateOnly? kept = whole ? null : db.Site.DayOf(first!.At);
        await db.SiteDays.Where(d => kept == null || d.Day > kept).ExecuteUpdateAsync(s => s
            .SetProperty(d => d.Joined, 0).SetProperty(d => d.Left, 0).SetProperty(d => d.Returned, 0), ct);
        var handled = await db.EventCursors.Where(c => c.Handler == Handler).Select(c => c.Seq).FirstOrDefaultAsync(ct);
        (state.KeptUpTo, state.KeptUpToSeq, state.HasMembers) = (kept, whole ? 0 : handled, state.HasMembers && !whole);
        await db.SaveChangesAsync(ct);
    }

    /// <summary>Counts the members of whom the log does not tell: those of a recipe, and of the time before its oldest event.</summary>
    async Task Begin(CountingState state, CancellationToken ct)
    {
        state.HasMembers = true;
        // The rows first: of a member who joins in this moment the log will tell.
        var members = await db.Members.AsNoTracking().Where(m => m.ConfirmedAt != null)
            .Select(m => new { m.Id, m.ConfirmedAt, m.LeavingSince }).ToListAsync(ct);
        var joined = await Told<MemberConfirmed>(e => e.MemberId, ct);
        var left = await Told<MemberLeaving>(e => e.EndsMembership ? e.MemberId : 0, ct);
        var joins = members.Where(m => !joined.Contains(m.Id)).CountBy(m => db.Site.DayOf(m.ConfirmedAt!.Value)).ToDictionary();
        var leaves = members.Where(m => m.LeavingSince is not null && !left.Contains(m.Id))
            .CountBy(m => db.Site.DayOf(m.LeavingSince!.Value)).ToDictionary();
        var days = joins.Keys.Union(leaves.Keys).Order().ToList();
        await db.Have(days, ct);
        foreach (var day in days)
        {
            var (one, other) = (joins.GetValueOrDefault(day), leaves.GetValueOrDefault(day));
            await db.SiteDays.Where(d => d.Day == day)
                .ExecuteUpdateAsync(s => s
                    .SetProperty(d => d.Joined, d => d.Joined + one)
                    .SetProperty(d => d.Left, d => d.Left + other), ct);
        }
    }

    async Task<HashSet<long>> Told<T>(Func<T, long> member, CancellationToken ct) where T : SiteEvent
    {
        var name = events.NameOf(typeof(T));
        var rows = await db.Events.AsNoTracking().Where(e => e.Type == name).ToListAsync(ct);
        return [.. rows.Select(r => member((T)events.Read(r).Event))];
    }

    async Task<CountingState> State(CancellationToken ct) => await KeepStatistics.State(db, ct);

    static (int Joined, int Left, int Returned) CountOf(SiteEvent e) => e switch
    {
        MemberConfirmed => (1, 0, 0),
        MemberLeaving { EndsMembership: true } => (0, 1, 0),
        MemberErased { EndsMembership: true } => (0, 1, 0),
        MemberReturned => (0, 0, 1),
        _ => default,
    };
}
