using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>The live segments.</summary>
sealed class MembersSelections : ISelections
{
    public async Task<IEnumerable<SelectionUse>> Of(SiteDb db, CancellationToken ct) =>
        (await db.Segments.AsNoTracking().Where(s => s.FrozenAt == null).OrderBy(s => s.Name).ToListAsync(ct))
            .Select(s => new SelectionUse("selection.uses.segment", s.Name, s.Url, MembersPermissions.Segments, s.Chosen))
            .Concat((await db.Groups.AsNoTracking().Where(g => g.SegmentId != null).OrderBy(g => g.Name).ToListAsync(ct))
                .Select(g => new SelectionUse("selection.uses.group", g.Name, $"/staff/groups/{g.Key}", MembersPermissions.Admit,
                    Chosen.By(SegmentCondition.With(g.SegmentId!.Value)))));
}
