using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>
/// A group is deleted: what is reserved for it would reach nobody, or fewer than was confirmed. It waits for a person, and says so at once.
/// </summary>
public sealed class HoldForLostGroup(SiteDb db) : IHandle<GroupDeleted>
{
    public async Task Handle(GroupDeleted fact, CancellationToken ct)
    {
        foreach (var id in (await Reserved(db, fact.GroupId, ct)).ConvertAll(m => m.Id))
        {
            db.ChangeTracker.Clear();
            await using var change = await db.Change<Mailing>(id, ct);
            if (change.Row is not { State: MailingState.Scheduled } mailing || !mailing.Audience.Groups.Contains(fact.GroupId)) continue;
            mailing.MarkOverdue(StopReason.AudienceGone);
            await change.Commit(ct);
        }
    }

    /// <summary>Mailings that wait for their time and are for this group, among others. Few wait, so they are looked through.</summary>
    internal static async Task<List<Mailing>> Reserved(SiteDb db, long group, CancellationToken ct) =>
        [
            .. (
                await db
                    .Mailings.AsNoTracking()
                    .WithoutTests()
                    .Where(m => m.State == MailingState.Scheduled)
                    .OrderBy(m => m.StartAt)
                    .ToListAsync(ct)
            ).Where(m => m.Audience.Groups.Contains(group)),
        ];
}
