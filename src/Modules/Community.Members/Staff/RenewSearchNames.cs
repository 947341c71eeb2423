using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// Recomputes search names and skeletons made by an earlier rule: only C# knows the rule, so a migration
/// cannot.
/// </summary>
public sealed class RenewSearchNames(SiteDb db) : IHandle<Tick>
{
    /// <summary>Batch size: other writers of the site wait during a batch.</summary>
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
