using System.Security.Cryptography;
using System.Text;

namespace Community.Members;

/// <summary>
/// A browser in which a member is signed in. The cookie bears the key, the row its hash: who reads the database cannot sign in with it.
/// It is worth something only while its stamp is the member's, so whatever moves that (a new password, a suspension) ends it at once.
/// </summary>
public sealed class Session
{
    /// <summary>With "keep me signed in": so long without a visit.</summary>
    static readonly TimeSpan Lasting = TimeSpan.FromDays(30);
    /// <summary>Without it the browser forgets the cookie when it is closed, or so long after the last visit the row is void.</summary>
    static readonly TimeSpan Short = TimeSpan.FromHours(12);
    /// <summary>Then the password is asked for again, however often the member came. Browsers keep no cookie much longer.</summary>
    internal static readonly TimeSpan MaxLength = TimeSpan.FromDays(365);

    public long Id { get; set; }
    public long MemberId { get; set; }
    public Member Member { get; set; } = null!;
    public byte[] KeyHash { get; set; } = [];
    /// <summary>The member's security stamp when the session was opened.</summary>
    public string Stamp { get; set; } = "";
    public bool Persistent { get; set; }
    public DateTime SignedInAt { get; set; }
    /// <summary>Right to some minutes; see <see cref="Sessions.Seen"/>.</summary>
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
