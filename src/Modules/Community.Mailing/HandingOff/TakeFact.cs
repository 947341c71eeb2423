using Community.Bulk;
using Community.Kernel;
using Community.Mail;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Community.Mailing;

/// <summary>Takes what the engine tells a site: one transaction, however often and in whatever order it arrives.</summary>
public sealed class TakeFact(SiteDb db, SettleDelivery settle, StopNotice notice, ILogger<TakeFact> logger)
{
    /// <summary>Who handed over a message that was sent by the engine.</summary>
    public const string Server = "engine";

    /// <returns>Why a person has to look at it; null if it was taken.</returns>
    public async Task<string?> Take(EngineMessage message, CancellationToken ct = default)
    {
        if (message is not Fact fact) return $"{message.Schema} is no fact";
        db.ChangeTracker.Clear();
        var id = await db.HandOffs.Where(h => h.Key == fact.MailingId).Select(h => h.MailingId).FirstOrDefaultAsync(ct);
        if (id == 0) return $"there is no mailing {fact.MailingId} on the site {db.Site.Key}";
        await using var change = await db.Change<Mailing>(id, ct);
        if (change.Row is not { } mailing) return null;
        // Before any recipient: who compares consents locks in this order.
        var site = await db.LockedEngineSite(ct);
        site.SeenFact = Math.Max(site.SeenFact, fact.FactNo);
        var handOff = await db.HandOffs.FirstAsync(h => h.MailingId == id, ct);
        var dead = await Take(mailing, handOff, fact, ct);
        await Faults.At("mailing.handoff.fact", db.Site);
        db.Schedule(HandOffs.Queue, db.Now);
        await change.Commit(ct);
        return dead;
    }

    async Task<string?> Take(Mailing mailing, HandOff handOff, Fact fact, CancellationToken ct)
    {
        if (fact is OutcomeBatch batch) return await Apply(mailing, handOff, batch, ct);
        if (fact.Rev != handOff.Rev || !handOff.IsLive) return null;
        if (fact is Ended ended)
        {
            // However late: it is the last word, and stands.
            if (handOff.EndReason is not null) return null;
            (handOff.EndReason, handOff.LastBatch, handOff.Released) = (ended.Reason, ended.LastBatch, ended.Counts.Released);
            (handOff.EngineState, handOff.EngineSeq, handOff.InFlight) = (OfferState.Ended, ended.ControlSeq, 0);
        }
        // So is this, whatever was said later.
        if (handOff.State is HandOffState.Offered && fact is Accepted or OfferProgress { State: OfferState.Armed })
            (handOff.State, handOff.Life) = (HandOffState.Accepted, fact.Life);
        if (fact is Accepted { Eta: var eta }) handOff.Eta = eta;
        if (fact.FactNo <= handOff.FactNo) return null;
        (handOff.FactNo, handOff.HeardAt) = (fact.FactNo, db.Now);
        switch (fact)
        {
            case Accepted:
                handOff.EngineState = OfferState.Armed;
                break;
            case OfferProgress progress:
                (handOff.EngineState, handOff.EngineSeq, handOff.EnginePaused) = (progress.State, progress.ControlSeq, progress.Paused);
                (handOff.InFlight, handOff.EngineDelta) = (progress.Counts.InFlight, progress.DeltaSeq);
                if (progress.StartedAt is { } started && handOff.EngineStartedAt is null)
                    handOff.EngineStartedAt = started;
                break;
        }
        return null;
    }

    async Task<string?> Apply(Mailing mailing, HandOff handOff, OutcomeBatch batch, CancellationToken ct)
    {
        var known = await db.EngineBatches.FirstOrDefaultAsync(
            b => b.MailingId == mailing.Id && b.Rev == batch.Rev && b.BatchNo == batch.BatchNo, ct);
        if (known is not null)
        {
            if (known.Hash == batch.Hash) return null;
            // An engine that has lost what it told, and says so by its life, numbers anew. What it says is taken all the same: of each
            // recipient the first final word stands.
            if (batch.Rev != handOff.Rev
                || (batch.Life == handOff.Life && handOff is not ({ EngineState: OfferState.Frozen } or { EndReason: EndReason.Frozen })))
            {
                await Halt(mailing, $"batch {batch.BatchNo}");
                return $"batch {batch.BatchNo} of {batch.MailingId} rev {batch.Rev} contradicts what came before";
            }
            known.Hash = batch.Hash;
        }
        else db.EngineBatches.Add(new() { MailingId = mailing.Id, Rev = batch.Rev, BatchNo = batch.BatchNo, Hash = batch.Hash });
        var seqs = batch.Items.Select(i => (int)i.Rid).Distinct().ToList();
        var rows = await db.Deliveries.Where(d => d.MailingId == mailing.Id && seqs.Contains(d.Seq)).ToDictionaryAsync(d => d.Seq, ct);
        var (attempts, counts) = (new List<DeliveryAttempt>(), new Dictionary<DeliveryState, int>());
        var rejected = new List<(Delivery, string? AddressKey, OutcomeItem)>();
        // After its end and all its batches the engine may still learn of somebody in doubt. An outcome of anybody else, who is back by now
        // or about to be, shows that one side was set back.
        var stray = batch.Rev == handOff.Rev && handOff.EndReason is not null and not EndReason.Frozen && batch.BatchNo > handOff.LastBatch
            && handOff.Why is not TakeBackReason.GivenUp
            && batch.Items.Any(i =>
                !rows.TryGetValue((int)i.Rid, out var row) || row.OfferRev != batch.Rev || row.State is DeliveryState.Handed);
        foreach (var item in batch.Items.OrderBy(i => i.N))
        {
            if (!rows.TryGetValue((int)item.Rid, out var row) || row.OfferRev != batch.Rev || item.N <= row.OutcomeN) continue;
            if (row.State is not (DeliveryState.Handed or DeliveryState.Ambiguous)) continue;
            if (row.State is DeliveryState.Ambiguous) Count(DeliveryState.Ambiguous, -1);
            row.OutcomeN = item.N;
            var text = UntrustedText.Safe(item.Text);
            if (item.Outcome is BulkOutcome.Reopened)
            {
                (row.State, row.SettledAt) = (DeliveryState.Handed, null);
                continue;
            }
            row.State = StateOf(item.Outcome);
            (row.SettledAt, row.Code, row.Enhanced, row.Answer) = (item.At, item.Code, item.Enhanced, text);
            if (row.State is DeliveryState.Rejected) rejected.Add((row, row.AddressKey, item));
            // Proved not to have been accepted, it may be sent again.
            if (row.State is not DeliveryState.Ambiguous) row.AddressKey = null;
            if (row.State is DeliveryState.Suppressed)
                row.Withheld = await Audience.Refusal(mailing.KindId, row.MemberId, db, ct);
            else if (row.State is not DeliveryState.Expired)
            {
                row.Attempts++;
                attempts.Add(AttemptOf(row.Id, item, text));
            }
            Count(row.State, 1);
        }
        await db.SaveChangesAsync(ct);
        await db.InsertAll(attempts, ct);
        foreach (var (state, n) in counts.Where(c => c.Value != 0).OrderBy(c => c.Key)) await db.Count(mailing.Id, db.Now, state, n, ct);
        foreach (var (row, key, item) in rejected.Where(r => r.Item3.Code >= 500)) await Bounced(mailing, row, key, item, ct);
        if (stray)
        {
            await Halt(mailing, $"batch {batch.BatchNo} > {handOff.LastBatch}");
            return $"batch {batch.BatchNo} of {batch.MailingId} rev {batch.Rev} came after the last one ({handOff.LastBatch})";
        }
        return null;

        void Count(DeliveryState state, int n) => counts[state] = counts.GetValueOrDefault(state) + n;
    }

    static DeliveryState StateOf(BulkOutcome outcome) => outcome switch
    {
        BulkOutcome.Accepted => DeliveryState.Accepted,
        BulkOutcome.Rejected => DeliveryState.Rejected,
        BulkOutcome.Suppressed => DeliveryState.Suppressed,
        BulkOutcome.Expired => DeliveryState.Expired,
        _ => DeliveryState.Ambiguous,
    };

    static DeliveryAttempt AttemptOf(long delivery, OutcomeItem item, string text) => new()
    {
        DeliveryId = delivery,
        At = item.At,
        Server = Server,
        Status = (item.Outcome switch
        {
            BulkOutcome.Accepted => SendStatus.Accepted,
            BulkOutcome.Rejected => SendStatus.RejectedPermanent,
            _ => SendStatus.Ambiguous,
        }).ToString(),
        Phase = nameof(SmtpPhase.FinalDot),
        Code = item.Code,
        Enhanced = item.Enhanced,
        Text = text,
    };

    async Task Bounced(Mailing mailing, Delivery row, string? key, OutcomeItem item, CancellationToken ct)
    {
        var to = await db.Members.Where(m => m.Id == row.MemberId).Select(m => new { m.Email, m.AddressHash }).FirstOrDefaultAsync(ct);
        // The address that was refused is not the member's any more: nothing is said of the new one.
        if (to?.Email is not { Length: > 0 } email) return;
        if (key is not null && !to.AddressHash.StartsWith(key, StringComparison.Ordinal)) return;
        await settle.Bounced(row, mailing.Id, email, item.Code, item.Enhanced, item.Text ?? "", db.Now);
    }

    /// <summary>Nothing goes on by itself: one side does not know what it has done.</summary>
    async Task Halt(Mailing mailing, string what)
    {
        logger.LogError("Site {Site}: mailing {Mailing} stops: the engine contradicts itself: {What}", db.Site.Key, mailing.Id, what);
        mailing.UnevenSince ??= db.Now;
        if (mailing.State is not (MailingState.Running or MailingState.Paused)) return;
        var before = mailing.State;
        mailing.Suspend(StopReason.Uneven, what);
        db.Publish(mailing, before);
        await notice.Send(mailing);
    }
}
