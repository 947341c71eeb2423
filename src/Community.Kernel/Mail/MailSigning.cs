using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Community.Mail;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using MimeKit.Cryptography;

namespace Community.Kernel;

/// <summary>Two keys of a domain that are used together: RSA, which all receivers check, and Ed25519, which some do.</summary>
public sealed record SigningPair
{
    /// <summary>In the form of the wire.</summary>
    public string Domain { get; init; } = "";
    /// <summary>The name of the RSA key; that of the other one ends with <c>e</c>.</summary>
    public string Selector { get; init; } = "";
    public DateTime MadeAt { get; init; }
    /// <summary>Encrypted with the site's keys.</summary>
    public byte[] Rsa { get; init; } = [];
    /// <summary>Encrypted with the site's keys.</summary>
    public byte[] Ed25519 { get; init; } = [];
    public string RsaRecord { get; init; } = "";
    public string Ed25519Record { get; init; } = "";
    /// <summary>Its Ed25519 key was published when signing began. Without its record, its signature would be one that fails.</summary>
    public bool SignsTwice { get; init; }

    /// <summary>Where in the DNS the RSA key stands.</summary>
    public string RsaName => $"{Selector}._domainkey.{Domain}";
    /// <summary>Where in the DNS the Ed25519 key stands.</summary>
    public string Ed25519Name => $"{Selector}e._domainkey.{Domain}";
}

/// <summary>The keys with which a site signs its mail, as they stand in its database. No page, record or log has a private half.</summary>
public sealed record SigningKeys
{
    /// <summary>The row among the site's <see cref="StoredSettings"/>; no part of the settings pages.</summary>
    public const string Part = "mail.signing";
    public const string CacheName = "@mail-signing";
    const string Purpose = "Community.Mail.Signing";

    /// <summary>Those that sign; null if the site's mail is not signed here.</summary>
    public SigningPair? Present { get; init; }
    /// <summary>Those that wait until they are published.</summary>
    public SigningPair? Next { get; init; }
    /// <summary>Where those before the present ones stood: receivers may still need them for mail that is on its way.</summary>
    public IReadOnlyList<string> Former { get; init; } = [];
    /// <summary>When they were replaced.</summary>
    public DateTime? FormerSince { get; init; }

    public static SigningKeys Parse(string? json) => (json is null ? null : JsonSerializer.Deserialize<SigningKeys>(json)) ?? new();

    /// <summary>The keys and their row's <see cref="StoredSettings.Rev"/>.</summary>
    public static async Task<(SigningKeys Keys, int Rev)> Of(SiteDb db, CancellationToken ct)
    {
        var row = await db.StoredSettings.AsNoTracking().FirstOrDefaultAsync(s => s.Part == Part, ct);
        return (Parse(row?.Json), row?.Rev ?? 0);
    }

    /// <summary>New keys for a domain.</summary>
    /// <param name="protection">The site's keys.</param>
    /// <param name="domain">In the form of the wire.</param>
    /// <param name="now">UTC; the day is in their name.</param>
    public static SigningPair Make(IDataProtectionProvider protection, string domain, DateTime now)
    {
        var protector = protection.CreateProtector(Purpose);
        var (rsa, ed25519) = (DkimKey.Make(DkimSignatureAlgorithm.RsaSha256), DkimKey.Make(DkimSignatureAlgorithm.Ed25519Sha256));
        return new()
        {
            Domain = domain,
            // Several sites may send from one domain, and one may make keys twice a day.
            Selector = $"c{now:yyMMdd}{RandomNumberGenerator.GetHexString(4, lowercase: true)}",
            MadeAt = now,
            Rsa = protector.Protect(rsa),
            Ed25519 = protector.Protect(ed25519),
            RsaRecord = DkimKey.Record(DkimSignatureAlgorithm.RsaSha256, rsa),
            Ed25519Record = DkimKey.Record(DkimSignatureAlgorithm.Ed25519Sha256, ed25519),
        };
    }

    /// <exception cref="CryptographicException">The site's keys were lost.</exception>
    internal static MessageSigner Open(SigningPair pair, IDataProtectionProvider protection) =>
        new(pair.Domain, [.. Unprotected(pair, protection).Select(k => new DkimKey(k.Algorithm, pair.Domain, k.Selector, k.Key))]);

    /// <summary>The private halves of those keys of a pair that sign.</summary>
    /// <exception cref="CryptographicException">The site's keys were lost.</exception>
    internal static IEnumerable<PrivateKey> Unprotected(SigningPair pair, IDataProtectionProvider protection)
    {
        var protector = protection.CreateProtector(Purpose);
        if (pair.SignsTwice)
            yield return new(DkimSignatureAlgorithm.Ed25519Sha256, pair.Selector + "e", protector.Unprotect(pair.Ed25519));
        yield return new(DkimSignatureAlgorithm.RsaSha256, pair.Selector, protector.Unprotect(pair.Rsa));
    }
}

/// <summary>A private key that signs, for another program that sends in the site's name. Never written down as it is.</summary>
public readonly record struct PrivateKey(DkimSignatureAlgorithm Algorithm, string Selector, byte[] Key);

/// <summary>Finds what signs the messages of the site. Opened once after each change.</summary>
public sealed class MailSigning(SiteDb db, IDataProtectionProvider protection, OpenSigners open, ILogger<MailSigning> logger)
{
    sealed record Kept(SigningPair? Pair, int Rev);

    /// <summary>Null if they are not signed here, but by the mail server or not at all.</summary>
    public async Task<MessageSigner?> Find(CancellationToken ct = default)
    {
        var kept = await Present(ct);
        if (kept.Pair is not { } pair) return null;
        return open.Of(db.Site.Id, kept.Rev, () =>
        {
            try { return SigningKeys.Open(pair, protection); }
            catch (CryptographicException)
            {
                Lost();
                return null;
            }
        });
    }

    /// <summary>The pair that signs; null if the site's mail is not signed here.</summary>
    public async Task<SigningPair?> Pair(CancellationToken ct = default) => (await Present(ct)).Pair;

    /// <summary>The private halves of a pair; null if they are lost.</summary>
    public IReadOnlyList<PrivateKey>? PrivateKeys(SigningPair pair)
    {
        try { return [.. SigningKeys.Unprotected(pair, protection)]; }
        catch (CryptographicException)
        {
            Lost();
            return null;
        }
    }

    // A mail without a signature is better than none: the page says what is wrong.
    void Lost() =>
        logger.LogError("Site {Site}: the keys that sign its mail cannot be opened; it leaves without signature", db.Site.Key);

    ValueTask<Kept> Present(CancellationToken ct) =>
        db.Cached(SigningKeys.CacheName, async (db, ct) =>
        {
            var (keys, rev) = await SigningKeys.Of(db, ct);
            return new Kept(keys.Present, rev);
        }, ct);
}

/// <summary>The opened keys of all sites, in memory.</summary>
public sealed class OpenSigners
{
    readonly ConcurrentDictionary<long, (int Rev, MessageSigner? Signer)> bySite = new();

    internal MessageSigner? Of(long site, int rev, Func<MessageSigner?> make)
    {
        if (bySite.TryGetValue(site, out var kept) && kept.Rev == rev) return kept.Signer;
        return (bySite[site] = (rev, make())).Signer;
    }
}
