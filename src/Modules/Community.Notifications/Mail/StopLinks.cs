using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Community.Kernel;
using Microsoft.Extensions.Options;

namespace Community.Notifications;

/// <summary>
/// Links that stop the mails of some kinds without sign-in. They never expire, since they are in mails that are years old. The token names
/// the member and the kinds, and is signed for the site.
/// </summary>
public sealed class StopLinks(SiteDb db, IOptions<CommunityOptions> options)
{
    /// <summary>Truncated from 32: 12 bytes cannot be guessed over the web, and keep the link on one line.</summary>
    const int SignatureBytes = 12;
    const int MaxLength = 80;
    static readonly NoticeKind[] all = Enum.GetValues<NoticeKind>();

    const string Secret = "notices";

    byte[]? key;

    public async Task<string> To(long member, IEnumerable<NoticeKind> kinds, CancellationToken ct) =>
        options.Value.UrlOf(db.Site, StopPage.UrlOf(await Token(member, kinds, ct)));

    /// <summary>For the List-Unsubscribe header (RFC 8058): mail programs post to it; people who open it see the same page.</summary>
    public async Task<string> OneClick(long member, IEnumerable<NoticeKind> kinds, CancellationToken ct) =>
        await To(member, kinds, ct) + "/one-click";

    public async Task<string> Token(long member, IEnumerable<NoticeKind> kinds, CancellationToken ct)
    {
        var name = $"{member:x}-{kinds.Aggregate(0, (mask, kind) => mask | 1 << (int)kind):x}";
        return name + "-" + Base64Url.EncodeToString(Sign(await Key(ct), name));
    }

    /// <summary>The member and the kinds that the token names; null if it is not this site's token.</summary>
    public async Task<(long Member, IReadOnlyList<NoticeKind> Kinds)?> Read(string token, CancellationToken ct)
    {
        var parts = token.Split('-', 3);
        if (parts.Length != 3 || token.Length > MaxLength || !Base64Url.IsValid(parts[2])
            || !long.TryParse(parts[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var member)
            || !int.TryParse(parts[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var mask))
            return null;
        if ((key ??= await db.PresentSecret(Secret, ct)) is not { } signed) return null;
        var signature = Sign(signed, $"{parts[0]}-{parts[1]}");
        return CryptographicOperations.FixedTimeEquals(Base64Url.DecodeFromChars(parts[2]), signature)
            ? (member, [.. all.Where(k => (mask & 1 << (int)k) != 0)])
            : null;
    }

    byte[] Sign(byte[] key, string name) =>
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"notices {db.Site.Key} {name}"))[..SignatureBytes];

    async Task<byte[]> Key(CancellationToken ct) => key ??= await db.Secret(Secret, ct);
}
