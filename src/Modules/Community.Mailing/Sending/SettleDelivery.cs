using Community.Kernel;
using Community.Mail;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>What the outcome of one delivery means for the others.</summary>
public enum Completion
{
    /// <summary>Nothing: go on.</summary>
    None,
    /// <summary>There is no connection to the relay, or it turned us away before any message: this server pauses.</summary>
    RelayAway,
    /// <summary>
    /// The connection ended, or the relay was in trouble, with this one in hand. Its own fault, unless it happens to several in a row.
    /// </summary>
    Trouble,
    /// <summary>The relay refuses us for good: the mailing stops, a person must look.</summary>
    Refused,
}

/// <summary>Writes down what became of a delivery: its state, the attempt, the numbers, in one transaction.</summary>
public sealed class SettleDelivery(SiteDb db, TimeProvider time)
{
    /// <summary>With the back-off below a little over two days, as long as mail servers themselves try.</summary>
    public const int MaxAttempts = 17;
    /// <summary>A delivery ends so long after it was first tried, however few attempts a relay that was away has left it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromDays(3);

    /// <summary>5 min, 10 min, 20 min … at most four hours.</summary>
    internal static TimeSpan Backoff(int attempts) => TimeSpan.FromMinutes(Math.Min(5 * Math.Pow(2, attempts - 1), 240));

    /// <summary>Commits that the message may be delivered from now on. Call before the final dot.</summary>
    /// <exception cref="LeaseLost">It is not ours any more, or the mailing was paused or stopped: the dot must not be sent.</exception>
    public async Task MarkInFlight(LeasedDelivery leased, ProcessIncarnation process, CancellationToken ct)
    {
        await Faults.At("mailing.before-intent", db.Site);
        // The one commit that must survive even a loss of power. The next opening of the connection sets it back.
        if (db.IsSqlite)
        {
            await db.Database.OpenConnectionAsync(ct);
            await db.Database.ExecuteSqlAsync($"PRAGMA synchronous=FULL", ct);
        }
        await using (var change = await db.Change(ct))
        {
            var until = time.GetUtcNow().UtcDateTime + LeaseDelivery.Lease;
            var running = db.Mailings.Where(m => m.State == MailingState.Running);
            var mine = await Mine(leased, process)
                .Where(d => d.State == DeliveryState.Leased && running.Any(m => m.Id == d.MailingId))
                .ExecuteUpdateAsync(
                    s =>
                        s.SetProperty(d => d.State, DeliveryState.InFlight)
                            .SetProperty(d => d.Attempts, d => d.Attempts + 1)
                            .SetProperty(d => d.LeaseUntil, until),
                    ct
                );
            if (mine == 0)
                throw new LeaseLost();
            await change.Commit(ct);
        }
        await Faults.At("mailing.before-dot", db.Site);
    }

    /// <summary>Nothing was sent: the delivery waits again.</summary>
    public async Task Return(LeasedDelivery leased, ProcessIncarnation process) =>
        await Mine(leased, process)
            .Where(d => d.State == DeliveryState.Leased)
            .ExecuteUpdateAsync(s =>
                s.SetProperty(d => d.State, DeliveryState.Pending)
                    .SetProperty(d => d.Owner, (string?)null)
                    .SetProperty(d => d.LeaseUntil, (DateTime?)null)
            );

    /// <summary>The message could not be written or handed over by a fault of ours. Past the intent it stays in doubt.</summary>
    public async Task Fail(LeasedDelivery leased, ProcessIncarnation process, Exception error)
    {
        db.ChangeTracker.Clear();
        if (await Mine(leased, process).AnyAsync(d => d.State == DeliveryState.Leased))
            await Settle(leased, process, new SendResult(SendStatus.NotSent, SmtpPhase.Body, null, null, error.GetType().Name));
    }

    public async Task<Completion> Settle(LeasedDelivery leased, ProcessIncarnation process, SendResult result)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var change = await db.Change();
        var row = await Mine(leased, process).AsNoTracking().FirstOrDefaultAsync();
        db.DeliveryAttempts.Add(
            new DeliveryAttempt
            {
                DeliveryId = leased.Delivery.Id,
                At = now,
                Server = process.Name,
                Status = result.Status.ToString(),
                Phase = result.Phase.ToString(),
                Code = result.Code,
                Enhanced = result.Enhanced,
                Text = UntrustedText.Safe(result.Text),
            }
        );
        var age = result.Status == SendStatus.Accepted ? TimeSpan.Zero : now - (await FirstTried(leased.Delivery.Id) ?? now);
        var (state, completion) = Judge(result, (row?.Attempts ?? 0) + (row?.State == DeliveryState.InFlight ? 0 : 1), age);
        var attempts = (row?.Attempts ?? 0) + (state == DeliveryState.Deferred && row?.State == DeliveryState.Leased ? 1 : 0);
        var open = state is DeliveryState.Pending or DeliveryState.Deferred;
        var due = state == DeliveryState.Deferred ? now + Backoff(attempts) : now;
        // Another node may have given us up meanwhile; an acceptance is proof all the same.
        var wasAmbiguous = row?.State == DeliveryState.Ambiguous && state == DeliveryState.Accepted;
        if (row is not null && (row.State is DeliveryState.Leased or DeliveryState.InFlight || wasAmbiguous))
        {
            // An ambiguous one keeps its owner: who may still learn better.
            var keep = state == DeliveryState.Ambiguous;
            await db
                .Deliveries.Where(d => d.Id == row.Id && d.State == row.State)
                .ExecuteUpdateAsync(s =>
                    s.SetProperty(d => d.State, state)
                        .SetProperty(d => d.DueAt, due)
                        .SetProperty(d => d.Attempts, attempts)
                        .SetProperty(d => d.Owner, keep ? row.Owner : null)
                        .SetProperty(d => d.LeaseUntil, (DateTime?)null)
                        .SetProperty(d => d.Code, result.Code)
                        .SetProperty(d => d.Enhanced, result.Enhanced)
                        .SetProperty(d => d.Answer, UntrustedText.Safe(result.Text))
                        .SetProperty(d => d.SettledAt, open ? null : now)
                );
            if (wasAmbiguous)
                await db.Count(row.MailingId, now, DeliveryState.Ambiguous, -1);
            if (!open)
                await db.Count(row.MailingId, now, state, 1);
        }
        await change.Commit();
        return completion;
    }

    async Task<DateTime?> FirstTried(long delivery)
    {
        var attempts = db.DeliveryAttempts.Where(a => a.DeliveryId == delivery);
        var again = await attempts.Where(a => a.Status == DeliveryAttempt.Again).MaxAsync(a => (long?)a.Id) ?? 0;
        return await attempts.Where(a => a.Id > again).MinAsync(a => (DateTime?)a.At);
    }

    /// <summary>Stops the mailing until a person has looked.</summary>
    public async Task Suspend(long mailing, StopReason why, string? text = null)
    {
        db.ChangeTracker.Clear();
        await using var change = await db.Change<Mailing>(mailing);
        if (change.Row is not { State: MailingState.Running } row) return;
        row.Suspend(why, text is null ? null : Truncate.To(500, text));
        db.Publish(row, MailingState.Running);
        await change.Commit();
    }

    /// <summary>
    /// What an answer means. To one recipient it is that recipient's, whatever its code: only who could not connect says nothing about
    /// anybody.
    /// </summary>
    /// <param name="result">The answer.</param>
    /// <param name="attempts">Attempts with this one.</param>
    /// <param name="age">How long ago the first attempt was.</param>
    public static (DeliveryState State, Completion Completion) Judge(SendResult result, int attempts, TimeSpan age) =>
        result.Verdict switch
        {
            SendVerdict.Accepted => (DeliveryState.Accepted, Completion.None),
            SendVerdict.Ambiguous => (DeliveryState.Ambiguous, Completion.Trouble),
            SendVerdict.Refused => (DeliveryState.Rejected, Completion.None),
            SendVerdict.SenderRefused => (DeliveryState.Pending, Completion.Refused),
            SendVerdict.RelayAway => (age > Patience ? DeliveryState.Expired : DeliveryState.Pending, Completion.RelayAway),
            var later => (
                attempts >= MaxAttempts || age > Patience ? DeliveryState.Expired : DeliveryState.Deferred,
                later == SendVerdict.RecipientDeferred ? Completion.None : Completion.Trouble
            ),
        };

    IQueryable<Delivery> Mine(LeasedDelivery leased, ProcessIncarnation process) =>
        db.Deliveries.Where(d => d.Id == leased.Delivery.Id && d.Owner == process.Name && d.Incarnation == process.Number);
}

/// <summary>The delivery is no longer in this process's hand.</summary>
public sealed class LeaseLost() : Exception("The delivery is no longer in hand.");
