using System.Security.Cryptography;
using System.Text;
using Community.Kernel;

namespace Community.Mailing;

/// <summary>
/// pending → leased → in flight → accepted. A refusal for now → deferred; for good → rejected. In flight without an answer → ambiguous:
/// the message may have been delivered, so it is never sent again unless a person says so.
/// </summary>
public enum DeliveryState { Pending, Deferred, Leased, InFlight, Accepted, Rejected, Suppressed, Expired, Cancelled, Ambiguous }

/// <summary>
/// Why a recipient got nothing though the audience had them, asked again just before sending: the text <c>mailing.suppressed.{reason}</c>.
/// </summary>
public enum WithheldReason
{
    /// <summary>No longer agrees to this kind of mail.</summary>
    Consent,
    /// <summary>Is no longer an active member.</summary>
    Member,
    /// <summary>The address gets no direct mail.</summary>
    Suppressed,
    /// <summary>Another recipient has the same address.</summary>
    Address,
}

/// <summary>
/// One recipient of a mailing. It holds no address: that stands with the member, and is read when the message is written.
/// </summary>
public sealed class Delivery
{
    public long Id { get; set; }
    public long MailingId { get; set; }
    /// <summary>From 1, without gaps.</summary>
    public int Seq { get; set; }
    public long MemberId { get; set; }
    /// <summary>The last wall against sending twice: unique in the mailing, see <see cref="HashOf"/>.</summary>
    public required string AddressHash { get; set; }
    public DeliveryState State { get; set; }
    public DateTime DueAt { get; set; }
    /// <summary>The server that leased it, and which incarnation of that server's process.</summary>
    public string? Owner { get; set; }
    public long Incarnation { get; set; }
    public DateTime? LeaseUntil { get; set; }
    public int Attempts { get; set; }
    public int? Code { get; set; }
    public string? Enhanced { get; set; }
    /// <summary>The server's last words.</summary>
    public string? Answer { get; set; }
    /// <summary>Of a suppressed one, why.</summary>
    public WithheldReason? Withheld { get; set; }
    public DateTime? SettledAt { get; set; }
    /// <summary>The member of staff who decided what became of an ambiguous one.</summary>
    public long? DecidedBy { get; set; }

    /// <summary>The same at each attempt, so that a mail program that gets two shows one.</summary>
    public string MessageId(Mailing mailing, string host) => $"{mailing.FormKey:N}.{Seq}@{host}";

    /// <summary>
    /// Addresses that reach the same mailbox have the same hash: <see cref="EmailAddress.Normal"/>, in the small letters of mailings from
    /// before there was one.
    /// </summary>
    public static string HashOf(string address, byte[] salt) =>
        Convert.ToBase64String(
            HMACSHA256.HashData(salt, Encoding.UTF8.GetBytes(EmailAddress.NormalOf(address).ToLowerInvariant())).AsSpan(0, 15)
        );

    /// <summary>States in which something is still to come.</summary>
    public static readonly IReadOnlyList<DeliveryState> Open =
    [
        DeliveryState.Pending,
        DeliveryState.Deferred,
        DeliveryState.Leased,
        DeliveryState.InFlight,
    ];
}

/// <summary>One attempt to hand a message over: append only.</summary>
public sealed class DeliveryAttempt
{
    /// <summary>A status that no relay gives: a person had it tried again. Attempts and age of the delivery count from here.</summary>
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
/// How many deliveries of a mailing came into a state in five minutes: what numbers and graphs read, instead of counting rows.
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
