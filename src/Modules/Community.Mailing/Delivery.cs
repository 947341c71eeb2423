using System.Security.Cryptography;
using System.Text;
using Community.Kernel;

namespace Community.Mailing;

/// <summary>
/// pending → leased → in flight → accepted. Temporary failure → deferred; permanent → rejected. In flight without a reply → ambiguous:
/// the message may have been delivered, so it is never sent again unless a person decides so. Pending ⇄ handed: with the delivery engine,
/// so no web server may lease it; from there to a final outcome, or ambiguous.
/// </summary>
public enum DeliveryState { Pending, Deferred, Leased, InFlight, Accepted, Rejected, Suppressed, Expired, Cancelled, Ambiguous, Handed }

/// <summary>
/// Why a recipient from the audience got nothing, as rechecked just before sending. Text: <c>mailing.suppressed.{reason}</c>.
/// </summary>
public enum WithheldReason
{
    /// <summary>No longer agrees to this kind of mail.</summary>
    Consent,
    /// <summary>Is no longer an active member.</summary>
    Member,
    /// <summary>The address is suppressed for direct mail.</summary>
    Suppressed,
    /// <summary>Another recipient has the same address.</summary>
    Address,
}

/// <summary>
/// One recipient of a mailing. It stores no address: the member's address is read when the message is written.
/// </summary>
public sealed class Delivery
{
    public long Id { get; set; }
    public long MailingId { get; set; }
    /// <summary>From 1, without gaps.</summary>
    public int Seq { get; set; }
    public long MemberId { get; set; }
    /// <summary>The last safeguard against sending twice: unique within the mailing, see <see cref="HashOf"/>.</summary>
    public required string AddressHash { get; set; }
    public DeliveryState State { get; set; }
    public DateTime DueAt { get; set; }
    /// <summary>The server that leased it; <see cref="Incarnation"/> says which run of its process.</summary>
    public string? Owner { get; set; }
    public long Incarnation { get; set; }
    public DateTime? LeaseUntil { get; set; }
    public int Attempts { get; set; }
    public int? Code { get; set; }
    public string? Enhanced { get; set; }
    /// <summary>The relay's last reply.</summary>
    public string? Answer { get; set; }
    /// <summary>If suppressed: the reason.</summary>
    public WithheldReason? Withheld { get; set; }
    public DateTime? SettledAt { get; set; }
    /// <summary>Of a mailing with several: the one that the recipient was given at the start; null for the winner.</summary>
    public byte? Variant { get; set; }
    /// <summary>The staff member who decided the fate of an ambiguous or failed delivery.</summary>
    public long? DecidedBy { get; set; }

    /// <summary>The offer by which the delivery engine holds it, or has settled it; null if a web server does.</summary>
    public int? OfferRev { get; set; }
    /// <summary>The number of the engine's outcome that stands here: a lower one changes nothing.</summary>
    public int OutcomeN { get; set; }
    /// <summary>While it is handed: by what the engine knows the mailbox. See <see cref="CompareConsents"/>.</summary>
    public string? AddressKey { get; set; }
    /// <summary>The engine was told that its recipient gets no such mail any more.</summary>
    public bool Barred { get; set; }

    /// <summary>Written down as a recipient who gets nothing, so that the reason can be asked for. Another row has its address.</summary>
    public void LeaveOut(WithheldReason why, DateTime now) =>
        (State, Withheld, SettledAt, AddressHash) = (DeliveryState.Suppressed, why, now, "=" + Seq);

    /// <summary>The same for each attempt, so that a mail program that receives two copies shows one.</summary>
    public string MessageId(Mailing mailing, string host) => $"{mailing.FormKey:N}.{Seq}@{host}";

    /// <summary>
    /// Addresses that reach the same mailbox have the same hash: that of <see cref="EmailAddress.Normal"/>, lowercased to match mailings
    /// from before that normal form existed.
    /// </summary>
    public static string HashOf(string address, byte[] salt) =>
        Convert.ToBase64String(
            HMACSHA256.HashData(salt, Encoding.UTF8.GetBytes(EmailAddress.NormalOf(address).ToLowerInvariant())).AsSpan(0, 15)
        );

    /// <summary>States without a final outcome.</summary>
    public static readonly IReadOnlyList<DeliveryState> Open =
    [
        DeliveryState.Pending,
        DeliveryState.Deferred,
        DeliveryState.Leased,
        DeliveryState.InFlight,
        DeliveryState.Handed,
    ];
}

/// <summary>One attempt to hand over a message. Append-only.</summary>
public sealed class DeliveryAttempt
{
    /// <summary>Not a relay's status: a person requested a retry. The delivery's attempts and age count from here.</summary>
    public const string Again = "Again";

    public long Id { get; set; }
    public long DeliveryId { get; set; }
    public DateTime At { get; set; }
    public required string Server { get; set; }
    public required string Status { get; set; }
    public required string Phase { get; set; }
    public int? Code { get; set; }
    public string? Enhanced { get; set; }
    public string Text { get; set; } = "";

    public static DeliveryAttempt AgainAt(long delivery, DateTime at) =>
        new()
        {
            DeliveryId = delivery,
            At = at,
            Server = "",
            Status = Again,
            Phase = "",
        };
}

/// <summary>
/// How many deliveries of a mailing entered a state per five minutes. Figures and graphs read this instead of counting rows.
/// </summary>
public sealed class MailingRollup
{
    public const int Minutes = 5;

    public long MailingId { get; set; }
    public long Bucket { get; set; }
    public DeliveryState State { get; set; }
    public int N { get; set; }

    public static long BucketOf(DateTime utc) => (long)Math.Floor((utc - DateTime.UnixEpoch).TotalMinutes / Minutes);
    public static DateTime TimeOf(long bucket) => DateTime.UnixEpoch.AddMinutes(bucket * Minutes);
}
