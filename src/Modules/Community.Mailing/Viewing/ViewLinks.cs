using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Community.Kernel;
using Microsoft.Extensions.Options;

namespace Community.Mailing;

/// <summary>
/// Links that show a mail in the browser without sign-in. The token names mailing and recipient and is signed for the site, so that it
/// shows this one mail and no other, here and on no other site.
/// </summary>
public sealed class ViewLinks(SiteDb db, IOptions<CommunityOptions> options)
{
    /// <summary>Truncated from 32: 12 bytes cannot be guessed over the web, and keep the link on one line.</summary>
    const int SignatureBytes = 12;
    const string Secret = "view-mail";

    byte[]? key;

    public async Task<string> To(long mailing, long member, CancellationToken ct = default)
    {
        key ??= await db.Secret(Secret, ct);
        var name = string.Create(CultureInfo.InvariantCulture, $"{mailing:x}-{member:x}");
        return options.Value.UrlOf(db.Site, $"/mail/{name}-{Base64Url.EncodeToString(Sign(key, name))}");
    }

    /// <summary>The mailing and recipient that the token names; null if it is not this site's token.</summary>
    public async Task<(long Mailing, long Member)?> Read(string token, CancellationToken ct = default)
    {
        var parts = token.Split('-', 3);
        if (
            parts.Length != 3
            || token.Length > 80
            || !long.TryParse(parts[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var mailing)
            || !long.TryParse(parts[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var member)
            || !Base64Url.IsValid(parts[2])
            || (key ??= await db.PresentSecret(Secret, ct)) is not { } signed
        )
            return null;
        var signature = Sign(signed, $"{parts[0]}-{parts[1]}");
        return CryptographicOperations.FixedTimeEquals(Base64Url.DecodeFromChars(parts[2]), signature) ? (mailing, member) : null;
    }

    byte[] Sign(byte[] signed, string name) =>
        HMACSHA256.HashData(signed, Encoding.UTF8.GetBytes($"view {db.Site.Key} {name}"))[..SignatureBytes];
}
