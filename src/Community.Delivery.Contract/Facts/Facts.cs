namespace Community.Bulk;

/// <summary>Something that the engine tells a site. Of two facts the one with the higher number is the newer.</summary>
public abstract record Fact : OfferMessage
{
    /// <summary>Rises with each fact for the site; a lower one than was seen shows that the engine was set back.</summary>
    public required long FactNo { get; init; }

    /// <summary>The engine's life: rises when its database was set back or may have lost something.</summary>
    public required long Life { get; init; }

    internal override string? Problem() => base.Problem() ?? (FactNo < 1 ? "fact_no" : Life < 1 ? "life" : null);
}

/// <summary>The engine has all of an offer and a place for it: a go may be given.</summary>
public sealed record Accepted : Fact
{
    public override string Schema => "mailing.accepted";

    /// <summary>When it is expected to end.</summary>
    public required DateTime Eta { get; init; }
}

/// <summary>How an offer stands at the engine.</summary>
public enum OfferState
{
    /// <summary>The engine has never heard of it, or has forgotten it. Promises nothing.</summary>
    Unknown,

    /// <summary>Parts are missing.</summary>
    Filling,

    /// <summary>Complete; waits for the go.</summary>
    Armed,
    Running,

    /// <summary>Withdrawn; waits for what is in hand.</summary>
    Withdrawing,
    Ended,

    /// <summary>The engine's database was set back or contradicts the site's: nothing is sent until a person decides.</summary>
    Frozen,
}

/// <summary>How many recipients are in which state.</summary>
/// <param name="Released">Not sent and given back to the site.</param>
/// <param name="Open">Without a final outcome, <paramref name="InFlight"/> among them.</param>
public sealed record OfferCounts(
    int Total,
    int Accepted,
    int Rejected,
    int Suppressed,
    int Expired,
    int Ambiguous,
    int Released,
    int InFlight,
    int Open
)
{
    /// <summary>Every recipient is counted once.</summary>
    public bool AddsUp => Total == Accepted + Rejected + Suppressed + Expired + Ambiguous + Released + Open;
}

/// <summary>How far an offer is.</summary>
public sealed record OfferProgress : Fact
{
    public override string Schema => "mailing.progress";

    public required OfferState State { get; init; }

    /// <summary>The newest control that the engine follows.</summary>
    public required long ControlSeq { get; init; }

    public bool Paused { get; init; }

    public required OfferCounts Counts { get; init; }

    public DateTime? StartedAt { get; init; }

    /// <summary>All suppressions of the site up to this number are followed.</summary>
    public long DeltaSeq { get; init; }
}

public enum EndReason
{
    /// <summary>Every recipient has an outcome.</summary>
    Finished,

    /// <summary>The site withdrew it.</summary>
    Withdrawn,

    /// <summary>The site offered a newer rev before this one had a go.</summary>
    Superseded,

    /// <summary>The engine has no room for it.</summary>
    NoRoom,

    /// <summary>Parts of it did not arrive in time.</summary>
    Incomplete,

    /// <summary>Its parts contradict each other.</summary>
    Contradiction,

    /// <summary>Suppressions that it would need were deleted: offer it again.</summary>
    TooOld,

    /// <summary>The keys that are to sign it are not encrypted for this engine.</summary>
    CannotSign,

    /// <summary>It was never given a go in its time.</summary>
    Missed,

    /// <summary>It was frozen, then withdrawn: recipients without an outcome are ambiguous.</summary>
    Frozen,
}

/// <summary>An offer has ended; it never lives again. What has no outcome in batches 1 to <see cref="LastBatch"/> was not sent.</summary>
public sealed record Ended : Fact
{
    public override string Schema => "mailing.ended";

    public required EndReason Reason { get; init; }

    public required long ControlSeq { get; init; }

    /// <summary>Outcomes stand in the batches 1 to this one; 0 if there are none.</summary>
    public required int LastBatch { get; init; }

    public required OfferCounts Counts { get; init; }

    internal override string? Problem() =>
        base.Problem() ?? (LastBatch < 0 ? "last_batch" : !Counts.AddsUp || Counts.Open != 0 ? "counts" : null);
}

public enum BulkOutcome
{
    Accepted,
    Rejected,
    Suppressed,
    Expired,

    /// <summary>The final dot may have left, and no answer came: never sent again by the engine.</summary>
    Ambiguous,

    /// <summary>Was ambiguous, and is proved not to have been accepted: the engine sends it again.</summary>
    Reopened,
}

/// <summary>What became of one recipient.</summary>
/// <param name="N">The number of this recipient's outcomes: a higher one replaces a lower one.</param>
/// <param name="Code">The answer's code, if there was one.</param>
/// <param name="Enhanced">Such as <c>5.1.1</c>.</param>
public sealed record OutcomeItem(long Rid, int N, BulkOutcome Outcome, DateTime At, int? Code, string? Enhanced, string? Text);

/// <summary>Outcomes. The contents of a batch never change.</summary>
public sealed record OutcomeBatch : Fact
{
    public const int MaxItems = 500, MaxText = 200;

    public override string Schema => "outcome.batch";

    /// <summary>From 1, without gaps.</summary>
    public required int BatchNo { get; init; }

    public required IReadOnlyList<OutcomeItem> Items { get; init; }

    internal override string? Problem() =>
        base.Problem() ?? (BatchNo < 1 ? "batch_no" : Items.Count is 0 or > MaxItems || Items.Any(i => i is null) ? "items" : null);
}
