using Community.Bulk.Tests.Harness;

namespace Community.Bulk.Tests.Histories;

public enum Row { Pending, Handed, Accepted, Rejected, Ambiguous, Suppressed, Expired, Cancelled }

public enum Place { Here, Offered, Accepted, Go, TakingBack, Ended }

public enum Why { ForWeb, ForEdit, ForCancel }

/// <summary>A mistake that could be made at the site.</summary>
public enum SiteMistake
{
    None,

    /// <summary>An outcome is applied whether or not it was applied before.</summary>
    OutcomeWithoutKey,

    /// <summary>Rows are taken back on the end fact, before all outcomes are here.</summary>
    BackBeforeOutcomes,

    /// <summary>"The go is not confirmed" is taken for "the go was not sent".</summary>
    UnconfirmedIsUnsent,

    /// <summary>The text is edited after something may have left.</summary>
    EditAfterSeal,

    /// <summary>What a frozen engine does not know of is taken for not sent.</summary>
    FrozenIsUnsent,
}

/// <summary>The site's side of the protocol for one mailing, as simple as it can be written: what the engine's is tried against.</summary>
public sealed class SiteModel(Guid mailing, int total, SiteMistake mistake, Action<EngineMessage> publish)
{
    public const int MaxRevs = 3;

    public Row[] Rows { get; } = new Row[total + 1];
    public int[] RowRev { get; } = new int[total + 1];
    readonly int[] outcomeN = new int[total + 1];
    public Dictionary<Row, int> Counters { get; } = Enum.GetValues<Row>().ToDictionary(r => r, _ => 0);
    public Place Place { get; private set; }
    public int Rev { get; private set; }
    public int Text { get; private set; } = 1;
    public Dictionary<int, int> TextOf { get; } = [];
    public bool IsCancelled { get; private set; }
    public bool WebRuns { get; private set; }
    public bool IsPaused { get; private set; }
    public bool HasUnsubscribed { get; private set; }
    public long FreezeDelta { get; private set; }

    /// <summary>The highest rev that the site has taken back or seen ended.</summary>
    public int Confirmed { get; private set; }

    Why why;
    long seq, life, delta, seenFact;
    bool go, goTried;
    readonly List<(Control Control, bool IsTried)> outbox = [];
    readonly HashSet<(int Rev, int Batch)> batches = [];
    readonly Dictionary<int, Ended> ends = [];

    IEnumerable<int> All => Enumerable.Range(1, total);
    bool IsSettled(int i) => Rows[i] >= Row.Accepted;
    bool AllSettled => All.All(IsSettled);
    public bool IsUntouched => All.All(i => Rows[i] is Row.Pending or Row.Cancelled or Row.Suppressed && RowRev[i] == 0);

    public IEnumerable<(string Name, Action Do)> Acts()
    {
        if (Place == Place.Here && !IsCancelled && Rev < MaxRevs && All.Any(i => Rows[i] == Row.Pending)) yield return ("offer", Offer);
        if (Place == Place.Here && !WebRuns && !IsCancelled) yield return ("web runs", () => WebRuns = true);
        if (Place == Place.Here && !IsCancelled) yield return ("cancel here", CancelHere);
        if (Place == Place.Go && !IsPaused) yield return ("pause", () => Wish(paused: true));
        if (Place == Place.Go && IsPaused) yield return ("resume", () => Wish(paused: false));
        if (Place is Place.Offered or Place.Accepted or Place.Go)
            foreach (var w in Enum.GetValues<Why>()) yield return ("take back " + w, () => TakeBack(w));
        if (!HasUnsubscribed) yield return ("unsubscribe", Unsubscribe);
    }

    /// <summary>What it does by itself, sooner or later.</summary>
    public IEnumerable<(string Name, Action Do)> Duties()
    {
        if (Place == Place.Accepted) yield return ("go", () => { (Place, go) = (Place.Go, true); Snapshot(false); });
        for (var i = 0; i < outbox.Count; i++)
        {
            var at = i;
            yield return ("publish " + outbox[i].Control.Seq, () => Publish(at));
        }
    }

    void Offer()
    {
        foreach (var i in All.Where(i => i == 1 && HasUnsubscribed && Rows[i] == Row.Pending)) Settle(i, Row.Suppressed);
        if (AllSettled)
        {
            End();
            return;
        }
        Rev++;
        (Place, go, goTried, IsPaused, life) = (Place.Offered, false, false, false, 0);
        TextOf[Rev] = Text;
        FreezeDelta = delta;
        var rids = All.Where(i => Rows[i] == Row.Pending).ToList();
        foreach (var i in rids) (Rows[i], RowRev[i], outcomeN[i]) = (Row.Handed, Rev, 0);
        var chunks = rids.Chunk(2).Select((c, n) => Make.Chunk(mailing, Rev, n, c.Select(i => Make.Recipient(i)))).ToList();
        publish(Make.Reserve(mailing, Rev, "text " + Text, rids.Count, delta) with { Site = SiteKey });
        foreach (var chunk in chunks) publish(chunk with { Site = SiteKey });
        publish(Make.Commit([.. chunks.Select(c => c with { Site = SiteKey })]));
    }

    public string SiteKey { get; } = "s" + mailing.ToString("N");

    void Snapshot(bool withdraw)
    {
        seq++;
        outbox.Add((Make.Control(mailing, seq, Rev, go, life, IsPaused, withdraw, SiteKey, seenFact), false));
    }

    void Wish(bool paused)
    {
        IsPaused = paused;
        Snapshot(false);
    }

    // The try is written down before it is made.
    void Publish(int at)
    {
        var control = outbox[at].Control;
        outbox.RemoveAt(at);
        if (control.Go && control.Rev == Rev) goTried = true;
        publish(control);
    }

    void TakeBack(Why reason)
    {
        why = reason;
        var isFree = mistake == SiteMistake.UnconfirmedIsUnsent
            ? Counters[Row.Accepted] + Counters[Row.Rejected] + Counters[Row.Ambiguous] == 0 && !ends.ContainsKey(Rev)
            : !goTried;
        if (!isFree)
        {
            Place = Place.TakingBack;
            Snapshot(true);
            return;
        }
        outbox.RemoveAll(o => o.Control.Rev == Rev);
        go = false;
        Snapshot(true);
        Back();
    }

    void Back()
    {
        foreach (var i in All.Where(i => RowRev[i] == Rev && Rows[i] == Row.Handed))
            if (why == Why.ForCancel) Settle(i, Row.Cancelled);
            else (Rows[i], RowRev[i]) = (Row.Pending, 0);
        Confirmed = Rev;
        (go, goTried, IsPaused) = (false, false, false);
        if (AllSettled) End();
        else
        {
            if (why == Why.ForEdit && (IsUntouched || mistake == SiteMistake.EditAfterSeal)) (Text, WebRuns) = (Text + 1, false);
            else WebRuns = true;
            Place = Place.Here;
        }
        why = Why.ForWeb;
    }

    void End()
    {
        Place = Place.Ended;
        Confirmed = Math.Max(Confirmed, Rev);
    }

    void CancelHere()
    {
        IsCancelled = true;
        foreach (var i in All.Where(i => Rows[i] == Row.Pending)) Settle(i, Row.Cancelled);
        End();
    }

    void Unsubscribe()
    {
        HasUnsubscribed = true;
        delta++;
        publish(Make.Delta(delta, 1) with { Site = SiteKey });
        publish(Make.Beat(delta, site: SiteKey));
    }

    public void Settle(int i, Row row)
    {
        Rows[i] = row;
        Counters[row]++;
    }

    /// <summary>A web server's turn, from lease to outcome.</summary>
    /// <returns>The recipient whose dot leaves; null if there is nothing to do.</returns>
    public int? WebSends()
    {
        if (Place != Place.Here || !WebRuns) return null;
        foreach (var i in All.Where(i => i == 1 && HasUnsubscribed && Rows[i] == Row.Pending)) Settle(i, Row.Suppressed);
        var next = All.FirstOrDefault(i => Rows[i] == Row.Pending);
        if (next > 0) Settle(next, Row.Accepted);
        if (AllSettled) End();
        return next > 0 ? next : null;
    }

    public void Take(EngineMessage message)
    {
        if (message is Fact fact) seenFact = Math.Max(seenFact, fact.FactNo);
        switch (message)
        {
            case Accepted accepted when accepted.Rev == Rev && Place == Place.Offered:
                (Place, life) = (Place.Accepted, accepted.Life);
                break;
            case OutcomeBatch batch:
                if (!batches.Add((batch.Rev, batch.BatchNo)) && mistake != SiteMistake.OutcomeWithoutKey) break;
                foreach (var item in batch.Items) Apply(batch.Rev, item);
                TryEnd();
                break;
            case Ended ended:
                ends.TryAdd(ended.Rev, ended);
                TryEnd();
                break;
        }
    }

    void Apply(int rev, OutcomeItem item)
    {
        var i = (int)item.Rid;
        if (RowRev[i] != rev) return;
        if (mistake != SiteMistake.OutcomeWithoutKey)
        {
            if (item.N <= outcomeN[i] || Rows[i] is not (Row.Handed or Row.Ambiguous)) return;
            if (Rows[i] == Row.Ambiguous) Counters[Row.Ambiguous]--;
        }
        outcomeN[i] = item.N;
        Settle(i, item.Outcome switch
        {
            BulkOutcome.Accepted => Row.Accepted,
            BulkOutcome.Rejected => Row.Rejected,
            BulkOutcome.Ambiguous => Row.Ambiguous,
            BulkOutcome.Suppressed => Row.Suppressed,
            BulkOutcome.Expired => Row.Expired,
            _ => throw new InvalidOperationException(),
        });
    }

    void TryEnd()
    {
        if (Place is Place.Here or Place.Ended || !ends.TryGetValue(Rev, out var end)) return;
        var known = All.Count(i => RowRev[i] == Rev && IsSettled(i));
        var areHere = Enumerable.Range(1, end.LastBatch).All(b => batches.Contains((Rev, b)));
        var isComplete = areHere && known == end.Counts.Total - end.Counts.Released;
        if (!isComplete && mistake != SiteMistake.BackBeforeOutcomes) return;
        if (end.Reason == EndReason.Frozen && mistake != SiteMistake.FrozenIsUnsent)
            foreach (var i in All.Where(i => RowRev[i] == Rev && Rows[i] == Row.Handed)) Settle(i, Row.Ambiguous);
        Back();
    }

    /// <summary>Batches that the end fact speaks of and that have not arrived.</summary>
    public Ask? Question() =>
        Place is Place.Here or Place.Ended
            ? null
            : new Ask
            {
                Site = SiteKey,
                MailingId = mailing,
                Rev = Rev,
                MissingBatches = ends.TryGetValue(Rev, out var end)
                    ? [.. Enumerable.Range(1, end.LastBatch).Where(b => !batches.Contains((Rev, b)))]
                    : [],
            };
}
