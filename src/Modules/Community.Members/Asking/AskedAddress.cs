namespace Community.Members;

public enum AskedAnswer { None, Agreed, Refused, NoAnswer }

/// <summary>
/// An address that a partner handed over after an event. It may be asked once for consent and is used for nothing else until it agrees:
/// it is no member, so no search, audience or export knows it. Answered or given up, the address is deleted; the hash stays, so that it
/// is never asked again.
/// </summary>
public sealed class AskedAddress
{
    /// <summary>How long an answer is waited for; then the address is deleted.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(30);
    public const int MaxEventLength = 100;

    public long Id { get; set; }
    /// <summary>See <see cref="AddressHashes"/>.</summary>
    public required string AddressHash { get; set; }
    /// <summary>Null once answered or given up.</summary>
    public string? Email { get; set; }
    /// <summary>The event and the partner, as the mail names them.</summary>
    public required string Event { get; set; }
    public DateOnly HeldOn { get; set; }
    /// <summary>Ids of the kinds of mail that were asked about, separated by spaces.</summary>
    public required string Kinds { get; set; }
    public DateTime AskedAt { get; set; }
    public long? AskedBy { get; set; }
    public AskedAnswer Answer { get; set; }
    public DateTime? AnsweredAt { get; set; }
    /// <summary>The member that it became by agreeing.</summary>
    public long? MemberId { get; set; }

    public IReadOnlySet<long> ReadKinds() => Kinds.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse).ToHashSet();
}
