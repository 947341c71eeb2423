using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>A segment as it is now.</summary>
/// <param name="Count">How many members it has; null if that is not to be said: it is broken, not ready, or not for this reader.</param>
/// <param name="Broken">What is broken in it.</param>
/// <param name="IsOpen">Whether the reader may see what its conditions are about.</param>
/// <param name="IsReady">False while a frozen segment is being written down.</param>
public sealed record SegmentState(int? Count, IReadOnlyList<BrokenClause> Broken, bool IsOpen, bool IsReady)
{
    public static async Task<SegmentState> Of(Segment segment, Reader reader, SiteDb db, CancellationToken ct)
    {
        var (chosen, isOpen) = (segment.AsChosen, await segment.Chosen.IsOpenTo(reader, db, ct));
        if (!isOpen) return new(null, [], false, segment.IsReady);
        if (!segment.IsReady) return new(null, await segment.Chosen.Broken(db, ct), true, false);
        if (segment.IsFrozen) return new(await db.SegmentMembers.CountAsync(m => m.SegmentId == segment.Id, ct), [], true, true);
        var broken = await segment.Chosen.Broken(db, ct);
        return new(broken.Count > 0 ? null : await chosen.Count(db, ct), broken, true, true);
    }
}
