namespace Community.Members;

/// <summary>
/// When and why a member was suspended, and until when. The audit log refers to this row but does not copy its text: it may name
/// a person, and the log is immutable, while this row can be erased.
/// </summary>
public sealed class Suspension
{
    public const int MaxReasonLength = 500;

    public long Id { get; set; }
    public long MemberId { get; set; }
    public DateTime At { get; set; }
    public required string Reason { get; set; }
    public long? SuspendedBy { get; set; }
    /// <summary>When it ends by itself; null if somebody has to lift it.</summary>
    public DateTime? EndsAt { get; set; }
    public DateTime? LiftedAt { get; set; }
    public long? LiftedBy { get; set; }
}
