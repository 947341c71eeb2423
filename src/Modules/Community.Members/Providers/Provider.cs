using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>Which provider it is: each has its own ways of OpenID Connect; see <see cref="ProviderPreset"/>.</summary>
public enum ProviderKind { Google, Apple, Line, Other }

/// <summary>
/// A provider by whose accounts members may sign in to this site (OpenID Connect), as an administrator has set it up with the keys that the
/// provider gave out.
/// </summary>
public sealed class Provider
{
    public const int MaxNameLength = 40, MaxLength = 300, MaxSecretLength = 4000;

    public long Id { get; set; }
    public ProviderKind Kind { get; set; }
    /// <summary>In the addresses of its pages: <c>google</c>. The provider knows the address of return, so it never changes.</summary>
    public required string Key { get; set; }
    /// <summary>What members call it.</summary>
    public string Name { get; set; } = "";
    /// <summary>The issuer's address, below which its configuration stands (OpenID Connect Discovery 1.0).</summary>
    public string Issuer { get; set; } = "";
    public string ClientId { get; set; } = "";
    /// <summary>The client's secret, or Apple's private key; encrypted with the site's keys, and never shown again.</summary>
    public byte[] Secret { get; set; } = [];
    public DateTime? SecretAt { get; set; }
    /// <summary>Apple's: the team that the key belongs to.</summary>
    public string TeamId { get; set; } = "";
    /// <summary>Apple's: the key's id.</summary>
    public string KeyId { get; set; } = "";
    public bool IsOn { get; set; }
    /// <summary>The provider itself asks for a second factor, so its word counts as two.</summary>
    public bool ProvesSecondFactor { get; set; }
    /// <summary>Staff come in by this provider alone.</summary>
    public bool OnlyWayForStaff { get; set; }
    /// <summary>Changes with each save.</summary>
    public int Rev { get; set; }
    public DateTime ChangedAt { get; set; }
    public long? ChangedBy { get; set; }

    public ProviderPreset Preset => ProviderPreset.Of(Kind);

    /// <summary>
    /// The provider by which alone a member may come in, since they are staff: they have a role, or a permission for single things, as a
    /// moderator of one board has. Null for none.
    /// </summary>
    public static Task<long?> OnlyWayOf(SiteDb db, Member member, CancellationToken ct)
    {
        var (id, hasRole, single) = (member.Id, member.Role is not null, db.MemberPermissions);
        return db.Providers
            .Where(p => p.IsOn && p.OnlyWayForStaff && (hasRole || single.Any(m => m.MemberId == id)))
            .Select(p => (long?)p.Id).FirstOrDefaultAsync(ct);
    }

    /// <summary>Somebody is given something to do. Whoever joins a staff that comes in by a provider alone comes in so, too.</summary>
    public static async Task Joins(SiteDb db, Member member, CancellationToken ct)
    {
        if (await db.Providers.AnyAsync(p => p.IsOn && p.OnlyWayForStaff, ct)) member.EndSessions();
    }
}

/// <summary>
/// An account at a provider by which a member signs in. What identifies it are issuer and subject, never an address or a name.
/// </summary>
public sealed class ProviderAccount
{
    public long Id { get; set; }
    public long MemberId { get; set; }
    public long ProviderId { get; set; }
    public Provider Provider { get; set; } = null!;
    public required string Issuer { get; set; }
    /// <summary>At most 255 characters.</summary>
    public required string Subject { get; set; }
    public DateTime AddedAt { get; set; }
    public DateTime? LastUsedAt { get; set; }
}

/// <summary>What a provider has said of somebody.</summary>
/// <param name="ProviderId">Which provider.</param>
/// <param name="Issuer">Its issuer, as its token says and its configuration confirms.</param>
/// <param name="Subject">The account there.</param>
/// <param name="Email">The address, if it was told.</param>
/// <param name="EmailProved">The provider says that it has proved the address.</param>
/// <param name="Name">A name to begin with; Apple tells it at the first time alone.</param>
public sealed record ProviderIdentity(long ProviderId, string Issuer, string Subject, string? Email, bool EmailProved, string? Name)
{
    public const int MaxSubjectLength = 255;
}

/// <summary>What is particular about a provider.</summary>
/// <param name="Issuer">Its issuer; empty if the site says it.</param>
/// <param name="Scopes">What is asked for.</param>
/// <param name="ResponseMode">How its answer comes back: as a query, or as a form that its page posts.</param>
/// <param name="Algorithms">The signatures that are taken; whatever else a token claims is refused.</param>
/// <param name="SignsWithSecret">Its tokens may be signed with the client's secret (HS256).</param>
/// <param name="SecretIsKey">Instead of a secret there is a private key, with which each request is signed (ES256).</param>
/// <param name="AsksForUserInfo">Its token may lack what its userinfo endpoint tells.</param>
public sealed record ProviderPreset(
    string Issuer,
    string[] Scopes,
    string ResponseMode,
    string[] Algorithms,
    bool SignsWithSecret = false,
    bool SecretIsKey = false,
    bool AsksForUserInfo = false
)
{
    static readonly string[] usual = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    public static ProviderPreset Of(ProviderKind kind) =>
        kind switch
        {
            ProviderKind.Google => new("https://accounts.google.com", ["openid", "email", "profile"], "query", ["RS256"]),
            // Asked for name or address, Apple answers with a form of its own page.
            // https://developer.apple.com/documentation/signinwithapple
            ProviderKind.Apple => new("https://appleid.apple.com", ["openid", "name", "email"], "form_post", ["RS256"], SecretIsKey: true),
            // LINE Login signs with the channel's secret on the web, and never says whether an address is proved.
            ProviderKind.Line => new(
                "https://access.line.me",
                ["openid", "profile", "email"],
                "query",
                ["HS256", "ES256"],
                SignsWithSecret: true
            ),
            _ => new("", ["openid", "email", "profile"], "query", usual, AsksForUserInfo: true),
        };
}
