using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Community.Kernel;

namespace Community.Mailing;

/// <summary>What a link or pixel in a mail says of itself.</summary>
/// <param name="Mailing">The mailing.</param>
/// <param name="Variant">See <see cref="Engagement.Variant"/>.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Link">See <see cref="Engagement.LinkId"/>.</param>
/// <param name="IsDelivery"><paramref name="Subject"/> is a delivery of a member who agreed to be known.</param>
/// <param name="Subject">See <see cref="Engagement.Subject"/>.</param>
/// <param name="WrittenAt">When the message was written, to the second; null where that would tell recipients apart.</param>
/// <param name="Url">The target, of a link whose address contains a recipient's values; else null.</param>
public sealed record TrackingToken(
    long Mailing, byte Variant, EngagementKind Kind, long Link, bool IsDelivery, long Subject, DateTime? WrittenAt, string? Url = null);

/// <summary>
/// Signs and reads the tokens in links and pixels. The target is a row of the mailing, or sealed in the token, and no parameter names it:
/// so the links lead where the mailing leads and nowhere else. They never expire, since they are in mails that are years old.
/// </summary>
public sealed class TrackingTokens(Site site, byte[] secret)
{
    /// <summary>The name of the site's secret.</summary>
    internal const string Secret = "tracking";
    /// <summary>Longer ones are none of ours: a sealed address has at most <see cref="TrackedLink.MaxLength"/> characters.</summary>
    const int MaxLength = 20_000;
    const byte Signed = 1, Sealed = 2;
    const int SignatureBytes = 10, NonceBytes = 12, TagBytes = 16;
    static readonly DateTime epoch = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    // Bound to the site: one site's link is worthless on another.
    readonly byte[] signing = HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes("sign " + site.Key));
    readonly byte[] sealing = HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes("seal " + site.Key));

    /// <summary>The site's, from memory; null if nothing was ever tracked on it.</summary>
    public static async ValueTask<TrackingTokens?> Present(SiteDb db, CancellationToken ct) =>
        // That there is none is asked again: the first mailing may have made it since.
        (await db.Cached<Kept>("mailing.tracking-key", async (db, ct) => new(await Load(db, ct)), ct)).Tokens ?? await Load(db, ct);

    static async Task<TrackingTokens?> Load(SiteDb db, CancellationToken ct) =>
        await db.PresentSecret(Secret, ct) is { } key ? new(db.Site, key) : null;

    /// <inheritdoc cref="Present"/>
    /// <remarks>Made, if nothing was ever tracked on the site.</remarks>
    public static async ValueTask<TrackingTokens> Of(SiteDb db, CancellationToken ct)
    {
        if (await Present(db, ct) is { } present) return present;
        return new(db.Site, await db.Secret(Secret, ct));
    }

    sealed record Kept(TrackingTokens? Tokens);

    public string Write(TrackingToken token)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(token.Url is null ? Signed : Sealed);
        writer.Write((byte)((int)token.Kind | (token.IsDelivery ? 4 : 0)));
        writer.Write(token.Variant);
        writer.Write7BitEncodedInt64(token.Mailing);
        writer.Write7BitEncodedInt64(token.Link);
        writer.Write7BitEncodedInt64(token.Subject);
        writer.Write7BitEncodedInt64(token.WrittenAt is { } at ? Math.Max(1, (long)(at - epoch).TotalSeconds) : 0);
        if (token.Url is not null) writer.Write(token.Url);
        writer.Flush();
        var named = stream.ToArray();
        if (token.Url is null) return Base64Url.EncodeToString([.. named, .. Sign(named)]);
        var whole = new byte[1 + NonceBytes + TagBytes + named.Length - 1];
        whole[0] = Sealed;
        var nonce = whole.AsSpan(1, NonceBytes);
        var tag = whole.AsSpan(1 + NonceBytes, TagBytes);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(sealing, TagBytes);
        cipher.Encrypt(nonce, named.AsSpan(1), whole.AsSpan(1 + NonceBytes + TagBytes), tag);
        return Base64Url.EncodeToString(whole);
    }

    /// <summary>Null if it is none of this site's, or was changed.</summary>
    public TrackingToken? Read(string text)
    {
        if (text.Length is < 20 or > MaxLength || !Base64Url.IsValid(text)) return null;
        var bytes = Base64Url.DecodeFromChars(text);
        // Another spelling of the same bytes is not what was written.
        if (Base64Url.EncodeToString(bytes) != text) return null;
        try
        {
            if (bytes[0] == Signed && bytes.Length > SignatureBytes)
            {
                var named = bytes.AsSpan(0, bytes.Length - SignatureBytes);
                return CryptographicOperations.FixedTimeEquals(bytes.AsSpan(named.Length), Sign(named)) ? Parse(named[1..], false) : null;
            }
            if (bytes[0] != Sealed || bytes.Length < 1 + NonceBytes + TagBytes) return null;
            var plain = new byte[bytes.Length - 1 - NonceBytes - TagBytes];
            using var cipher = new AesGcm(sealing, TagBytes);
            cipher.Decrypt(
                bytes.AsSpan(1, NonceBytes),
                bytes.AsSpan(1 + NonceBytes + TagBytes),
                bytes.AsSpan(1 + NonceBytes, TagBytes),
                plain
            );
            return Parse(plain, true);
        }
        catch (Exception error) when (error is CryptographicException or EndOfStreamException or FormatException) { return null; }
    }

    static TrackingToken Parse(ReadOnlySpan<byte> named, bool hasUrl)
    {
        using var reader = new BinaryReader(new MemoryStream(named.ToArray()), Encoding.UTF8);
        var (flags, variant) = (reader.ReadByte(), reader.ReadByte());
        var (mailing, link) = (reader.Read7BitEncodedInt64(), reader.Read7BitEncodedInt64());
        var (subject, seconds) = (reader.Read7BitEncodedInt64(), reader.Read7BitEncodedInt64());
        return new(
            mailing,
            variant,
            (EngagementKind)(flags & 3),
            link,
            (flags & 4) != 0,
            subject,
            seconds == 0 ? null : epoch.AddSeconds(seconds),
            hasUrl ? reader.ReadString() : null
        );
    }

    byte[] Sign(ReadOnlySpan<byte> named) => HMACSHA256.HashData(signing, named)[..SignatureBytes];
}
