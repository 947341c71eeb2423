namespace Community.Bulk;

/// <summary>
/// A web server could not take a message of the engine, which is a dead letter now: what the engine's own readers write down at once, for
/// the operator's console.
/// </summary>
public sealed record Undeliverable : EngineMessage
{
    public const int MaxReason = 500;

    public override string Schema => "letter.dead";

    /// <summary>The queue on which it lay.</summary>
    public required string Queue { get; init; }

    /// <summary>The schema of the message; empty if nobody could read it.</summary>
    public string Letter { get; init; } = "";

    public Guid? LetterId { get; init; }

    public Guid? MailingId { get; init; }

    public required string Reason { get; init; }

    // Of a message that nobody could read nobody knows the site.
    internal override string? Problem() =>
        Site.Length > MaxKey ? "site"
        : MsgId == Guid.Empty ? "msg_id"
        : Queue.Length is 0 or > MaxKey ? "queue"
        : Letter.Length > MaxKey ? "letter"
        : Reason.Length > MaxReason ? "reason"
        : null;
}
