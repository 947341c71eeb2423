using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Community.Kernel;

namespace Community.Members;

/// <summary>The links by which addresses of a partner's event answer. Signed for the site; they last as long as the row waits.</summary>
public sealed class AskedLinks(SiteDb db)
{
    /// <summary>Truncated from 32: 16 bytes cannot be guessed, and keep the link on one line.</summary>
    const int SignatureBytes = 16;
    const string Name = "asked";

    public async Task<string> Token(long id, CancellationToken ct = default) =>
        $"{id:x}-{Base64Url.EncodeToString(Sign(await db.Secret(Name, ct), $"{id:x}"))}";

    /// <summary>The row that the token names; null if it is not this site's token.</summary>
    public async Task<long?> Read(string token, CancellationToken ct = default)
    {
        var parts = token.Split('-', 2);
        if (
            parts.Length != 2
            || token.Length > 60
            || !long.TryParse(parts[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var id)
            || !Base64Url.IsValid(parts[1])
        )
            return null;
        if (await db.PresentSecret(Name, ct) is not { } key) return null;
        return CryptographicOperations.FixedTimeEquals(Base64Url.DecodeFromChars(parts[1]), Sign(key, parts[0])) ? id : null;
    }

    byte[] Sign(byte[] key, string name) =>
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"asked {db.Site.Key} {name}"))[..SignatureBytes];
}
