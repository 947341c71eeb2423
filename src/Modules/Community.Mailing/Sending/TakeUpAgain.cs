using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>
/// Deliveries that were in the hand of a process that ended, or of a server that is silent for longer than its lease. Leased: no dot was
/// sent, so they wait again. Handing: the dot may have been sent, so nobody knows; they are shown as such and not sent again.
/// </summary>
public sealed class TakeUpAgain(SiteDb db, TimeProvider time)
{
    const int AtOnce = 500;

    public async Task Run(ServerLife life, CancellationToken ct)
    {
        while (await Some(life, ct) == AtOnce) { }
    }

    async Task<int> Some(ServerLife life, CancellationToken ct)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var lost = db.Deliveries.Where(d => (d.State == DeliveryState.Leased || d.State == DeliveryState.Handing)
            && ((d.Owner == life.Name && d.Epoch < life.Epoch) || d.LeaseUntil < now));
        if (!await lost.AnyAsync(ct)) return 0;
        await using var change = await db.Change(ct);
        var rows = await lost.OrderBy(d => d.Id).Take(AtOnce).AsNoTracking().ToListAsync(ct);
        foreach (var row in rows)
        {
            var state = row.State == DeliveryState.Leased ? DeliveryState.Pending : DeliveryState.Ambiguous;
            var doubtful = state == DeliveryState.Ambiguous;
            var taken = await db
                .Deliveries.Where(d => d.Id == row.Id && d.State == row.State && d.Owner == row.Owner && d.Epoch == row.Epoch)
                .ExecuteUpdateAsync(
                    s =>
                        s.SetProperty(d => d.State, state)
                            .SetProperty(d => d.LeaseUntil, (DateTime?)null)
                            .SetProperty(d => d.Owner, doubtful ? row.Owner : null)
                            .SetProperty(d => d.SettledAt, doubtful ? now : null),
                    ct
                );
            if (taken == 0 || !doubtful)
                continue;
            await db.Count(row.MailingId, now, state, 1, ct);
            db.DeliveryAttempts.Add(
                new DeliveryAttempt
                {
                    DeliveryId = row.Id,
                    At = now,
                    Server = row.Owner ?? "",
                    Status = "Ambiguous",
                    Phase = "FinalDot",
                    Text = "The server's process ended before the answer was written down.",
                }
            );
        }
        await change.Commit(ct);
        return rows.Count;
    }
}
