using System.Diagnostics;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Community.Mailing;

/// <summary>What a site needs next.</summary>
/// <param name="HasDue">Messages can be sent now.</param>
/// <param name="HasMore">Its turn ended in the middle of a long work: it needs another at once.</param>
/// <param name="Next">When to look again; null if nothing is pending.</param>
public sealed record DueMailings(bool HasDue, bool HasMore, DateTime? Next);

/// <summary>
/// Advances the mailings of one site: starts what is due, expands audiences, finishes what is done. Several nodes may do it at once.
/// </summary>
public sealed class AdvanceMailings(
    SiteDb db,
    IOptions<CommunityOptions> options,
    MailColorsOf look,
    Settings<MailingSettings> settings,
    Approval approval,
    ApprovalMails approvals,
    AdvanceChains chains,
    TimeProvider time,
    ILogger<AdvanceMailings> logger,
    Settings<ContactSettings> contact,
    OwnRelays relays,
    EngineRoutes routes
)
{
    /// <summary>Time slice of one site before the others get theirs.</summary>
    static readonly TimeSpan TimeSlice = TimeSpan.FromSeconds(1);
    /// <summary>Recipients inserted per transaction, so that memory use does not grow with their total number.</summary>
    public const int ExpandBatchSize = 1000;
    const int CancelBatchSize = 2000, ReleaseBatchSize = 2000;
    /// <summary>Where a rule chooses the winner and the sample is not sent yet, it is looked at again after this time.</summary>
    static readonly TimeSpan LookForWinner = TimeSpan.FromMinutes(5);

    static readonly IReadOnlyList<MailingState> live =
    [
        MailingState.Scheduled,
        MailingState.Approving,
        MailingState.Expanding,
        MailingState.Running,
        MailingState.Cancelling,
    ];

    DateTime Now => time.GetUtcNow().UtcDateTime;

    public async Task<DueMailings> Run(CancellationToken ct)
    {
        var watch = Stopwatch.StartNew();
        await chains.Run(ct);
        foreach (var (id, state, startAt, route, _) in await Live(ct))
        {
            if (watch.Elapsed > TimeSlice) break;
            if (state == MailingState.Scheduled && routes.BeginsAt(db.Site, id, startAt, route) <= Now) await Start(id, ct);
            if (state == MailingState.Approving && startAt + await LateAfter(ct) < Now) await GiveUp(id, ct);
            if (state is MailingState.Scheduled or MailingState.Expanding)
                while (await ExpandSome(id, ct) && watch.Elapsed < TimeSlice) { }
            if (state == MailingState.Running)
                while (await DecideSome(id, ct) && watch.Elapsed < TimeSlice) { }
            if (state is MailingState.Running or MailingState.Expanding) await Finish(id, ct);
            if (state == MailingState.Cancelling)
                while (await CancelSome(id, ct) && watch.Elapsed < TimeSlice) { }
        }
        return await LookAhead(ct);
    }

    async Task<List<(long Id, MailingState State, DateTime? StartAt, MailingRoute Route, bool IsEarly)>> Live(CancellationToken ct) =>
        (
            await db
                .Mailings.AsNoTracking()
                .Where(m => live.Contains(m.State))
                .OrderBy(m => m.Id)
                .Select(m => new
                {
                    m.Id,
                    m.State,
                    m.StartAt,
                    m.StartedAt,
                    m.Route,
                    m.Holder,
                })
                .ToListAsync(ct)
        )
            // What the engine has goes on there; only its preparation and its end are here.
            .FindAll(m => m.Holder is MailingHolder.WebServers || m.State is MailingState.Expanding)
            .ConvertAll(m => (m.Id, m.State, m.StartAt, m.Route, Mailing.IsBeforeItsTime(m.StartedAt, m.StartAt, Now)));

    async Task<TimeSpan> LateAfter(CancellationToken ct) => (await settings.Get(ct)).LateAfter;

    /// <summary>Nobody approved it in time. One that is to go at once has no time, and waits.</summary>
    async Task GiveUp(long id, CancellationToken ct)
    {
        await using var change = await Open(id, ct);
        if (change.Row is not { State: MailingState.Approving, AtOnce: false } mailing) return;
        mailing.MarkOverdue(StopReason.NotApproved);
        db.Publish(mailing, MailingState.Approving);
        await change.Commit(ct);
    }

    async Task Start(long id, CancellationToken ct)
    {
        var lateAfter = await LateAfter(ct);
        await using var change = await Open(id, ct);
        if (change.Row is not { State: MailingState.Scheduled } mailing) return;
        await db.LoadContents(mailing, ct);
        var now = Now;
        var own = await relays.Find(ct);
        // The zone's rules may have changed since it was scheduled: the promised local time counts, not the UTC time computed then.
        if (
            mailing.LocalTime is { } wall
            && TimeZoneInfo.TryFindSystemTimeZoneById(mailing.Zone!, out var zone)
            && StartTime.Resolve(wall, zone).Utc is var start
            && start > now
        )
            mailing.StartAt = start;
        mailing.Holder = await routes.HolderOf(mailing, db, own, ct);
        // The engine has it before its time.
        if (mailing.Holder is MailingHolder.Engine || mailing.StartAt <= now)
        {
            var kind = await db.Set<Members.MailKind>().AsNoTracking().FirstOrDefaultAsync(k => k.Id == mailing.KindId, ct);
            if (now - mailing.StartAt > lateAfter)
                mailing.MarkOverdue(StopReason.Late);
            else if (kind is null or { EndedAt: not null })
                mailing.MarkOverdue(StopReason.KindDeleted);
            else if (await mailing.Audience.RefersToDeleted(db, ct))
                mailing.MarkOverdue(StopReason.AudienceDeleted);
            else if (!mailing.IsTest && await MergeFields.On(db, ct) is var fields && await Lacks(mailing, fields, ct))
                mailing.MarkOverdue(StopReason.FieldMissing);
            // More fit than when it was reserved, or what was approved is not what would be sent.
            else if (await approval.IsMissing(mailing, ct))
            {
                mailing.AskApproval();
                await approvals.Ask(mailing, ct);
            }
            else
            {
                mailing.Tracking = mailing.IsTest ? TrackingMode.None : mailing.Tracking ?? (await MailingSettings.Of(db, ct)).Tracking;
                mailing.FollowMain();
                if (mailing is { IsSplit: true, SampleCount: not null })
                    mailing.SampleBase = await (await Audience.Receivers(mailing, db, ct)).CountAsync(ct);
                mailing.Begin(
                    FrozenContent.Of(mailing, kind, db.Site, options.Value, look(db.Site), await contact.Get(ct)) with
                    {
                        From = own?.From ?? db.Site.MailFrom,
                        FromName = own?.FromName ?? db.Site.MailFromName,
                        Excluded = mailing.IsTest ? null : await Excluded.Count(mailing, db, ct),
                    },
                    now
                );
            }
            if (mailing.State is not MailingState.Expanding) mailing.Holder = MailingHolder.WebServers;
            db.Publish(mailing, MailingState.Scheduled);
            logger.LogInformation("Site {Site}: mailing {Mailing} is {State}", db.Site.Key, id, mailing.State);
        }
        await change.Commit(ct);
    }

    /// <summary>A field of the mailing is gone, or has no value for some recipients and no default.</summary>
    async Task<bool> Lacks(Mailing mailing, MergeFields fields, CancellationToken ct) =>
        mailing.Contents.Exists(c => fields.Unknown(c.Words).Count > 0) || (await MissingValues.Of(mailing, fields, db, ct)).Count > 0;

    /// <summary>
    /// Inserts deliveries in order of member id and advances the watermark in the same transaction, so that it resumes there after a crash.
    /// The last batch sets the total and lets the mailing run. Returns true if there is more to expand.
    /// </summary>
    async Task<bool> ExpandSome(long id, CancellationToken ct)
    {
        await using var change = await Open(id, ct);
        if (change.Row is not { State: MailingState.Expanding } mailing) return false;
        var now = Now;
        if (await mailing.Audience.RefersToDeleted(db, ct))
        {
            mailing.Suspend(StopReason.AudienceDeleted);
            db.Publish(mailing, MailingState.Expanding);
            await change.Commit(ct);
            return false;
        }
        await MailsOfMember.Lock(db, ct);
        var found = await (await Audience.Receivers(mailing, db, ct))
            .Where(m => m.Id > mailing.ReadUpTo)
            .OrderBy(m => m.Id)
            .Take(ExpandBatchSize)
            .Select(m => new { m.Id, m.Email })
            .ToListAsync(ct);
        var rows = found
            .Where(m => !string.IsNullOrEmpty(m.Email))
            .Select(m => (Member: m.Id, Hash: Delivery.HashOf(m.Email!, mailing.Salt!)))
            .ToList();
        // The mailing's row is locked, so nobody else inserts; the unique index is a second safeguard.
        var hashes = rows.ConvertAll(r => r.Hash);
        var present = (
            await db.Deliveries.Where(d => d.MailingId == id && hashes.Contains(d.AddressHash)).Select(d => d.AddressHash).ToListAsync(ct)
        ).ToHashSet();
        var twins = 0;
        var inserted = new List<Delivery>(rows.Count);
        foreach (var (member, hash) in rows)
        {
            // Always due: if the clock is set back during the expansion, that must not delay the rest.
            var row = new Delivery
            {
                MailingId = id,
                Seq = ++mailing.Count,
                MemberId = member,
                AddressHash = hash,
                DueAt = DateTime.UnixEpoch,
            };
            if (!present.Add(hash))
            {
                row.LeaveOut(WithheldReason.Address, now);
                twins++;
            }
            else if (mailing.IsSplit)
            {
                row.Variant = Sample.VariantOf(mailing, mailing.Assigned++);
                if (row.Variant is null) row.DueAt = Sample.Held;
            }
            inserted.Add(row);
        }
        // Not tracked: a million rows would cost minutes.
        await db.InsertAll(inserted, ct);
        if (twins > 0) await db.Count(id, now, DeliveryState.Suppressed, twins, ct);
        if (found.Count > 0)
            mailing.ReadUpTo = found[^1].Id;
        if (found.Count < ExpandBatchSize)
        {
            mailing.Total = mailing.Count;
            mailing.State = MailingState.Running;
            if (mailing.Holder is MailingHolder.Engine) db.Schedule(HandOffs.Queue, now);
        }
        await db.SaveChangesAsync(ct);
        await Faults.At("mailing.expanding", db.Site);
        await change.Commit(ct);
        return found.Count == ExpandBatchSize;
    }

    /// <summary>
    /// Chooses the winner of several variants once its time has come, and lets some of those go who waited for it. Returns true if more are
    /// waiting.
    /// </summary>
    async Task<bool> DecideSome(long id, CancellationToken ct)
    {
        if (!await db.Mailings.AnyAsync(m => m.Id == id && m.Variants > 1, ct)) return false;
        await using var change = await Open(id, ct);
        if (change.Row is not { State: MailingState.Running, IsSplit: true } mailing) return false;
        var now = Now;
        if (mailing.Winner is null)
        {
            if (!(mailing.WinnerDue <= now) || await SampleIsOpen(id, ct)) return false;
            mailing.ChooseWinner(VariantNumbers.Best(await VariantNumbers.Of(db, mailing, ct), mailing.WinnerRule), null, now);
        }
        var held = db.Deliveries.Where(d => d.MailingId == id && d.State == DeliveryState.Pending && d.DueAt == Sample.Held);
        var some = await held.OrderBy(d => d.Seq).Select(d => d.Id).Take(ReleaseBatchSize).ToListAsync(ct);
        if (some.Count > 0)
            await held.Where(d => some.Contains(d.Id)).ExecuteUpdateAsync(s => s.SetProperty(d => d.DueAt, DateTime.UnixEpoch), ct);
        await Faults.At("mailing.releasing", db.Site);
        await change.Commit(ct);
        return some.Count == ReleaseBatchSize;
    }

    /// <summary>Some of the sample have not been sent yet, and have no outcome.</summary>
    Task<bool> SampleIsOpen(long id, CancellationToken ct) =>
        db.Deliveries.AnyAsync(d => d.MailingId == id && Delivery.Open.Contains(d.State) && d.Variant != null, ct);

    async Task Finish(long id, CancellationToken ct)
    {
        if (await db.Deliveries.AnyAsync(d => d.MailingId == id && Delivery.Open.Contains(d.State), ct)) return;
        await using var change = await Open(id, ct);
        if (change.Row is not { State: MailingState.Running, Holder: MailingHolder.WebServers, Total: { } total } mailing) return;
        if (await db.Deliveries.AnyAsync(d => d.MailingId == id && Delivery.Open.Contains(d.State), ct)) return;
        var settled = await db.Deliveries.CountAsync(d => d.MailingId == id, ct);
        if (settled != total)
        {
            logger.LogError(
                "Site {Site}: mailing {Mailing} has {Settled} outcomes for {Total} recipients",
                db.Site.Key,
                id,
                settled,
                total
            );
            // It is not over before every recipient has an outcome.
            mailing.Suspend(StopReason.Uneven, $"{settled} / {total}");
            db.Publish(mailing, MailingState.Running);
            await change.Commit(ct);
            return;
        }
        mailing.End(MailingState.Finished, Now, await Doubtful(id, ct));
        db.Publish(mailing, MailingState.Running);
        await change.Commit(ct);
        logger.LogInformation("Site {Site}: mailing {Mailing} is finished, {Total} recipients", db.Site.Key, id, total);
    }

    /// <summary>Returns true if more are waiting.</summary>
    async Task<bool> CancelSome(long id, CancellationToken ct)
    {
        await using var change = await Open(id, ct);
        if (change.Row is not { State: MailingState.Cancelling, Holder: MailingHolder.WebServers } mailing) return false;
        var now = Now;
        var some = await db
            .Deliveries.Where(d => d.MailingId == id && (d.State == DeliveryState.Pending || d.State == DeliveryState.Deferred))
            .OrderBy(d => d.Seq)
            .Select(d => d.Id)
            .Take(CancelBatchSize)
            .ToListAsync(ct);
        if (some.Count > 0)
        {
            var n = await db
                .Deliveries.Where(d => some.Contains(d.Id) && (d.State == DeliveryState.Pending || d.State == DeliveryState.Deferred))
                .ExecuteUpdateAsync(s => s.SetProperty(d => d.State, DeliveryState.Cancelled).SetProperty(d => d.SettledAt, now), ct);
            await db.Count(id, now, DeliveryState.Cancelled, n, ct);
        }
        else if (!await db.Deliveries.AnyAsync(d => d.MailingId == id && Delivery.Open.Contains(d.State), ct))
        {
            // Cancelled during expansion: the total is the number of rows so far.
            mailing.Total ??= mailing.Count;
            mailing.End(MailingState.Cancelled, now, doubtful: false);
        }
        await change.Commit(ct);
        return some.Count == CancelBatchSize;
    }

    async Task<bool> Doubtful(long id, CancellationToken ct) =>
        await db.Deliveries.AnyAsync(d => d.MailingId == id && d.State == DeliveryState.Ambiguous, ct)
        || await FailedDeliveries.Of(db, id).AnyAsync(ct);

    async Task<DueMailings> LookAhead(CancellationToken ct)
    {
        var now = Now;
        DateTime? next = null;
        var quiet = QuietHours.EndOf(await MailingSettings.Of(db, ct), now, db.Site.Zone);
        var (hasDue, hasMore) = (false, false);
        foreach (var (id, state, startAt, route, isEarly) in await Live(ct))
        {
            // Without a time it waits for a person, however long.
            if (state == MailingState.Approving && startAt + await LateAfter(ct) < now) continue;
            var at = state switch
            {
                MailingState.Scheduled => routes.BeginsAt(db.Site, id, startAt, route),
                MailingState.Approving => startAt + await LateAfter(ct),
                MailingState.Running when isEarly => startAt,
                MailingState.Running => await NextDue(id, ct) is var due && quiet > due && !await IsTest(id, ct) ? quiet
                    : due == Sample.Held ? await WinnerLook(id, now, ct)
                    : due,
                _ => now,
            };
            hasDue |= state == MailingState.Running && at <= now;
            hasMore |= state == MailingState.Expanding;
            // Nothing is due: leased deliveries will be settled soon, or reclaimed when their lease expires.
            next = Earlier(next, at ?? now);
        }
        if (await chains.Next(ct) is { } look) next = Earlier(next, look);
        next = Earlier(
            next,
            await db
                .Deliveries.Where(d => d.State == DeliveryState.Leased || d.State == DeliveryState.InFlight)
                .MinAsync(d => d.LeaseUntil, ct)
        );
        return new(hasDue, hasMore, next);
    }

    Task<DateTime?> NextDue(long id, CancellationToken ct) =>
        db
            .Deliveries.Where(d => d.MailingId == id && (d.State == DeliveryState.Pending || d.State == DeliveryState.Deferred))
            .MinAsync(d => (DateTime?)d.DueAt, ct);

    /// <summary>All who are left wait for the winner. A person's choice is signalled.</summary>
    async Task<DateTime?> WinnerLook(long id, DateTime now, CancellationToken ct)
    {
        var mailing = await db.Mailings.AsNoTracking().FirstAsync(m => m.Id == id, ct);
        if (mailing.Winner is not null) return now;
        return mailing.WinnerDue is not { } due ? Sample.Held : due > now ? due : now + LookForWinner;
    }

    /// <summary>Staff who test a mailing wait for no hour.</summary>
    Task<bool> IsTest(long id, CancellationToken ct) => db.Mailings.AnyAsync(m => m.Id == id && m.TestOfId != null, ct);

    static DateTime? Earlier(DateTime? a, DateTime? b) => a is null || b < a ? b : a;

    Task<Change<Mailing>> Open(long id, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        return db.Change<Mailing>(id, ct);
    }
}
