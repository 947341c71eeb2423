using Community.Kernel;
using Community.Members;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>The buttons: pause, resume, cancel, send late, and what becomes of a recipient whose fate is unknown.</summary>
static class MailingEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/staff/mailings/{id:long}").RequireAuthorization(MailingPermissions.Send);
        group.MapPost("/pause", (long id, Buttons press) => press.On(id, m => m.CanPause, (m, me, now) => m.Pause(me), "mailing.pause"));
        group.MapPost(
            "/resume",
            (long id, Buttons press) => press.On(id, m => m.CanResume, (m, me, now) => m.Resume(me), "mailing.resume")
        );
        group.MapPost(
            "/take-back",
            (long id, Buttons press) => press.On(id, m => m.CanTakeBack, (m, me, now) => m.Disarm(), "mailing.take-back")
        );
        group.MapPost(
            "/cancel",
            (long id, Buttons press) => press.On(id, m => m.CanCancel, (m, me, now) => m.Cancel(me, now), "mailing.cancel")
        );
        group.MapPost(
            "/send-late",
            (long id, Buttons press) => press.On(id, m => m.CanSendLate, (m, me, now) => m.SendLate(me, now), "mailing.send-late")
        );
        group.MapPost(
            "/recipients/{delivery:long}/count-as-sent",
            (long id, long delivery, Buttons press) => press.Decide(id, delivery, DeliveryState.Accepted)
        );
        group.MapPost(
            "/recipients/{delivery:long}/send-again",
            (long id, long delivery, Buttons press) => press.Decide(id, delivery, DeliveryState.Pending)
        );
        var failed = app.MapGroup(FailedWorkPage.Url + "/mailings/{id:long}").RequireAuthorization(MembersPermissions.FailedWork);
        failed.MapPost("/again", (long id, Buttons press) => press.DecideFailed(id, again: true));
        failed.MapPost("/discard", (long id, Buttons press) => press.DecideFailed(id, again: false));
    }
}

/// <summary>Presses a button on a mailing: its row is locked, asked whether it may, changed, and the sender signalled.</summary>
public sealed class Buttons(SiteDb db, CurrentMember me, Audit audit, TimeProvider time)
{
    public async Task<IResult> On(long id, Func<Mailing, bool> may, Action<Mailing, long, DateTime> act, string name)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using (var change = await db.Change<Mailing>(id))
        {
            if (change.Row is not { } mailing) return Results.NotFound();
            // Pressed twice, or by two people: the second finds it done.
            if (!may(mailing)) return Results.LocalRedirect(mailing.Url + "?late=true");
            act(mailing, me.Id!.Value, now);
            audit.Did(name, "#" + id);
            db.Schedule(MailingSender.Queue, now);
            await change.Commit();
        }
        return Results.LocalRedirect("/staff/mailings/" + id);
    }

    /// <summary>
    /// A person says what becomes of the recipients whom a mailing could not reach: it is tried once more with all of them, or nobody need
    /// look at them again.
    /// </summary>
    public async Task<IResult> DecideFailed(long id, bool again)
    {
        var (now, by) = (time.GetUtcNow().UtcDateTime, me.Id!.Value);
        var done = 0;
        await using (var change = await db.Change<Mailing>(id))
        {
            if (change.Row is not { } mailing) return Results.NotFound();
            if (again && !mailing.CanSendAgain) return Results.LocalRedirect(FailedWorkPage.Url + "?done=late");
            var failed = FailedDeliveries.Of(db, id);
            if (again)
            {
                // Its attempts and its age count from here.
                await db.Database.ExecuteSqlAsync($"""
                    INSERT INTO delivery_attempts (delivery_id, at, server, status, phase, text)
                    SELECT id, COALESCE(settled_at, due_at), '', {DeliveryAttempt.Again}, '', '' FROM deliveries
                    WHERE mailing_id = {id} AND state IN ('Rejected', 'Expired') AND decided_by IS NULL
                    """);
                foreach (var state in new[] { DeliveryState.Rejected, DeliveryState.Expired })
                {
                    var n = await failed
                        .Where(d => d.State == state)
                        .ExecuteUpdateAsync(s =>
                            s.SetProperty(d => d.State, DeliveryState.Pending)
                                .SetProperty(d => d.DueAt, now)
                                .SetProperty(d => d.Attempts, 0)
                                .SetProperty(d => d.Owner, (string?)null)
                                .SetProperty(d => d.SettledAt, (DateTime?)null)
                        );
                    if (n > 0)
                        await db.Count(id, now, state, -n);
                    done += n;
                }
                if (done > 0 && mailing.State == MailingState.Finished) mailing.Reopen();
            }
            else
            {
                done = await failed.ExecuteUpdateAsync(s => s.SetProperty(d => d.DecidedBy, by));
                if (
                    done > 0
                    && mailing.IsOver
                    && !await db.Deliveries.AnyAsync(d => d.MailingId == id && d.State == DeliveryState.Ambiguous)
                )
                    mailing.ForgetSalt();
            }
            if (again) db.Schedule(MailingSender.Queue, now);
            if (done > 0) audit.Did(again ? "mailing.failed-again" : "mailing.failed-discard", "#" + id);
            await change.Commit();
        }
        return Results.LocalRedirect($"{FailedWorkPage.Url}?done={(done == 0 ? "late" : again ? "again" : "discarded")}");
    }

    /// <summary>A person says what became of an ambiguous recipient: it arrived, or it shall be sent again.</summary>
    public async Task<IResult> Decide(long id, long deliveryId, DeliveryState to)
    {
        var (now, by) = (time.GetUtcNow().UtcDateTime, me.Id!.Value);
        await using (var change = await db.Change<Mailing>(id))
        {
            if (change.Row is not { } mailing) return Results.NotFound();
            var again = to == DeliveryState.Pending;
            if (again && !mailing.CanSendAgain)
                return Results.LocalRedirect(mailing.Url + "?late=true");
            var decided = await db
                .Deliveries.Where(d => d.Id == deliveryId && d.MailingId == id && d.State == DeliveryState.Ambiguous)
                .ExecuteUpdateAsync(s =>
                    s.SetProperty(d => d.State, to)
                        .SetProperty(d => d.DecidedBy, by)
                        .SetProperty(d => d.DueAt, now)
                        .SetProperty(d => d.Attempts, d => again ? 0 : d.Attempts)
                        .SetProperty(d => d.Owner, (string?)null)
                        .SetProperty(d => d.SettledAt, again ? null : now)
                );
            if (decided > 0)
            {
                await db.Count(id, now, DeliveryState.Ambiguous, -1);
                if (again)
                    db.DeliveryAttempts.Add(
                        new DeliveryAttempt
                        {
                            DeliveryId = deliveryId,
                            At = now,
                            Server = "",
                            Status = DeliveryAttempt.Again,
                            Phase = "",
                        }
                    );
                if (!again)
                    await db.Count(id, now, to, 1);
                else if (mailing.State == MailingState.Finished)
                    mailing.Reopen();
                if (
                    mailing.IsOver
                    && !await db.Deliveries.AnyAsync(d => d.MailingId == id && d.State == DeliveryState.Ambiguous)
                    && !await FailedDeliveries.Of(db, id).AnyAsync()
                )
                    mailing.ForgetSalt();
                audit.Did(again ? "mailing.send-again" : "mailing.count-as-sent", $"#{id} delivery {deliveryId}");
            }
            db.Schedule(MailingSender.Queue, now);
            await change.Commit();
        }
        return Results.LocalRedirect($"/staff/mailings/{id}/recipients?state=Ambiguous");
    }
}
