using Community.Kernel;

namespace Community.Members;

/// <summary>What staff do about a member who stays: the text key of each is <c>measures.kind.{name}</c>.</summary>
public enum MeasureKind
{
    /// <summary>The member has to read it before they write on.</summary>
    Warning,
    /// <summary>The member reads, and writes nothing.</summary>
    Silence,
}

/// <summary>
/// A warning or a silence: when, why, and until when. As with a <see cref="Suspension"/>, the audit log refers to this row, which can be
/// erased, and does not copy its text.
/// </summary>
public sealed class Measure
{
    public const int MaxReasonLength = 500;
    /// <summary>The periods that staff choose from, in days.</summary>
    public static readonly IReadOnlyList<int> Periods = [1, 3, 7, 14, 30, 90, 365];

    public long Id { get; set; }
    public long MemberId { get; set; }
    public MeasureKind Kind { get; set; }
    public DateTime At { get; set; }
    public required string Reason { get; set; }
    public long? MadeBy { get; set; }
    /// <summary>When a silence ends by itself; null if somebody has to end it.</summary>
    public DateTime? EndsAt { get; set; }
    public DateTime? LiftedAt { get; set; }
    public long? LiftedBy { get; set; }
    /// <summary>When the member said that they have read a warning.</summary>
    public DateTime? ReadAt { get; set; }

    /// <summary>Whether it holds: a warning that is not read, a silence that is not over.</summary>
    public bool Holds(DateTime now) =>
        LiftedAt is null && (Kind is MeasureKind.Warning ? ReadAt is null : EndsAt is null || EndsAt > now);
}
