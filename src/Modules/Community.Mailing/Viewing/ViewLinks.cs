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

    /// <param name="mailing">The mailing.</param>
    /// <param name="member">The recipient.</param>
    /// <param name="language">In which they got it: two letters. They may read another one when they open the link.</param>
    /// <param name="ct">Cancels it.</param>
    public async Task<string> To(long mailing, long member, string language, CancellationToken ct = default)
    {
        key ??= await db.Secret(Secret, ct);
        var name = string.Create(CultureInfo.InvariantCulture, $"{mailing:x}-{member:x}");
        var signature = Base64Url.EncodeToString(Sign(key, $"{name}-{language}"));
        return options.Value.UrlOf(db.Site, $"/mail/{name}-{language}.{signature}");
    }

    /// <summary>
    /// The mailing, recipient and language that the token names; null if it is not this site's token. Links from before they named a
    /// language have none.
    /// </summary>
    public async Task<(long Mailing, long Member, string? Language)?> Read(string token, CancellationToken ct = default)
    {
        var parts = token.Split('-', 3);
        if (
            parts.Length != 3
            || token.Length > 80
            || !long.TryParse(parts[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var mailing)
            || !long.TryParse(parts[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var member)
            || parts[2].Split('.') is not [.. var before, var signed64]
            || before.Length > 1
            || !Base64Url.IsValid(signed64)
            || (key ??= await db.PresentSecret(Secret, ct)) is not { } signed
        )
            return null;
        var language = before.FirstOrDefault();
        var signature = Sign(signed, language is null ? $"{parts[0]}-{parts[1]}" : $"{parts[0]}-{parts[1]}-{language}");
        return CryptographicOperations.FixedTimeEquals(Base64Url.DecodeFromChars(signed64), signature) ? (mailing, member, language) : null;
    }

    byte[] Sign(byte[] signed, string name) =>
        HMACSHA256.HashData(signed, Encoding.UTF8.GetBytes($"view {db.Site.Key} {name}"))[..SignatureBytes];
}
