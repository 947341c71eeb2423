using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// Makes the searched form of names, and their skeletons, anew where an earlier rule made them: only C# knows the rule, so no migration
/// can.
/// </summary>
public sealed class RenewSearchNames(SiteDb db) : IHandle<Tick>
{
    /// <summary>So many at once: the site's writers wait meanwhile.</summary>
    const int Max = 500;

    public async Task Handle(Tick message, CancellationToken ct)
    {
        while (true)
        {
            await using var change = await db.Change(ct);
            var members = await db.Members.Where(m => m.SearchVersion < Member.SearchRule).OrderBy(m => m.Id).Take(Max).ToListAsync(ct);
            if (members.Count == 0) return;
            foreach (var member in members) member.RenewSearch();
            await change.Commit(ct);
            db.ChangeTracker.Clear();
        }
    }
}
