namespace Community.Members;

/// <summary>
/// A passkey of a member (W3C Web Authentication): a key pair whose private half stays with the member's device or password manager. It is
/// made for one host name and answers on no other.
/// </summary>
public sealed class Passkey
{
    public const int MaxNameLength = 60;
    /// <summary>Passkeys per member.</summary>
    public const int Max = 20;

    public long Id { get; set; }
    public long MemberId { get; set; }
    /// <summary>At most 1023 bytes, chosen by the device.</summary>
    public required byte[] CredentialId { get; set; }
    /// <summary>COSE key.</summary>
    public required byte[] PublicKey { get; set; }
    /// <summary>The device's count of signatures; 0 if it counts none, as passkeys that are synchronised do.</summary>
    public long SignCount { get; set; }
    /// <summary>The host name that it is for (the relying party's id).</summary>
    public required string Host { get; set; }
    /// <summary>How the member tells it from others.</summary>
    public string Name { get; set; } = "";
    /// <summary>How the browser reaches the device, separated by commas: <c>internal,hybrid</c>.</summary>
    public string Transports { get; set; } = "";
    /// <summary>It may be kept by a password manager, on several devices.</summary>
    public bool IsBackupEligible { get; set; }
    public bool IsBackedUp { get; set; }
    public DateTime AddedAt { get; set; }
    public DateTime? LastUsedAt { get; set; }
}
