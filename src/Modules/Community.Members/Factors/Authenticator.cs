using System.Security.Cryptography;
using Community.Kernel;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using OtpNet;

namespace Community.Members;

/// <summary>
/// A member's authenticator app: it and the site share a secret, from which both compute a new code every 30 seconds (TOTP, RFC 6238;
/// SHA-1 and six digits, which are what every app knows). A member has at most one.
/// </summary>
public sealed class Authenticator
{
    /// <summary>Also the key.</summary>
    public long MemberId { get; set; }
    /// <summary>Encrypted with the site's keys: the database alone computes no codes.</summary>
    public required byte[] Secret { get; set; }
    /// <summary>When a code first proved that the app has the secret.</summary>
    public DateTime AddedAt { get; set; }
    /// <summary>The step of the last code that was accepted, in units of 30 seconds since 1970: no code is accepted twice.</summary>
    public long LastStep { get; set; }
}

/// <summary>Makes the secrets of authenticator apps, and checks their codes.</summary>
public sealed class AuthenticatorCodes(SiteDb db, IDataProtectionProvider protection, TimeProvider time)
{
    /// <summary>RFC 4226 asks for at least 16 bytes and recommends the length of the hash.</summary>
    const int SecretBytes = 20;
    /// <summary>How many steps of 30 seconds a telephone's clock may be off, either way.</summary>
    const int Drift = 1;
    /// <summary>How long the page with the QR code may stand open.</summary>
    static readonly TimeSpan SetUpTime = TimeSpan.FromHours(1);

    readonly IDataProtector kept = protection.CreateProtector("Community.Members.Authenticator"),
        offered = protection.CreateProtector("Community.Members.Authenticator.Offer");

    /// <summary>
    /// A new secret, sealed for the form that shows it: it stands in no row until a code confirms it, so that opening the page changes
    /// nothing, and a mistyped code is followed by the same picture.
    /// </summary>
    public string Offer(long member) => Seal(member, RandomNumberGenerator.GetBytes(SecretBytes), time.GetUtcNow() + SetUpTime);

    /// <summary>The secret of an offer; null if it is another member's, too old, or none of ours.</summary>
    public byte[]? Read(string? offer, long member)
    {
        if (string.IsNullOrEmpty(offer)) return null;
        try
        {
            var bytes = offered.Unprotect(WebEncoders.Base64UrlDecode(offer));
            return
                bytes.Length == 16 + SecretBytes
                && BitConverter.ToInt64(bytes) == member
                && BitConverter.ToInt64(bytes, 8) >= time.GetUtcNow().ToUnixTimeSeconds()
                ? bytes[16..]
                : null;
        }
        catch (Exception error) when (error is FormatException or CryptographicException) { return null; }
    }

    string Seal(long member, byte[] secret, DateTimeOffset until) =>
        WebEncoders.Base64UrlEncode(
            offered.Protect([.. BitConverter.GetBytes(member), .. BitConverter.GetBytes(until.ToUnixTimeSeconds()), .. secret])
        );

    /// <summary>The secret in the letters that a person types: groups of four.</summary>
    public static string Written(byte[] secret) =>
        string.Join(' ', Base32Encoding.ToString(secret).TrimEnd('=').Chunk(4).Select(c => new string(c)));

    /// <summary>
    /// What the QR code says (Google Authenticator's key URI format). The account's name is shown in the app's list, so it is the
    /// member's address.
    /// </summary>
    public static string KeyUri(byte[] secret, string site, string email) =>
        new OtpUri(OtpType.Totp, secret, email, site.Replace(':', ' ')).ToString();

    internal byte[] Keep(byte[] secret) => kept.Protect(secret);

    /// <summary>The step whose code it is; null if it is the code of none that the clock's drift allows.</summary>
    internal long? StepOf(byte[] secret, string? code) =>
        Digits(code) is { } digits
        && new Totp(secret).VerifyTotp(time.GetUtcNow().UtcDateTime, digits, out var step, new VerificationWindow(Drift, Drift))
            ? step
            : null;

    /// <summary>
    /// Accepts a code of the member's app, once: comparing and storing its step are one statement, so of two requests with one code one is
    /// refused.
    /// </summary>
    public async Task<bool> Accept(long member, string? code, CancellationToken ct = default)
    {
        var row = await db.Authenticators.AsNoTracking().FirstOrDefaultAsync(a => a.MemberId == member, ct);
        if (row is null || Opened(row) is not { } secret || StepOf(secret, code) is not { } step) return false;
        // A later step than the clock has reached was stored before the clock was set back, and is ignored.
        var latest = Present + Drift;
        return await db
                .Authenticators.Where(a => a.MemberId == member && a.Secret == row.Secret && (a.LastStep < step || a.LastStep > latest))
                .ExecuteUpdateAsync(s => s.SetProperty(a => a.LastStep, step), ct) > 0;
    }

    long Present => time.GetUtcNow().ToUnixTimeSeconds() / 30;

    byte[]? Opened(Authenticator row)
    {
        try { return kept.Unprotect(row.Secret); }
        // The keys were lost, or the database came from another installation: recovery codes and staff are left.
        catch (CryptographicException) { return null; }
    }

    /// <summary>Six digits, however they were typed: spaces, and full-width digits of a Japanese keyboard.</summary>
    static string? Digits(string? code)
    {
        if (code is not { Length: <= 20 }) return null;
        var bare = Characters.Normal(code, System.Text.NormalizationForm.FormKC).Where(c => !char.IsWhiteSpace(c) && c != '-').ToArray();
        return bare.Length == 6 && bare.All(char.IsAsciiDigit) ? new string(bare) : null;
    }
}
