using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>Asks for the members of a frozen segment to be written down.</summary>
public sealed record FreezeSegment(long Segment);

/// <summary>
/// Writes down who fits, in steps by member id. Each step is committed with its place, so that it goes on there after the process died.
/// </summary>
public sealed class WriteSegment(SiteDb db) : IHandle<FreezeSegment>
{
    internal const int Step = 1000;
    /// <summary>After so many steps it queues itself again, so that the site's other work gets its turn.</summary>
    const int StepsAtOnce = 20;

    public async Task Handle(FreezeSegment message, CancellationToken ct)
    {
        for (var i = 0; i < StepsAtOnce; i++)
            if (!await Next(message, last: i == StepsAtOnce - 1, ct)) return;
    }

    async Task<bool> Next(FreezeSegment message, bool last, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        await using var change = await db.Change<Segment>(message.Segment, ct);
        if (change.Row is not { IsFrozen: true, Count: null } segment) return false;
        var (after, chosen) = (segment.ReadUpTo, segment.Chosen);
        // It stays unfinished, and the segment's page says what is broken: half a list must not pass for a whole one.
        if (await chosen.RefersToDeleted(db, ct)) return false;
        var found = await (await chosen.Apply(db.Members, db, ct))
            .Where(m => m.Id > after).OrderBy(m => m.Id).Take(Step).Select(m => m.Id).ToListAsync(ct);
        db.SegmentMembers.AddRange(found.Select(m => new SegmentMember { SegmentId = segment.Id, MemberId = m }));
        if (found.Count > 0) segment.ReadUpTo = found[^1];
        if (found.Count < Step)
        {
            await db.SaveChangesAsync(ct);
            segment.Count = await db.SegmentMembers.CountAsync(m => m.SegmentId == segment.Id, ct);
        }
        else if (last) db.Enqueue(message);
        await db.SaveChangesAsync(ct);
        await Faults.At("segment.step", db.Site);
        await change.Commit(ct);
        return found.Count == Step;
    }
}
