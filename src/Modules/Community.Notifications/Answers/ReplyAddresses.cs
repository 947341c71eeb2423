using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Community.Kernel;
using Microsoft.Extensions.Options;

namespace Community.Notifications;

/// <summary>What a reply address is for.</summary>
/// <param name="Member">Whose answer it takes; nobody else's.</param>
/// <param name="Post">The post that is answered.</param>
/// <param name="IsOver">Its time is over.</param>
public sealed record ReplyTo(long Member, long Post, bool IsOver);

/// <summary>
/// Addresses to which a member answers a notice by mail: <c>reply+TOKEN@host</c>. The token names member, post and last day, and is signed
/// for the site. It is lower case and short: mail servers fold the case of local parts, and these have at most 64 octets.
/// </summary>
public sealed class ReplyAddresses(SiteDb db, IOptions<CommunityOptions> options)
{
    /// <summary>How long a notice can be answered by mail.</summary>
    public static readonly TimeSpan Lasts = TimeSpan.FromDays(60);

    /// <summary>80 bits: they cannot be guessed by mail.</summary>
    const int SignatureBytes = 10;
    const string Secret = "notices";

    /// <summary>Null if the installation takes no answers by mail.</summary>
    public async Task<string?> For(long member, long post, CancellationToken ct)
    {
        if (Parts is not var (local, domain)) return null;
        var last = DayOf(db.Now + Lasts);
        var name = $"{member:x}-{post:x}-{last:x}";
        return $"{local}+{name}-{Sign(await db.Secret(Secret, ct), name)}@{domain}";
    }

    /// <summary>What the address is for; null if it is none of this site's.</summary>
    public async Task<ReplyTo?> Read(string address, CancellationToken ct)
    {
        if (Parts is not var (local, domain) || address.Length > 254) return null;
        var lower = address.ToLowerInvariant();
        if (!lower.StartsWith(local + "+", StringComparison.Ordinal)) return null;
        if (!lower.EndsWith("@" + domain, StringComparison.Ordinal)) return null;
        var token = lower[(local.Length + 1)..^(domain.Length + 1)].Split('-');
        if (token.Length != 4 || Number(token[0]) is not { } member || Number(token[1]) is not { } post || Number(token[2]) is not { } last)
            return null;
        if (await db.PresentSecret(Secret, ct) is not { } key) return null;
        var right = Sign(key, $"{token[0]}-{token[1]}-{token[2]}");
        return CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(right), Encoding.UTF8.GetBytes(token[3]))
            ? new(member, post, last < DayOf(db.Now))
            : null;
    }

    (string Local, string Domain)? Parts =>
        options.Value.ReplyAddress.Replace("{host}", db.Site.CanonicalHost).Replace("{site}", db.Site.Key).ToLowerInvariant().Split('@')
            is [{ Length: > 0 } local, { Length: > 0 } domain] ? (local, domain) : null;

    static long? Number(string hex) =>
        hex.Length <= 15 && long.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number)
            ? number : null;

    static long DayOf(DateTime at) => at.Ticks / TimeSpan.TicksPerDay;

    string Sign(byte[] key, string name) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"reply {db.Site.Key} {name}")).AsSpan(0, SignatureBytes));
}
