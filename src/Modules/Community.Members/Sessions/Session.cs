using System.Security.Cryptography;
using System.Text;

namespace Community.Members;

/// <summary>
/// A browser in which a member is signed in. The cookie holds the key, the row its hash: reading the database is not enough to sign in.
/// Valid only while its stamp equals the member's, so whatever changes that (a new password, a suspension) ends it at once.
/// </summary>
public sealed class Session
{
    /// <summary>Idle lifetime with "keep me signed in".</summary>
    static readonly TimeSpan Lasting = TimeSpan.FromDays(30);
    /// <summary>Idle lifetime without it; the browser also drops the cookie when it is closed.</summary>
    static readonly TimeSpan Short = TimeSpan.FromHours(12);
    /// <summary>After this the password is asked for again, however active the session. Browsers keep no cookie much longer.</summary>
    internal static readonly TimeSpan MaxLength = TimeSpan.FromDays(365);

    public long Id { get; set; }
    public long MemberId { get; set; }
    public Member Member { get; set; } = null!;
    public byte[] KeyHash { get; set; } = [];
    /// <summary>The member's security stamp when the session was opened.</summary>
    public string Stamp { get; set; } = "";
    public bool Persistent { get; set; }
    /// <summary>What opened it.</summary>
    public SignInMethod Method { get; set; }
    /// <summary>Whether a second factor was proved, at sign-in or since.</summary>
    public bool SecondFactor { get; set; }
    /// <summary>
    /// When the member last proved here who they are: at sign-in, or asked again by <see cref="ConfirmIdentityAttribute"/>.
    /// </summary>
    public DateTime ProvedAt { get; set; }
    public DateTime SignedInAt { get; set; }
    /// <summary>Accurate to some minutes; see <see cref="Sessions.Seen"/>.</summary>
    public DateTime LastSeenAt { get; set; }
    public DateTime ExpiresAt { get; set; }
    /// <summary>Where it was last seen from; see <see cref="SignIn.NetworkOf"/>.</summary>
    public string Network { get; set; } = "";
    /// <summary>See <see cref="SignIn.AgentOf"/>.</summary>
    public string Agent { get; set; } = "";

    internal static byte[] HashOf(string key) => SHA256.HashData(Encoding.ASCII.GetBytes(key));

    internal static DateTime Expiry(DateTime signedInAt, bool persistent, DateTime now)
    {
        var (next, last) = (now + (persistent ? Lasting : Short), signedInAt + MaxLength);
        return next < last ? next : last;
    }
}
