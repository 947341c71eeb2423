using Community.Kernel;
using Community.Mail;

namespace Community.Mailing;

/// <summary>Something that came back for a delivery: a bounce, a complaint, the answer of a machine. Append-only.</summary>
public sealed class Return
{
    public long Id { get; set; }
    public long DeliveryId { get; set; }
    public long MailingId { get; set; }
    public long MemberId { get; set; }
    public DateTime At { get; set; }
    public ReturnKind Kind { get; set; }
    /// <summary>Why it did not arrive; <see cref="BounceClass.Unknown"/> for what is no bounce.</summary>
    public BounceClass Class { get; set; }
    /// <summary>The enhanced code; null for none.</summary>
    public string? Status { get; set; }
    /// <summary>What the refusing server said, safe to display; it may name the address.</summary>
    public string Text { get; set; } = "";
    /// <summary>The keyed hash of the address to which it was sent; null if the member has another one now.</summary>
    public string? AddressHash { get; set; }
    /// <summary>The domain of that address; empty if the member has another one now.</summary>
    public string Domain { get; set; } = "";
    /// <summary>How the digest of one begins that was refused in the session: no message came back.</summary>
    public const string OfSession = "session-";

    /// <summary>Of the message that came back, so that one that arrives twice counts once.</summary>
    public required string Digest { get; set; }
    /// <summary>It closed the address.</summary>
    public bool Closed { get; set; }
    /// <summary>So many addresses of its domain failed in the hour before it that the domain is at fault, not they.</summary>
    public bool Tripped { get; set; }
}

/// <summary>
/// How many deliveries of a mailing came back in one way. Pages read this and never <see cref="Return"/>: of a large mailing there are
/// tens of thousands.
/// </summary>
public sealed class ReturnCount
{
    public long MailingId { get; set; }
    public ReturnKind Kind { get; set; }
    public BounceClass Class { get; set; }
    /// <summary>A message that came back twice, in two forms, is one.</summary>
    public int N { get; set; }
}
