namespace Community.Bulk.Tests.Harness;

/// <summary>The messages of a random history in one direction: each may arrive any number of times, in any order, or late.</summary>
public sealed class HistoryWay(Random random)
{
    readonly List<EngineMessage> all = [];
    readonly HashSet<EngineMessage> delivered = new(ReferenceEqualityComparer.Instance);

    public void Add(EngineMessage message) => all.Add(message);

    public void AddRange(IEnumerable<EngineMessage> messages) => all.AddRange(messages);

    /// <summary>Those that have never arrived.</summary>
    public List<EngineMessage> Fresh => [.. all.Where(m => !delivered.Contains(m))];

    /// <summary>
    /// The same, sometimes from the newest: what was set aside while the site was away comes behind what was said later.
    /// </summary>
    public List<EngineMessage> Rest => random.Next(2) == 0 ? Fresh : [.. Fresh.AsEnumerable().Reverse()];

    public bool IsEmpty => all.TrueForAll(delivered.Contains);

    public void Arrives(EngineMessage message) => delivered.Add(message);

    /// <summary>Any message, also one that arrived before; rather one that did not. Null if there is none.</summary>
    public EngineMessage? Pick()
    {
        var from = Fresh is { Count: > 0 } fresh && random.Next(4) > 0 ? fresh : all;
        return from.Count == 0 ? null : from[random.Next(from.Count)];
    }

    public static string Show(EngineMessage message) => message switch
    {
        Control c => $"control {c.Seq} rev {c.Rev} go {c.Go} paused {c.Paused} withdraw {c.Withdraw}",
        OutcomeBatch b => $"batch {b.BatchNo} rev {b.Rev}: {string.Join(", ", b.Items.Select(i => $"{i.Rid} {i.Outcome}"))}",
        Ended e => $"ended rev {e.Rev} {e.Reason} last {e.LastBatch} {e.Counts}",
        OfferProgress p => $"progress rev {p.Rev} {p.State}",
        OfferMessage o => $"{o.Schema} rev {o.Rev}",
        SuppressDelta d => $"delta {d.DeltaSeq} {d.Out}",
        _ => message.Schema,
    };
}

/// <summary>
/// A delivery server of a random history: lease, intent, dot and outcome one after another over the real ledger, and it may die between
/// any two.
/// </summary>
/// <param name="name">Its name.</param>
/// <param name="ledger">The real one.</param>
/// <param name="offers">The offers of the history that have not ended, with their revs.</param>
/// <param name="random">Of the history.</param>
/// <param name="trace">Gets each step, for whoever has to understand a failure.</param>
public sealed class HistorySender(
    string name, TestLedger ledger, Func<Task<List<(long Offer, int Rev)>>> offers, Random random, List<string> trace)
{
    ServerEpoch? me;
    LeasedRecipient? leased;
    bool isIntended;
    DeliveryOutcome? outcome;
    int rev;

    public bool IsIdle => leased is null;

    /// <summary>An intent is about to be committed: of whom, in which offer.</summary>
    public Func<LeasedRecipient, Task>? BeforeIntent { get; init; }

    /// <summary>An intent was committed, so a dot may leave: asserts that it may.</summary>
    public required Action<int> Intended { get; init; }

    /// <summary>A dot leaves: asserts that it may, and counts it.</summary>
    public required Func<int, int, Task> Dot { get; init; }

    /// <param name="isDraining">It dies no more, and everything is accepted.</param>
    public async Task Step(bool isDraining)
    {
        if (me is null || (!isDraining && random.Next(8) == 0))
        {
            if (leased is not null) trace.Add($"{name} dies");
            me = await ledger.Leases.Begin(name);
            (leased, isIntended, outcome) = (null, false, null);
        }
        else if (leased is null) await Lease(me.Value);
        else if (!isIntended) await Intend(me.Value, leased);
        else if (outcome is null) await Answer(leased, isDraining);
        else
        {
            await ledger.Leases.Settle(me.Value, [new(leased, outcome.Value)]);
            (leased, isIntended, outcome) = (null, false, null);
        }
    }

    async Task Lease(ServerEpoch server)
    {
        foreach (var (offer, of) in await offers())
            if (await ledger.Leases.Take(server, offer, 1) is [var one])
            {
                (leased, rev) = (one, of);
                trace.Add($"{name} leases {one.Rid} of rev {of}");
                return;
            }
    }

    async Task Intend(ServerEpoch server, LeasedRecipient one)
    {
        if (BeforeIntent is not null) await BeforeIntent(one);
        isIntended = (await ledger.Leases.Intend(server, [one])).Count == 1;
        trace.Add($"{name} intends {one.Rid}: {isIntended}");
        if (isIntended)
        {
            Intended((int)one.Rid);
            return;
        }
        await ledger.Leases.Return(server, [one]);
        leased = null;
    }

    async Task Answer(LeasedRecipient one, bool isDraining)
    {
        outcome = random.Next(isDraining ? 1 : 5) switch
        {
            1 => DeliveryOutcome.Rejected,
            2 => DeliveryOutcome.Deferred,
            3 => DeliveryOutcome.NotSent,
            _ => DeliveryOutcome.Accepted,
        };
        trace.Add($"{name}: dot of {one.Rid}: {outcome}");
        if (outcome == DeliveryOutcome.Accepted) await Dot((int)one.Rid, rev);
    }
}
