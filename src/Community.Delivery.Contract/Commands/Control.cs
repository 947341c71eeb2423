namespace Community.Bulk;

/// <summary>What the site wants of an offer: all of it, not one action. The highest <see cref="Seq"/> replaces all others.</summary>
public sealed record Control : OfferMessage
{
    public override string Schema => "mailing.control";

    /// <summary>Rises with each control of the mailing, over all its offers.</summary>
    public required long Seq { get; init; }

    /// <summary>It may be sent. Never undone within a rev; given only after <see cref="Accepted"/>.</summary>
    public bool Go { get; init; }

    /// <summary>The life of the engine that accepted it; 0 before that.</summary>
    public long Life { get; init; }

    public bool Paused { get; init; }

    /// <summary>Nothing more is to be sent, and what was not sent is given back. Never undone.</summary>
    public bool Withdraw { get; init; }

    public required DateTime StartAt { get; init; }

    /// <summary>At most this many messages a minute; 0 for no such limit.</summary>
    public int PerMinute { get; init; }

    /// <summary>As in the reserve: keys that were replaced meanwhile sign no more.</summary>
    public Signing? Signing { get; init; }

    /// <summary>
    /// The highest number of a fact of the engine that the site has seen: an engine that has not got so far was set back.
    /// </summary>
    public long SeenFact { get; init; }

    internal override string? Problem() =>
        base.Problem()
        ?? (Seq < 1 ? "seq"
            : Go && Life < 1 ? "life"
            : StartAt.Kind != DateTimeKind.Utc ? "start_at"
            : PerMinute < 0 ? "per_minute"
            : SeenFact < 0 ? "seen_fact"
            : Signing?.Problem());
}

/// <summary>Asks how an offer stands, and for batches of outcomes that have not arrived.</summary>
public sealed record Ask : OfferMessage
{
    public const int MaxBatches = 100;

    public override string Schema => "mailing.ask";

    public IReadOnlyList<int> MissingBatches { get; init; } = [];

    internal override string? Problem() => base.Problem() ?? (MissingBatches.Count > MaxBatches ? "missing_batches" : null);
}

/// <summary>The site has everything of an offer that ended: addresses, names and texts are deleted.</summary>
public sealed record Close : OfferMessage
{
    public override string Schema => "mailing.close";
}

/// <summary>An address gets no mail any more, of one kind or of all, or gets it again.</summary>
public sealed record SuppressDelta : EngineMessage
{
    public override string Schema => "suppress.delta";

    /// <summary>From 1, without gaps, over all suppressions of the site.</summary>
    public required long DeltaSeq { get; init; }

    public required string AddressKey { get; init; }

    /// <summary>The key of the kind of mail; null for all.</summary>
    public string? Kind { get; init; }

    /// <summary>True: no mail any more. False: mail again.</summary>
    public required bool Out { get; init; }

    public required DateTime At { get; init; }

    internal override string? Problem() =>
        base.Problem()
        ?? (DeltaSeq < 1 ? "delta_seq"
            : AddressKey.Length is 0 or > MaxKey ? "address_key"
            : Kind is "" or { Length: > MaxKey } ? "kind"
            : At.Kind != DateTimeKind.Utc ? "at"
            : null);
}

/// <summary>There is no suppression of the site up to this moment but those up to this number.</summary>
public sealed record SuppressBeat : EngineMessage
{
    public override string Schema => "suppress.beat";

    public required long DeltaSeq { get; init; }

    public required DateTime At { get; init; }

    internal override string? Problem() => base.Problem() ?? (DeltaSeq < 0 ? "delta_seq" : At.Kind != DateTimeKind.Utc ? "at" : null);
}
