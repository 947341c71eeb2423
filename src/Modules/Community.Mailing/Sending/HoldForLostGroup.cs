using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>
/// A group is deleted: what is reserved for it would reach nobody, or fewer than was confirmed. It waits for a person, and says so at once.
/// </summary>
public sealed class HoldForLostGroup(SiteDb db) : IEventHandler
{
    public async Task Handle(IReadOnlyList<PublishedEvent> events, CancellationToken ct)
    {
        foreach (var deleted in events.Select(e => e.Event).OfType<GroupDeleted>())
            foreach (var id in (await Reserved(db, deleted.GroupId, ct)).Select(m => m.Id).Order())
            {
                if (await db.Locked<Mailing>(id, ct) is not { State: MailingState.Scheduled } mailing) continue;
                if (!OwnConditions.GroupsIn(mailing.Audience.Chosen).Contains(deleted.GroupId)) continue;
                mailing.MarkOverdue(StopReason.AudienceGone);
                db.Publish(mailing, MailingState.Scheduled);
                await db.SaveChangesAsync(ct);
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
            ).Where(m => OwnConditions.GroupsIn(m.Audience.Chosen).Contains(group)),
        ];
}
