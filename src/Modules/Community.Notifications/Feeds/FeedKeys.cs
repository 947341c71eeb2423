using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Community.Notifications;

/// <summary>
/// The personal part of the addresses of feeds, for what only members read: feed readers do not sign in. It names the member and is signed
/// for the site and the number of the member's key; a new number makes all addresses before it worthless. It opens nothing but feeds.
/// </summary>
public sealed class FeedKeys(SiteDb db, PresentReaders readers, IOptions<CommunityOptions> options)
{
    const int SignatureBytes = 18, MaxLength = 60;

    const string Secret = "feeds";

    byte[]? key;

    /// <summary>The feed of all that the member may read.</summary>
    public async Task<string> UrlOf(long member, int number, CancellationToken ct) =>
        options.Value.UrlOf(db.Site, "/feeds/" + await Token(member, number, ct));

    public async Task<string> Token(long member, int number, CancellationToken ct) =>
        $"{member:x}-{Base64Url.EncodeToString(Sign(await Key(ct), member, number))}";

    /// <summary>The key that the member has now.</summary>
    public async Task<string> Token(long member, CancellationToken ct) => await Token(member, await NumberOf(member, ct), ct);

    /// <summary>
    /// Who reads by this key, as the database has them now; null if it is not valid any more, or they are no active member.
    /// </summary>
    public async Task<Reader?> Read(string token, CancellationToken ct)
    {
        var parts = token.Split('-', 2);
        if (parts.Length != 2 || token.Length > MaxLength || !Base64Url.IsValid(parts[1])
            || !long.TryParse(parts[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var member)) return null;
        if ((key ??= await db.PresentSecret(Secret, ct)) is not { } signed) return null;
        var signature = Sign(signed, member, await NumberOf(member, ct));
        return CryptographicOperations.FixedTimeEquals(Base64Url.DecodeFromChars(parts[1]), signature)
            ? (await readers.Of([member], ct)).GetValueOrDefault(member)
            : null;
    }

    Task<int> NumberOf(long member, CancellationToken ct) =>
        db.NoticeSettings.Where(s => s.MemberId == member).Select(s => s.FeedKey).FirstOrDefaultAsync(ct);

    byte[] Sign(byte[] key, long member, int number) =>
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"feed {db.Site.Key} {member:x} {number}"))[..SignatureBytes];

    async Task<byte[]> Key(CancellationToken ct) => key ??= await db.Secret(Secret, ct);
}
