using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Community.Members;

/// <summary>
/// A password's hash that another system made. Sign-in verifies it and replaces it by one of ours. Known are ASP.NET Core Identity's
/// (versions 2 and 3), bcrypt (2a, 2b, 2y; alone or as WordPress 6.8 wraps it), phpass (<c>$P$</c>, <c>$H$</c>), and PBKDF2 as Django,
/// Werkzeug, passlib, LDAP and the PHC string format write it.
/// </summary>
public static partial class ForeignHash
{
    /// <summary>What a hash may cost at most: 2^cost rounds of bcrypt, 2^n of phpass's MD5, and iterations of PBKDF2.</summary>
    public const int MaxBcryptCost = 14, MaxPhpassLog = 20, MaxIterations = 2_000_000;

    /// <summary>The kinds, as the page that imports members names them.</summary>
    public const string Kinds = "ASP.NET Core Identity v2/v3, bcrypt ($2a$, $2b$, $2y$, $wp$2y$), phpass ($P$, $H$), PBKDF2 "
        + "(pbkdf2_sha256$, pbkdf2:sha256:, $pbkdf2-sha256$, {PBKDF2-SHA256}; SHA-1, SHA-256, SHA-512)";

    /// <summary>Whether a text is a hash that sign-in can verify, at a cost that it can bear.</summary>
    public static bool IsKnown(string hash) => IsOfIdentity(hash) || VerifierOf(hash) is not null;

    /// <summary>Whether it is of another system than ASP.NET Core Identity, whose hasher verifies its own.</summary>
    public static bool IsForeign(string hash) => hash.Length > 0 && !IsOfIdentity(hash);

    /// <summary>Whether it is the password's hash. False, and never an exception, for a text that is no hash.</summary>
    public static bool Verify(string hash, string password) => VerifierOf(hash)?.Invoke(password) ?? false;

    static bool IsOfIdentity(string hash)
    {
        var bytes = new byte[hash.Length];
        if (hash.Length is < 60 or > 400 || !Convert.TryFromBase64String(hash, bytes, out var length)) return false;
        if (bytes[0] == 0) return length == 49;
        // Version 3: the pseudo-random function, the iterations and the salt's length, big-endian.
        if (bytes[0] != 1 || length < 13 + 32) return false;
        uint Number(int at) => System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at));
        return Number(1) <= 2 && Number(5) is > 0 and <= MaxIterations && Number(9) is >= 16 and < 128 && length - 13 - Number(9) >= 16;
    }

    static Func<string, bool>? VerifierOf(string hash)
    {
        if (hash.Length > 500) return null;
        if (Bcrypt().Match(hash) is { Success: true } bcrypt)
        {
            if (Int(bcrypt, "cost") is < 4 or > MaxBcryptCost) return null;
            var (text, wraps) = (bcrypt.Groups["hash"].Value, bcrypt.Groups["wp"].Success);
            return password => VerifyBcrypt(text, wraps ? Wrapped(password) : password);
        }
        if (Phpass().IsMatch(hash)) return Letters.IndexOf(hash[3]) is >= 7 and <= MaxPhpassLog ? p => VerifyPhpass(hash, p) : null;
        return VerifierOfPbkdf2(hash);
    }

    static bool VerifyBcrypt(string hash, string password)
    {
        try { return BCrypt.Net.BCrypt.Verify(password, hash); }
        catch (Exception error) when (error is BCrypt.Net.SaltParseException or ArgumentException) { return false; }
    }

    // WordPress 6.8: bcrypt ends at 72 bytes, so it takes a hash of the password.
    static string Wrapped(string password) =>
        Convert.ToBase64String(HMACSHA384.HashData("wp-sha384"u8, Encoding.UTF8.GetBytes(password.Trim())));

    const string Letters = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    // https://www.openwall.com/phpass/: salted MD5, 2^n times.
#pragma warning disable CA5351 // The other system chose MD5; the hash is replaced at the first sign-in.
    static bool VerifyPhpass(string hash, string password)
    {
        var bytes = Encoding.UTF8.GetBytes(password);
        var state = new byte[16 + bytes.Length];
        bytes.CopyTo(state, 16);
        MD5.HashData([.. Encoding.ASCII.GetBytes(hash[4..12]), .. bytes], state);
        var next = new byte[16];
        for (var left = 1 << Letters.IndexOf(hash[3]); left > 0; left--)
        {
            MD5.HashData(state, next);
            next.CopyTo(state, 0);
        }
        return Same(Encoding.ASCII.GetBytes(PhpassText(next)), Encoding.ASCII.GetBytes(hash[12..]));
    }
#pragma warning restore CA5351

    // Base 64 of its own: least significant bits first.
    static string PhpassText(byte[] bytes)
    {
        var text = new StringBuilder();
        for (var at = 0; at < bytes.Length; at += 3)
        {
            var value = bytes[at] | (at + 1 < bytes.Length ? bytes[at + 1] << 8 : 0) | (at + 2 < bytes.Length ? bytes[at + 2] << 16 : 0);
            for (var digit = 0; digit <= Math.Min(3, bytes.Length - at); digit++) text.Append(Letters[(value >> 6 * digit) & 63]);
        }
        return text.ToString();
    }

    static Func<string, bool>? VerifierOfPbkdf2(string hash)
    {
        if (Pbkdf2Plain().Match(hash) is { Success: true } plain)
            return Verifier(plain, Encoding.UTF8.GetBytes(plain.Groups["salt"].Value), Base64(plain.Groups["key"].Value));
        if (Pbkdf2Werkzeug().Match(hash) is { Success: true } hex)
            return Verifier(hex, Encoding.UTF8.GetBytes(hex.Groups["salt"].Value), Hex(hex.Groups["key"].Value));
        if (Pbkdf2Modular().Match(hash) is { Success: true } modular)
            return Verifier(modular, Base64(modular.Groups["salt"].Value), Base64(modular.Groups["key"].Value));
        return null;
    }

    static Func<string, bool>? Verifier(Match match, byte[]? salt, byte[]? key)
    {
        var iterations = Int(match, "n");
        if (salt is null || key is not { Length: >= 16 and <= 64 } || iterations is < 1 or > MaxIterations) return null;
        // Without a name, PBKDF2 is with SHA-1.
        var name = match.Groups["prf"].Value.ToLowerInvariant() switch
        {
            "sha512" => HashAlgorithmName.SHA512,
            "sha256" => HashAlgorithmName.SHA256,
            _ => HashAlgorithmName.SHA1,
        };
        return password =>
            Same(Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, iterations, name, key.Length), key);
    }

    static int Int(Match match, string group) => int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    static bool Same(byte[] a, byte[] b) => CryptographicOperations.FixedTimeEquals(a, b);

    // passlib writes . for + and leaves the padding out.
    static byte[]? Base64(string text)
    {
        var padded = text.TrimEnd('=').Replace('.', '+');
        padded += new string('=', (4 - padded.Length % 4) % 4);
        var bytes = new byte[padded.Length];
        return Convert.TryFromBase64String(padded, bytes, out var length) ? bytes[..length] : null;
    }

    static byte[]? Hex(string text) => text.Length % 2 == 0 ? Convert.FromHexString(text) : null;

    [GeneratedRegex(@"^(?<wp>\$wp)?(?<hash>\$2[aby]\$(?<cost>\d\d)\$[./A-Za-z0-9]{53})$")]
    private static partial Regex Bcrypt();

    [GeneratedRegex(@"^\$[PH]\$[./0-9A-Za-z]{31}$")]
    private static partial Regex Phpass();

    // Django.
    [GeneratedRegex(@"^pbkdf2_(?<prf>sha1|sha256|sha512)\$(?<n>\d{1,7})\$(?<salt>[^$]{1,128})\$(?<key>[A-Za-z0-9+/=]{20,100})$")]
    private static partial Regex Pbkdf2Plain();

    [GeneratedRegex(@"^pbkdf2:(?<prf>sha1|sha256|sha512):(?<n>\d{1,7})\$(?<salt>[^$]{1,128})\$(?<key>[0-9a-fA-F]{40,128})$")]
    private static partial Regex Pbkdf2Werkzeug();

    // passlib, LDAP, and the PHC string format.
    [GeneratedRegex(
        @"^(?:\$pbkdf2(?:-(?<prf>sha1|sha256|sha512))?\$(?:i=)?|\{PBKDF2(?:-(?<prf>SHA1|SHA256|SHA512))?\})(?<n>\d{1,7})(?:,l=\d+)?"
            + @"\$(?<salt>[A-Za-z0-9+/.=]{1,128})\$(?<key>[A-Za-z0-9+/.=]{20,100})$"
    )]
    private static partial Regex Pbkdf2Modular();
}
