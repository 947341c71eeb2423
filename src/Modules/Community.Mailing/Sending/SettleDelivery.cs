using System.Text.Json;
using Community.Kernel;
using Community.Mail;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>What the outcome of one delivery means for the others.</summary>
public enum Completion
{
    /// <summary>Nothing: continue.</summary>
    None,
    /// <summary>The relay is unreachable, or rejected us before any message: this server pauses.</summary>
    RelayAway,
    /// <summary>
    /// The connection dropped, or the relay reported trouble, during this delivery. Blamed on the delivery unless several fail in a row.
    /// </summary>
    Trouble,
    /// <summary>The relay permanently rejects us: the mailing stops until a person has looked.</summary>
    Refused,
}

/// <summary>Records the outcome of a delivery: state, attempt and roll-ups, in one transaction.</summary>
public sealed class SettleDelivery(SiteDb db, AddressHashes addresses, CloseAddress close, StopNotice notice, TimeProvider time)
{
    /// <summary>With the back-off below, just under two days, about as long as mail servers themselves retry.</summary>
    public const int MaxAttempts = 17;
    /// <summary>A delivery expires this long after its first attempt, however few attempts an unreachable relay allowed.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromDays(3);

    static readonly TimeSpan MinBackoff = TimeSpan.FromMinutes(5), MaxBackoff = TimeSpan.FromHours(4);

    /// <summary>5 min, 10 min, 20 min … at most four hours.</summary>
    internal static TimeSpan Backoff(int attempts) =>
        TimeSpan.FromMinutes(Math.Min(MinBackoff.TotalMinutes * Math.Pow(2, attempts - 1), MaxBackoff.TotalMinutes));

    /// <summary>The same where attempts are not counted: as long again as it has been tried.</summary>
    internal static TimeSpan BackoffAt(TimeSpan age) => age < MinBackoff ? MinBackoff : age > MaxBackoff ? MaxBackoff : age;

    /// <summary>Nothing was sent: the deliveries become pending again.</summary>
    public async Task Return(IReadOnlyList<LeasedDelivery> leased, ProcessIncarnation process)
    {
        var ids = leased.Select(l => l.Delivery.Id).ToList();
        await db
            .Deliveries.Where(d =>
                ids.Contains(d.Id)
                && d.Owner == process.Name
                && d.Incarnation == process.Number
                && d.State == DeliveryState.Leased
            )
            .ExecuteUpdateAsync(s =>
                s.SetProperty(d => d.State, DeliveryState.Pending)
                    .SetProperty(d => d.Owner, (string?)null)
                    .SetProperty(d => d.LeaseUntil, (DateTime?)null)
            );
    }

    sealed record Due(long Id, object At);

    /// <summary>Their domain takes no more for now: they become pending again, each with a time of its own. Nothing is counted.</summary>
    public async Task PutOff(IReadOnlyList<(LeasedDelivery Leased, DateTime Due)> some, ProcessIncarnation process)
    {
        var json = JsonSerializer.Serialize(some.Select(s => new Due(s.Leased.Delivery.Id, db.At(s.Due))));
        _ = db.IsSqlite
            ? await db.Database.ExecuteSqlAsync(
                $"""
                UPDATE deliveries SET state = 'Pending', owner = NULL, lease_until = NULL, due_at = o.value ->> 'At'
                FROM json_each({json}) AS o
                WHERE deliveries.id = o.value ->> 'Id' AND owner = {process.Name} AND incarnation = {process.Number} AND state = 'Leased'
                """
            )
            : await db.Database.ExecuteSqlAsync(
                $"""
                UPDATE deliveries AS d SET state = 'Pending', owner = NULL, lease_until = NULL, due_at = o."At"
                FROM json_to_recordset({json}::json) AS o("Id" bigint, "At" timestamptz)
                WHERE d.id = o."Id" AND owner = {process.Name} AND incarnation = {process.Number} AND state = 'Leased'
                """
            );
    }

    /// <summary>Writing or handing over the message failed on our side. After the intent, it stays ambiguous.</summary>
    public async Task Fail(LeasedDelivery leased, ProcessIncarnation process, Exception error)
    {
        db.ChangeTracker.Clear();
        if (await Mine(leased, process).AnyAsync(d => d.State == DeliveryState.Leased))
            await Settle(leased, process, new SendResult(SendStatus.NotSent, SmtpPhase.Body, null, null, error.GetType().Name));
    }

    /// <summary>Writes down the outcome of a message.</summary>
    /// <param name="leased">The delivery.</param>
    /// <param name="process">Who holds its lease.</param>
    /// <param name="result">The relay's answer.</param>
    /// <param name="domainSince">Since when its domain has taken nothing: others were tried in its place.</param>
    public async Task<Completion> Settle(
        LeasedDelivery leased, ProcessIncarnation process, SendResult result, DateTime? domainSince = null)
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
        var first = result.Status == SendStatus.Accepted ? now : await FirstTried(leased.Delivery.Id) ?? now;
        var age = now - (domainSince < first ? domainSince.Value : first);
        // The intent counted one.
        var before = (row?.Attempts ?? 0) - (row?.State == DeliveryState.InFlight ? 1 : 0);
        var (state, completion) = Judge(result, before + 1, age);
        var counts = !result.IsOfTheWay && (row?.State == DeliveryState.InFlight || state == DeliveryState.Deferred);
        var attempts = before + (counts ? 1 : 0);
        var open = state is DeliveryState.Pending or DeliveryState.Deferred;
        var due = state != DeliveryState.Deferred ? now : now + (result.IsOfTheWay ? BackoffAt(age) : Backoff(attempts));
        // Another node may have reclaimed our delivery as ambiguous; an acceptance settles it all the same.
        var wasAmbiguous = row?.State == DeliveryState.Ambiguous && state == DeliveryState.Accepted;
        if (row is not null && (row.State is DeliveryState.Leased or DeliveryState.InFlight || wasAmbiguous))
        {
            // An ambiguous delivery keeps its owner, which may still learn the outcome.
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
            if (state is DeliveryState.Rejected && !leased.Mailing.IsTest && result.Status is SendStatus.RejectedPermanent)
                await Bounced(
                    leased.Delivery, leased.Mailing.Id, leased.To.Email, result.Code, result.Enhanced, result.Text, now);
        }
        await change.Commit();
        return completion;
    }

    /// <summary>Refused in the session: the same fact as a mail that comes back, and counted like one.</summary>
    internal async Task Bounced(
        Delivery delivery, long mailing, string email, int? code, string? enhanced, string text, DateTime now)
    {
        var row = new Return
        {
            DeliveryId = delivery.Id,
            MailingId = mailing,
            MemberId = delivery.MemberId,
            At = now,
            Kind = ReturnKind.Bounce,
            Class = ReplyClass.Of($"{code} {text}", enhanced),
            Status = enhanced,
            Text = UntrustedText.Safe(Truncate.To(500, text)),
            AddressHash = await addresses.Of(email),
            Domain = TakeReturn.DomainOf(email),
            // Staff may have it sent again: each attempt is a return of its own.
            Digest = $"{Community.Mailing.Return.OfSession}{delivery.Id:x}-{now.Ticks:x}",
        };
        await db.AddReturn(row);
        await close.After(row, default);
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
        await notice.Send(row);
        await change.Commit();
    }

    /// <summary>
    /// What a reply means. Unless it permanently rejects us, it concerns its recipient only; a failure to connect says nothing about
    /// any recipient.
    /// </summary>
    /// <param name="result">The reply.</param>
    /// <param name="attempts">Attempts, including this one.</param>
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
                (attempts >= MaxAttempts && !result.IsOfTheWay) || age > Patience ? DeliveryState.Expired : DeliveryState.Deferred,
                later == SendVerdict.RecipientDeferred ? Completion.None : Completion.Trouble
            ),
        };

    IQueryable<Delivery> Mine(LeasedDelivery leased, ProcessIncarnation process) =>
        db.Deliveries.Where(d => d.Id == leased.Delivery.Id && d.Owner == process.Name && d.Incarnation == process.Number);
}

/// <summary>This process no longer holds the delivery's lease.</summary>
public sealed class LeaseLost() : Exception("The delivery is no longer in hand.");
