using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>The result of a person's decision about recipients.</summary>
public enum Decided { NotFound, NotAllowed, TooLate, Done }

/// <summary>Lets a person decide about recipients whose outcome is unknown, or whom a mailing could not reach.</summary>
public sealed class DecideDeliveries(SiteDb db, CurrentMember me, Actors actors, Audit audit, TimeProvider time)
{
    /// <summary>Retries all recipients whom the mailing could not reach, or marks them as dealt with.</summary>
    public async Task<Decided> Failed(long id, bool again)
    {
        await using var change = await db.Change<Mailing>(id);
        if (!await actors.May(me.Asking, MembersPermissions.FailedWork)) return Decided.NotAllowed;
        if (change.Row is not { } mailing) return Decided.NotFound;
        if (again && !mailing.CanSendAgain) return Decided.TooLate;
        if (await (again ? TryAgain(mailing) : Discard(mailing)) == 0) return Decided.TooLate;
        audit.Did(again ? "mailing.failed-again" : "mailing.failed-discard", "#" + id);
        await change.Commit();
        return Decided.Done;
    }

    async Task<int> TryAgain(Mailing mailing)
    {
        var (id, now, done) = (mailing.Id, time.GetUtcNow().UtcDateTime, 0);
        // The delivery's attempts and age count from here.
        await db.Database.ExecuteSqlAsync($"""
            INSERT INTO delivery_attempts (delivery_id, at, server, status, phase, text)
            SELECT id, COALESCE(settled_at, due_at), '', {DeliveryAttempt.Again}, '', '' FROM deliveries
            WHERE mailing_id = {id} AND state IN ('Rejected', 'Expired') AND decided_by IS NULL
            """);
        foreach (var state in new[] { DeliveryState.Rejected, DeliveryState.Expired })
        {
            var n = await FailedDeliveries
                .Of(db, id)
                .Where(d => d.State == state)
                .ExecuteUpdateAsync(s =>
                    s.SetProperty(d => d.State, DeliveryState.Pending)
                        .SetProperty(d => d.DueAt, now)
                        .SetProperty(d => d.Attempts, 0)
                        .SetProperty(d => d.OfferRev, (int?)null)
                        .SetProperty(d => d.Owner, (string?)null)
                        .SetProperty(d => d.SettledAt, (DateTime?)null)
                );
            if (n > 0) await db.Count(id, now, state, -n);
            done += n;
        }
        if (done > 0 && mailing.State == MailingState.Finished) Reopen(mailing);
        db.Schedule(MailingSender.Queue, now);
        return done;
    }

    async Task<int> Discard(Mailing mailing)
    {
        var by = me.Id!.Value;
        var done = await FailedDeliveries.Of(db, mailing.Id).ExecuteUpdateAsync(s => s.SetProperty(d => d.DecidedBy, by));
        if (done > 0 && mailing.IsOver && !await HasUnknown(mailing.Id)) mailing.ForgetSalt();
        return done;
    }

    /// <summary>Counts an ambiguous delivery as accepted, or sends it again.</summary>
    public async Task<Decided> Unknown(long id, long deliveryId, bool again)
    {
        var (now, by, to) = (time.GetUtcNow().UtcDateTime, me.Id, again ? DeliveryState.Pending : DeliveryState.Accepted);
        await using var change = await db.Change<Mailing>(id);
        if (!await actors.May(me.Asking, MailingPermissions.Send)) return Decided.NotAllowed;
        if (change.Row is not { } mailing) return Decided.NotFound;
        if (again && !mailing.CanSendAgain) return Decided.TooLate;
        var decided = await db
            .Deliveries.Where(d => d.Id == deliveryId && d.MailingId == id && d.State == DeliveryState.Ambiguous)
            .ExecuteUpdateAsync(s =>
                s.SetProperty(d => d.State, to)
                    .SetProperty(d => d.DecidedBy, by)
                    .SetProperty(d => d.DueAt, now)
                    .SetProperty(d => d.Attempts, d => again ? 0 : d.Attempts)
                    // Whatever the engine still learns of it is about a message of before.
                    .SetProperty(d => d.OfferRev, d => again ? null : d.OfferRev)
                    .SetProperty(d => d.Owner, (string?)null)
                    .SetProperty(d => d.SettledAt, again ? null : now)
            );
        if (decided > 0)
        {
            await db.Count(id, now, DeliveryState.Ambiguous, -1);
            if (again) db.DeliveryAttempts.Add(DeliveryAttempt.AgainAt(deliveryId, now));
            else await db.Count(id, now, to, 1);
            if (again && mailing.State == MailingState.Finished) Reopen(mailing);
            if (mailing.IsOver && !await HasUnknown(id) && !await FailedDeliveries.Of(db, id).AnyAsync()) mailing.ForgetSalt();
            audit.Did(again ? "mailing.send-again" : "mailing.count-as-sent", $"mailing {id} delivery {deliveryId}");
        }
        db.Schedule(MailingSender.Queue, now);
        await change.Commit();
        return Decided.Done;
    }

    Task<bool> HasUnknown(long id) => db.Deliveries.AnyAsync(d => d.MailingId == id && d.State == DeliveryState.Ambiguous);

    void Reopen(Mailing mailing)
    {
        mailing.Reopen();
        db.Publish(mailing, MailingState.Finished);
    }
}
