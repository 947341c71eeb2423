using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>
/// A deleted group's scheduled mailings would reach nobody, or fewer than confirmed. Marks them overdue at once, for a person to decide.
/// </summary>
public sealed class HoldForLostGroup(SiteDb db) : IEventHandler
{
    public async Task Handle(IReadOnlyList<PublishedEvent> events, CancellationToken ct)
    {
        foreach (var deleted in events.Select(e => e.Event).OfType<GroupDeleted>())
            foreach (var id in (await Reserved(db, deleted.GroupId, ct)).Select(m => m.Id).Order())
            {
                if (await db.Locked<Mailing>(id, ct) is not { IsReserved: true } mailing) continue;
                if (!OwnConditions.GroupsIn(mailing.Audience.Chosen).Contains(deleted.GroupId)) continue;
                var before = mailing.State;
                mailing.MarkOverdue(StopReason.AudienceDeleted);
                db.Publish(mailing, before);
                await db.SaveChangesAsync(ct);
            }
    }

    /// <summary>Scheduled mailings whose audience includes this group. Filtered in memory, since few are scheduled.</summary>
    internal static async Task<List<Mailing>> Reserved(SiteDb db, long group, CancellationToken ct) =>
        [
            .. (
                await db
                    .Mailings.AsNoTracking()
                    .WithoutTests()
                    .Where(m => m.State == MailingState.Scheduled || m.State == MailingState.Approving)
                    .OrderBy(m => m.StartAt)
                    .ToListAsync(ct)
            ).Where(m => OwnConditions.GroupsIn(m.Audience.Chosen).Contains(group)),
        ];
}
