using System.Diagnostics;
using System.Globalization;
using Community.Bulk;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Community.Mailing;

/// <summary>
/// Brings each hand-off of a site a step on: recipients are written down, the go is given, wishes are told, rows come back. Each step is a
/// transaction under the mailing's lock, and what a crash leaves is the state before or after it.
/// </summary>
public sealed class AdvanceHandOffs(
    SiteDb db,
    WriteOffer offer,
    CompareConsents compare,
    EngineRoutes routes,
    EngineSigning signing,
    StopNotice notice,
    StopAtRates rates,
    Throttles throttles,
    ILogger<AdvanceHandOffs> logger)
{
    /// <summary>Rows of one step: a mailing of a million comes back in steps.</summary>
    const int Step = 5000;
    /// <summary>Chunks that wait for the broker: they have members' addresses, and grow no further while it is away.</summary>
    const int MaxWaitingChunks = 20;
    static readonly TimeSpan soon = TimeSpan.FromSeconds(1),
        whileSuspended = TimeSpan.FromMinutes(1),
        beatEvery = TimeSpan.FromMinutes(1),
        askEvery = TimeSpan.FromMinutes(2);

    int? sharers;

    /// <summary>Takes what steps there are to take now.</summary>
    /// <returns>Whether there are more at once; when to look again, null if nothing is handed.</returns>
    public async Task<(bool HasMore, DateTime? Next)> Run(CancellationToken ct)
    {
        var ids = await db
            .Mailings.AsNoTracking()
            .Where(m => m.Holder == MailingHolder.Engine && m.State != MailingState.Expanding)
            .OrderBy(m => m.Id)
            .Select(m => m.Id)
            .ToListAsync(ct);
        if (ids.Count == 0) return (false, null);
        var hasMore = false;
        if (db.Site.State is not SiteState.Active)
        {
            foreach (var id in ids) await Try(id, ct);
            return (false, db.Now + whileSuspended);
        }
        await rates.Run(ct);
        foreach (var id in ids) hasMore |= await Try(id, ct);
        var site = await db.EngineSites.AsNoTracking().FirstOrDefaultAsync(s => s.Id == EngineSite.Only, ct);
        if (!(site?.BeatAt > db.Now - beatEvery) && await db.HandOffs.AnyAsync(h => HandOff.Live.Contains(h.State), ct))
            await compare.All(ct);
        return (hasMore, db.Now + soon);
    }

    /// <summary>What one cannot do holds up neither the others nor what they have to tell.</summary>
    async Task<bool> Try(long id, CancellationToken ct)
    {
        try { return await Advance(id, ct); }
        catch (Exception error) when (error is not OperationCanceledException && !Failures.IsPassing(error))
        {
            logger.LogError("Site {Site}: the hand-off of mailing {Mailing} could not go on, tried again: {Error}",
                db.Site.Key, id, UntrustedText.Trace(error));
            db.ChangeTracker.Clear();
            return false;
        }
    }

    async Task<bool> Advance(long id, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        await using var change = await db.Change<Mailing>(id, ct);
        if (change.Row is not { Holder: MailingHolder.Engine } mailing) return false;
        var handOff = await db.HandOffs.FirstOrDefaultAsync(h => h.MailingId == id, ct);
        var goesOn = await Act(mailing, handOff, ct);
        await Faults.At("mailing.handoff.step", db.Site);
        await change.Commit(ct);
        await Faults.At("mailing.handoff.stepped", db.Site);
        return goesOn;
    }

    /// <returns>True if there is more to do at once.</returns>
    async Task<bool> Act(Mailing mailing, HandOff? handOff, CancellationToken ct)
    {
        // Nothing is begun, and nothing comes back; what may be sent has to wait.
        if (db.Site.State is not SiteState.Active)
        {
            if (handOff is { IsLive: true, State: HandOffState.Go or HandOffState.TakingBack }) await Say(mailing, handOff, ct);
            return false;
        }
        if (handOff is not { IsLive: true })
            // Stopped while its recipients were being written down: it goes on there first.
            return mailing.Total is null && mailing.State is not MailingState.Cancelling ? false
                : mailing.State is MailingState.Running or MailingState.Paused or MailingState.Suspended
                ? await Begin(mailing, handOff, ct)
                : Return(mailing);
        if (mailing.State is MailingState.Cancelling && handOff.State is not HandOffState.TakingBack)
            handOff.TakeBack(TakeBackReason.ForWebServers, mailing.ChangedBy, db.Now);
        if (handOff.EndReason is not null && handOff.State is not HandOffState.Offering) return await End(mailing, handOff, ct);
        switch (handOff.State)
        {
            case HandOffState.Offering:
                return await Fill(mailing, handOff, ct);
            case HandOffState.Accepted when mailing.StartedAt - routes.GoLead <= db.Now:
                handOff.State = HandOffState.Go;
                await Say(mailing, handOff, ct);
                return true;
            case HandOffState.Go:
                await Say(mailing, handOff, ct);
                break;
            case HandOffState.TakingBack when !handOff.GoTried || handOff.Why is TakeBackReason.GivenUp:
                // No go has left, and none will: nobody has sent anything, whatever the engine has got. This only tidies up there.
                await Say(mailing, handOff, ct);
                return await Back(mailing, handOff, ct);
            case HandOffState.TakingBack:
                await Say(mailing, handOff, ct);
                break;
        }
        Ask(handOff, []);
        return false;
    }

    async Task<bool> Begin(Mailing mailing, HandOff? handOff, CancellationToken ct)
    {
        // What a web server has in hand is settled first, by itself.
        if (await db.Deliveries.AnyAsync(
            d => d.MailingId == mailing.Id && (d.State == DeliveryState.Leased || d.State == DeliveryState.InFlight), ct))
            return false;
        var waiting = await db.Deliveries.CountAsync(
            d => d.MailingId == mailing.Id && (d.State == DeliveryState.Pending || d.State == DeliveryState.Deferred), ct);
        if (waiting == 0) return Return(mailing);
        if (handOff is null) db.HandOffs.Add(handOff = HandOff.Of(mailing, db.Now));
        using var step = EngineTrace.Step("hand over", ActivityKind.Internal, handOff.Key)?.SetTag("community.recipients", waiting);
        handOff.Offer(mailing.StartedAt > db.Now ? mailing.StartedAt.Value : db.Now, db.Now);
        await db.SaveChangesAsync(ct);
        var site = await db.LockedEngineSite(ct);
        try
        {
            await offer.Reserve(mailing, handOff, site.DeltaSeq, waiting, ct);
            return true;
        }
        catch (BadMessageException error)
        {
            handOff.State = HandOffState.Ended;
            await Refused(mailing, error.Message);
            return false;
        }
    }

    async Task<bool> Fill(Mailing mailing, HandOff handOff, CancellationToken ct)
    {
        if (await db.EngineOutbox.CountAsync(r => r.MailingId == mailing.Id && r.ChunkNo != null && r.Body != null, ct) >= MaxWaitingChunks)
            return false;
        if (await offer.NextChunk(mailing, handOff, ct)) return true;
        if (handOff.Total == 0)
        {
            // Nobody is left who may get it.
            handOff.State = HandOffState.Ended;
            return Return(mailing);
        }
        await offer.Commit(handOff, ct);
        handOff.State = HandOffState.Offered;
        // The engine waits for it: it sends nothing without having heard lately.
        (await db.LockedEngineSite(ct)).BeatAt = null;
        return true;
    }

    /// <summary>Writes a control if the site wants something else than the newest one says.</summary>
    async Task Say(Mailing mailing, HandOff handOff, CancellationToken ct)
    {
        var settings = await MailingSettings.Of(db, ct);
        var withdraw = handOff.State is HandOffState.TakingBack;
        var go = handOff.State is HandOffState.Go || handOff.GoTried;
        var paused = mailing.State is not (MailingState.Running or MailingState.Cancelling)
            || QuietHours.EndOf(settings, db.Now, db.Site.Zone) is not null
            || !db.Site.Features.Contains(MailingModule.Feature)
            || db.Site.State is not SiteState.Active;
        var perHour = await Share(throttles.RateOf(settings), ct);
        var start = mailing.StartedAt!.Value;
        var keys = withdraw ? "" : await signing.Name(ct);
        var wish = string.Create(CultureInfo.InvariantCulture, $"{go} {paused} {withdraw} {start:O} {perHour} {keys}");
        if (handOff.Wish == wish) return;
        (handOff.Wish, handOff.WishedAt, handOff.Seq) = (wish, db.Now, handOff.Seq + 1);
        // The newest replaces all others, so those that have not left need not.
        await db.EngineOutbox.Where(r => r.MailingId == mailing.Id && r.IsControl).ExecuteDeleteAsync(ct);
        var site = await db.LockedEngineSite(ct);
        db.Tell(
            new Control
            {
                Site = db.Site.Key,
                MailingId = handOff.Key,
                Rev = handOff.Rev,
                Seq = handOff.Seq,
                Go = go,
                Life = handOff.Life,
                Paused = paused,
                Withdraw = withdraw,
                StartAt = start,
                // Rather below the rate than above it; the smallest that the engine knows is one a minute.
                PerMinute = perHour == 0 ? 0 : Math.Max(1, perHour / 60),
                Signing = keys.Length > 0 ? await signing.Sealed(ct) : null,
                SeenFact = site.SeenFact,
            },
            handOff,
            isGo: go
        );
    }

    /// <summary>The site's rate is one for all of its mailings: those that the engine has share it.</summary>
    async Task<int> Share(int rate, CancellationToken ct)
    {
        if (rate <= 0) return 0;
        sharers ??= await db.HandOffs.CountAsync(h => h.State == HandOffState.Go, ct);
        return Math.Max(1, rate / Math.Max(1, sharers.Value));
    }

    void Ask(HandOff handOff, IReadOnlyList<int> missing)
    {
        if ((handOff.HeardAt ?? handOff.OfferedAt) > db.Now - askEvery && missing.Count == 0) return;
        if (handOff.AskedAt > db.Now - askEvery) return;
        handOff.AskedAt = db.Now;
        db.Tell(new Ask { Site = db.Site.Key, MailingId = handOff.Key, Rev = handOff.Rev, MissingBatches = missing }, handOff);
    }

    /// <summary>The engine has ended it: once every batch is here, what was not sent comes back.</summary>
    async Task<bool> End(Mailing mailing, HandOff handOff, CancellationToken ct)
    {
        var here = await db
            .EngineBatches.Where(b => b.MailingId == mailing.Id && b.Rev == handOff.Rev)
            .Select(b => b.BatchNo)
            .ToListAsync(ct);
        if (here.Count(b => b <= handOff.LastBatch) < handOff.LastBatch)
        {
            Ask(handOff, [.. Enumerable.Range(1, handOff.LastBatch).Except(here).Take(Bulk.Ask.MaxBatches)]);
            return false;
        }
        // The engine's number of those it has not sent has to be ours before any of them comes back. Rows come back in steps.
        if (handOff.State is not HandOffState.TakingBack || handOff.Released >= 0)
        {
            var open = await Handed(mailing.Id, handOff.Rev).CountAsync(ct);
            if (handOff.EndReason is not EndReason.Frozen && handOff.GoTried && handOff.Why is not TakeBackReason.GivenUp
                && open != handOff.Released)
            {
                if (mailing.State is MailingState.Suspended) return false;
                if (mailing.State is MailingState.Cancelling)
                {
                    // A person ends it all the same: of whom nothing is known is in doubt.
                    handOff.Why = TakeBackReason.GivenUp;
                    return true;
                }
                logger.LogError(
                    "Site {Site}: mailing {Mailing}: the engine has not sent {Released} messages, here {Open} have no result",
                    db.Site.Key, mailing.Id, handOff.Released, open);
                await Stop(mailing, StopReason.Uneven, $"{handOff.Released} / {open}");
                return false;
            }
            // Counted: the steps that follow change the number.
            if (handOff.State is not HandOffState.TakingBack) handOff.TakeBack(TakeBackReason.ForWebServers, null, db.Now);
            handOff.Released = -1;
        }
        return await Back(mailing, handOff, ct);
    }

    IQueryable<Delivery> Handed(long mailing, int rev) =>
        db.Deliveries.Where(d => d.MailingId == mailing && d.State == DeliveryState.Handed && d.OfferRev == rev);

    /// <summary>Some rows come back, or are in doubt; after the last it is the web servers' again.</summary>
    async Task<bool> Back(Mailing mailing, HandOff handOff, CancellationToken ct)
    {
        var some = await Handed(mailing.Id, handOff.Rev).OrderBy(d => d.Seq).Select(d => d.Id).Take(Step).ToListAsync(ct);
        if (some.Count > 0)
        {
            var rows = db.Deliveries.Where(d => some.Contains(d.Id));
            // An engine that was set back, or is lost, may have sent to any of them.
            if (handOff.EndReason is EndReason.Frozen || handOff.Why is TakeBackReason.GivenUp)
            {
                var now = db.Now;
                await rows.ExecuteUpdateAsync(
                    s => s.SetProperty(d => d.State, DeliveryState.Ambiguous)
                        .SetProperty(d => d.SettledAt, now)
                        .SetProperty(d => d.AddressKey, (string?)null)
                        .SetProperty(d => d.Attempts, d => d.Attempts + 1),
                    ct
                );
                await db.Count(mailing.Id, now, DeliveryState.Ambiguous, some.Count, ct);
            }
            else
                await rows.ExecuteUpdateAsync(
                    s => s.SetProperty(d => d.State, DeliveryState.Pending)
                        .SetProperty(d => d.OfferRev, (int?)null)
                        .SetProperty(d => d.OutcomeN, 0)
                        .SetProperty(d => d.AddressKey, (string?)null)
                        .SetProperty(d => d.Barred, false),
                    ct
                );
            return true;
        }
        if (handOff is { Why: TakeBackReason.ForEdit } && mailing.State is not MailingState.Cancelling)
        {
            if (!await IsUntouched(mailing.Id, ct))
            {
                // Something may have left: the text stands. A person chooses.
                if (mailing.CanPause) Pause(mailing, handOff.TakenBackBy);
            }
            else if (await Unwrite(mailing.Id, ct)) return true;
            else
            {
                await Finish(mailing, handOff, ct);
                var before = mailing.State;
                mailing.BeginAnew(handOff.TakenBackBy ?? mailing.RevisedBy, db.Now);
                db.Publish(mailing, before);
                return false;
            }
        }
        await Finish(mailing, handOff, ct);
        if (handOff.EndReason is EndReason.TooOld && mailing.State is not MailingState.Cancelling)
        {
            // Suppressions that it would have needed are gone at the engine: a new offer knows them. Where the new one is too old as well,
            // the site's own numbers were set back (it was restored), and so would all others be: a person decides.
            var again = handOff.TooOldRev == handOff.Rev - 1 && handOff.TooOldRev > 0;
            handOff.TooOldRev = handOff.Rev;
            if (again) await Refused(mailing, nameof(EndReason.TooOld));
            else mailing.Holder = MailingHolder.Engine;
        }
        else if (IsRefusal(handOff) && mailing.State is not MailingState.Cancelling)
            await Refused(mailing, handOff.EndReason.ToString()!);
        return false;
    }

    static bool IsRefusal(HandOff handOff) =>
        handOff is { TakenBackAt: not null, TakenBackBy: null, Why: TakeBackReason.ForWebServers }
        && handOff.EndReason is EndReason.NoRoom or EndReason.Incomplete or EndReason.Contradiction or EndReason.Missed
            or EndReason.CannotSign or EndReason.Withdrawn or EndReason.Superseded;

    void Pause(Mailing mailing, long? by)
    {
        var before = mailing.State;
        mailing.Pause(by ?? mailing.RevisedBy);
        db.Publish(mailing, before);
    }

    /// <summary>Every recipient has waited all the time, by whomever.</summary>
    async Task<bool> IsUntouched(long mailing, CancellationToken ct) =>
        !await db.Deliveries.AnyAsync(
            d => d.MailingId == mailing
                && d.State != DeliveryState.Suppressed
                && (d.State != DeliveryState.Pending || d.Attempts > 0 || d.SettledAt != null),
            ct
        );

    /// <summary>Deletes some of the recipients of a mailing that becomes a draft again.</summary>
    async Task<bool> Unwrite(long mailing, CancellationToken ct)
    {
        var some = await db.Deliveries.Where(d => d.MailingId == mailing).OrderBy(d => d.Seq).Select(d => d.Id).Take(Step).ToListAsync(ct);
        await db.DeliveryAttempts.Where(a => some.Contains(a.DeliveryId)).ExecuteDeleteAsync(ct);
        await db.Deliveries.Where(d => some.Contains(d.Id)).ExecuteDeleteAsync(ct);
        await db.MailingRollups.Where(r => r.MailingId == mailing).ExecuteDeleteAsync(ct);
        return some.Count > 0;
    }

    /// <summary>It is over at the engine: addresses and texts are deleted there, and what still waits for the broker here.</summary>
    async Task Finish(Mailing mailing, HandOff handOff, CancellationToken ct)
    {
        handOff.State = HandOffState.Ended;
        // The engine hears of nobody's suppression any more: what names a mailbox to it goes, also of those in doubt.
        await db.Deliveries.Where(d => d.MailingId == mailing.Id && d.State == DeliveryState.Ambiguous && d.AddressKey != null)
            .ExecuteUpdateAsync(s => s.SetProperty(d => d.AddressKey, (string?)null), ct);
        await db.EngineOutbox.Where(r => r.MailingId == mailing.Id && r.Rev == handOff.Rev && !r.IsControl).ExecuteDeleteAsync(ct);
        db.Tell(new Close { Site = db.Site.Key, MailingId = handOff.Key, Rev = handOff.Rev }, handOff);
        Return(mailing);
        logger.LogInformation(
            "Site {Site}: mailing {Mailing} is back from the engine: {Reason}", db.Site.Key, mailing.Id, handOff.EndReason);
    }

    bool Return(Mailing mailing)
    {
        mailing.Holder = MailingHolder.WebServers;
        db.Schedule(MailingSender.Queue, db.Now);
        return false;
    }

    Task Refused(Mailing mailing, string why)
    {
        Return(mailing);
        return Stop(mailing, StopReason.EngineRefused, why);
    }

    async Task Stop(Mailing mailing, StopReason why, string text)
    {
        if (mailing.State is not (MailingState.Running or MailingState.Paused)) return;
        var before = mailing.State;
        mailing.Suspend(why, text);
        db.Publish(mailing, before);
        await notice.Send(mailing);
    }
}
