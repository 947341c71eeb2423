using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>
/// Reclaims deliveries of a dead process, or with an expired lease. Leased: no final dot was sent, so they become pending again. In
/// flight: the dot may have been sent, so they become ambiguous, are shown as such and are never resent automatically.
/// </summary>
public sealed class ReclaimDeliveries(SiteDb db, TimeProvider time)
{
    const int BatchSize = 500;

    /// <param name="begun">True on this process's first look at the site: leases of an earlier process of the same name are lost.</param>
    public async Task Run(ProcessIncarnation process, bool begun, CancellationToken ct)
    {
        while (await Some(process, begun, ct) == BatchSize) { }
    }

    async Task<int> Some(ProcessIncarnation process, bool begun, CancellationToken ct)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var lost = db.Deliveries.Where(d => (d.State == DeliveryState.Leased || d.State == DeliveryState.InFlight)
            && ((begun && d.Owner == process.Name && d.Incarnation < process.Number) || d.LeaseUntil < now));
        if (!await lost.AnyAsync(ct)) return 0;
        await using var change = await db.Change(ct);
        var rows = await lost.OrderBy(d => d.Id).Take(BatchSize).AsNoTracking().ToListAsync(ct);
        var leased = rows.Where(r => r.State == DeliveryState.Leased).Select(r => r.Id).ToList();
        if (leased.Count > 0)
            await lost
                .Where(d => d.State == DeliveryState.Leased && leased.Contains(d.Id))
                .ExecuteUpdateAsync(
                    s =>
                        s.SetProperty(d => d.State, DeliveryState.Pending)
                            .SetProperty(d => d.LeaseUntil, (DateTime?)null)
                            .SetProperty(d => d.Owner, (string?)null),
                    ct
                );
        // One by one, since an attempt is recorded for each. They are few: at most one per lane of a process.
        foreach (var row in rows.Where(r => r.State == DeliveryState.InFlight))
        {
            var taken = await db
                .Deliveries.Where(d => d.Id == row.Id && d.State == row.State && d.Owner == row.Owner && d.Incarnation == row.Incarnation)
                .ExecuteUpdateAsync(
                    s =>
                        s.SetProperty(d => d.State, DeliveryState.Ambiguous)
                            .SetProperty(d => d.LeaseUntil, (DateTime?)null)
                            .SetProperty(d => d.SettledAt, now),
                    ct
                );
            if (taken == 0) continue;
            await db.Count(row.MailingId, now, DeliveryState.Ambiguous, 1, ct);
            db.DeliveryAttempts.Add(
                new DeliveryAttempt
                {
                    DeliveryId = row.Id,
                    At = now,
                    Server = row.Owner ?? "",
                    Status = nameof(Community.Mail.SendStatus.Ambiguous),
                    Phase = nameof(Community.Mail.SmtpPhase.FinalDot),
                    Text = "The server's process ended before the answer was written down.",
                }
            );
        }
        await change.Commit(ct);
        return rows.Count;
    }
}
