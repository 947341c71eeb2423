using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>
/// What people decide about a mailing and the engine: by which way it goes, that it comes back, that the engine takes the rest. No button
/// waits for the broker: it writes down what is wanted.
/// </summary>
/// <exception cref="Denied">The actor may not.</exception>
/// <exception cref="Refused">It is too late, or there is no engine.</exception>
public sealed class DecideHandOff(SiteDb db, Actors actors, Audit audit, EngineRoutes routes, OwnRelays relays)
{
    public const string TooLate = "mailing.engine.too-late", Away = "mailing.engine.none", Carries = "mailing.engine.carries";

    /// <summary>By which way it is sent. Before it has begun.</summary>
    public async Task Choose(Reader actor, long id, MailingRoute route, CancellationToken ct = default)
    {
        await using var change = await db.Change<Mailing>(id, ct);
        await actors.Require(actor, MailingPermissions.Write);
        if (change.Row is not { CanEdit: true } mailing) throw new Refused(TooLate);
        if (route is MailingRoute.Engine && !await CanSend(ct)) throw new Refused(Away);
        if (route is MailingRoute.Engine && mailing.Carries) throw new Refused(Carries);
        if (mailing.Route == route) return;
        audit.Did(
            "mailing.route", "#" + id, AuditChange.Of([AuditChange.Value("mailing-route", mailing.Route.ToString(), route.ToString())]));
        mailing.Route = route;
        // The engine wants it before its time.
        if (mailing.State is MailingState.Scheduled) db.Schedule(MailingSender.Queue, db.Now);
        await change.Commit(ct);
    }

    /// <summary>The engine sends those who still wait.</summary>
    public async Task HandRest(Reader actor, long id, CancellationToken ct = default)
    {
        await using var change = await db.Change<Mailing>(id, ct);
        await actors.Require(actor, MailingPermissions.Send);
        if (change.Row is not { } mailing || !CanHandRest(mailing)) throw new Refused(TooLate);
        if (!await CanSend(ct)) throw new Refused(Away);
        if (await db.Deliveries.AnyAsync(d => d.MailingId == id && d.State == DeliveryState.Pending && d.DueAt == Sample.Held, ct))
            throw new Refused(TooLate);
        audit.Did("mailing.hand-rest", "#" + id);
        mailing.Holder = MailingHolder.Engine;
        if (mailing.StopReason is StopReason.EngineRefused)
        {
            var before = mailing.State;
            mailing.Resume(actor.Id ?? mailing.RevisedBy, db.Now);
            db.Publish(mailing, before);
        }
        db.Schedule(HandOffs.Queue, db.Now);
        await change.Commit(ct);
    }

    public static bool CanHandRest(Mailing mailing) =>
        mailing.Holder is MailingHolder.WebServers
        && mailing is { IsTest: false, AwaitsWinner: false, Carries: false, Total: not null }
        && mailing.State is MailingState.Running or MailingState.Paused or MailingState.Suspended;

    /// <inheritdoc cref="EngineRoutes.CanSend"/>
    public async Task<bool> CanSend(CancellationToken ct = default) => await routes.CanSend(db, await relays.Find(ct), ct);

    /// <summary>
    /// The engine is to send nothing more, and what it has not sent comes back: at once if no go has left, else when it has answered.
    /// </summary>
    /// <param name="actor">Who wants it.</param>
    /// <param name="id">The mailing.</param>
    /// <param name="why">What it is to become.</param>
    /// <param name="ct">Cancels it.</param>
    public async Task TakeBack(Reader actor, long id, TakeBackReason why, CancellationToken ct = default)
    {
        await using var change = await db.Change<Mailing>(id, ct);
        var person = await actors.Require(actor, MailingPermissions.Send);
        if (change.Row is not { Holder: MailingHolder.Engine } mailing) throw new Refused(TooLate);
        var handOff = await db.HandOffs.FirstOrDefaultAsync(h => h.MailingId == id, ct);
        // Nothing has been offered yet.
        if (handOff is null or { IsLive: false })
        {
            if (why is TakeBackReason.ForWebServers)
            {
                audit.Did("mailing.engine-back", "#" + id);
                mailing.Holder = MailingHolder.WebServers;
                db.Schedule(MailingSender.Queue, db.Now);
                await change.Commit(ct);
                return;
            }
            // To be written anew it goes the way of all that come back: an offer of nobody, which is taken back at once.
            if (why is TakeBackReason.ForEdit)
            {
                if (handOff is null) db.HandOffs.Add(handOff = HandOff.Of(mailing, db.Now));
                handOff.Offer(mailing.StartedAt!.Value, db.Now);
            }
        }
        var may = why is TakeBackReason.GivenUp
            ? handOff?.CanBeGivenUp(db.Now) == true
            : handOff!.State is not HandOffState.TakingBack && handOff.EndReason is null;
        if (!may) throw new Refused(TooLate);
        handOff!.TakeBack(why, person.Id, db.Now);
        // A go that has not left never leaves.
        if (!handOff.GoTried) await db.EngineOutbox.Where(r => r.MailingId == id && r.IsControl).ExecuteDeleteAsync(ct);
        audit.Did(
            why switch
            {
                TakeBackReason.ForEdit => "mailing.engine-edit",
                TakeBackReason.GivenUp => "mailing.engine-lost",
                _ => "mailing.engine-back",
            },
            "#" + id
        );
        db.Schedule(HandOffs.Queue, db.Now);
        await change.Commit(ct);
    }
}
