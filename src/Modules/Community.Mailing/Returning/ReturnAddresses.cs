using System.Security.Cryptography;
using System.Text;
using Community.Kernel;
using Microsoft.Extensions.Options;

namespace Community.Mailing;

/// <summary>
/// The envelope sender of each delivery and e-mail (VERP), at a domain whose mail comes back to us. It names site and delivery, and the
/// address written to by a few bits of its keyed hash, so that a bounce that arrives after a change of address closes no new one. Signed
/// for the site: nobody else makes one, and no address is in it. RFC 5321 §4.5.3.1.1: at most 64 octets before the @.
/// </summary>
public sealed class ReturnAddresses(SiteDb db, IOptions<MailingOptions> options)
{
    const string Secret = "returns";
    const byte OfDelivery = 1, OfMail = 2;
    const int SignatureBytes = 8;
    /// <summary>Of the hexadecimal digits of the address's hash.</summary>
    public const int HashDigits = 8;

    byte[]? key;

    /// <summary>Whether the installation has a domain for what comes back.</summary>
    public bool IsOn => Domain.Length > 0;

    /// <summary>See <see cref="MailingOptions.ReturnDomain"/>.</summary>
    public string Domain => options.Value.ReturnDomain;

    /// <summary>The envelope sender; null if the installation has no domain for what comes back.</summary>
    /// <param name="delivery">The delivery's id.</param>
    /// <param name="addressHash">See <see cref="Members.AddressHashes"/>.</param>
    /// <param name="ct">Cancels it.</param>
    public async Task<string?> Of(long delivery, string addressHash, CancellationToken ct)
    {
        if (options.Value.ReturnDomain is not { Length: > 0 } domain) return null;
        return await Of(OfDelivery, delivery, addressHash, domain, ct);
    }

    /// <summary>The same for an e-mail.</summary>
    public async Task<string?> OfSystemMail(long mail, string addressHash, CancellationToken ct) =>
        options.Value.ReturnDomain is { Length: > 0 } domain ? await Of(OfMail, mail, addressHash, domain, ct) : null;

    async Task<string> Of(byte version, long id, string addressHash, string domain, CancellationToken ct)
    {
        key ??= await db.Secret(Secret, ct);
        var named = Bytes(version, db.Site.Id, id, addressHash[..HashDigits]);
        return $"b{Convert.ToHexStringLower([.. named, .. Sign(key, named)])}@{domain}";
    }

    /// <summary>The delivery or e-mail that the local part names; null if it is none of this site.</summary>
    public async Task<(bool IsSystemMail, long Id, string HashBegin)?> Read(string local, CancellationToken ct)
    {
        if (Parse(local) is not { } parsed || parsed.Site != db.Site.Id) return null;
        if ((key ??= await db.PresentSecret(Secret, ct)) is not { } signed) return null;
        return CryptographicOperations.FixedTimeEquals(parsed.Signature, Sign(signed, parsed.Named))
            ? (parsed.Named[0] == OfMail, parsed.Id, parsed.HashBegin)
            : null;
    }

    /// <summary>The site that the local part names, before it is proven; null if it is no address of ours.</summary>
    public static long? SiteIn(string local) => Parse(local)?.Site;

    static (long Site, long Id, string HashBegin, byte[] Named, byte[] Signature)? Parse(string local)
    {
        // Some systems change the case of what they return to.
        local = local.ToLowerInvariant();
        if (local.Length is < 20 or > 64 || local[0] != 'b' || local.Length % 2 == 0 || !local.Skip(1).All(char.IsAsciiHexDigit))
            return null;
        var all = Convert.FromHexString(local.AsSpan(1));
        if (all[0] is not (OfDelivery or OfMail)) return null;
        try
        {
            using var reader = new BinaryReader(new MemoryStream(all, 1, all.Length - 1 - SignatureBytes));
            var (site, id) = (reader.Read7BitEncodedInt64(), reader.Read7BitEncodedInt64());
            var hash = reader.ReadBytes(HashDigits / 2);
            if (hash.Length != HashDigits / 2 || reader.BaseStream.Position != reader.BaseStream.Length) return null;
            return (site, id, Convert.ToHexStringLower(hash), all[..^SignatureBytes], all[^SignatureBytes..]);
        }
        catch (Exception error) when (error is EndOfStreamException or FormatException or ArgumentException) { return null; }
    }

    static byte[] Bytes(byte version, long site, long id, string hashBegin)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(version);
        writer.Write7BitEncodedInt64(site);
        writer.Write7BitEncodedInt64(id);
        writer.Write(Convert.FromHexString(hashBegin));
        writer.Flush();
        return stream.ToArray();
    }

    byte[] Sign(byte[] signed, byte[] named) =>
        HMACSHA256.HashData(signed, (byte[])[.. Encoding.UTF8.GetBytes($"return {db.Site.Key} "), .. named])[..SignatureBytes];
}
