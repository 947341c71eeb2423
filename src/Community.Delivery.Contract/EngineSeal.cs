using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Community.Bulk;

/// <summary>Encrypts secrets for the engine: whoever has its public key can seal, and only the engine's processes can open.</summary>
/// <remarks>
/// A new P-256 key for each secret, HKDF-SHA256 over what it shares with the engine's, AES-256-GCM: what HPKE does in its base mode
/// (RFC 9180), which the platform does not have.
/// </remarks>
public static class EngineSeal
{
    // A P-256 key as SubjectPublicKeyInfo.
    const int PointSize = 91, TagSize = 16;

    // The key serves for one secret, so one number used once is enough.
    static readonly byte[] nonce = new byte[12];

    /// <summary>A new pair: the private half for the engine's processes, the public one for the web servers.</summary>
    public static (string Private, string Public) MakeKeys()
    {
        using var key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        return (Base64Url.EncodeToString(key.ExportPkcs8PrivateKey()), Base64Url.EncodeToString(key.ExportSubjectPublicKeyInfo()));
    }

    /// <summary>Whether a setting is a public key.</summary>
    public static bool IsPublicKey(string text)
    {
        try
        {
            using var key = Public(text);
            return true;
        }
        catch (Exception error) when (error is FormatException or CryptographicException) { return false; }
    }

    static ECDiffieHellman Public(string text)
    {
        var key = ECDiffieHellman.Create();
        key.ImportSubjectPublicKeyInfo(Base64Url.DecodeFromChars(text), out _);
        return key.KeySize == 256 ? key : throw new CryptographicException("Not a P-256 key.");
    }

    /// <param name="publicKey">Of the engine.</param>
    /// <param name="secret">What only the engine is to read.</param>
    /// <param name="place">Where it belongs: opened for another place, it is refused.</param>
    public static byte[] Seal(string publicKey, byte[] secret, string place)
    {
        using var engine = Public(publicKey);
        using var once = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var point = once.ExportSubjectPublicKeyInfo();
        using var cipher = Cipher(once, engine, point, engine);
        var sealedSecret = new byte[PointSize + secret.Length + TagSize];
        point.CopyTo(sealedSecret, 0);
        cipher.Encrypt(
            nonce, secret, sealedSecret.AsSpan(PointSize, secret.Length), sealedSecret.AsSpan(^TagSize), Encoding.UTF8.GetBytes(place));
        return sealedSecret;
    }

    /// <exception cref="CryptographicException">It was not sealed for this key and place, or was changed.</exception>
    internal static byte[] Open(ECDiffieHellman key, ReadOnlySpan<byte> sealedSecret, string place)
    {
        if (sealedSecret.Length < PointSize + TagSize) throw new CryptographicException("Too short for a sealed secret.");
        using var once = ECDiffieHellman.Create();
        once.ImportSubjectPublicKeyInfo(sealedSecret[..PointSize], out _);
        using var cipher = Cipher(key, once, sealedSecret[..PointSize], key);
        var secret = new byte[sealedSecret.Length - PointSize - TagSize];
        cipher.Decrypt(nonce, sealedSecret[PointSize..^TagSize], sealedSecret[^TagSize..], secret, Encoding.UTF8.GetBytes(place));
        return secret;
    }

    static AesGcm Cipher(ECDiffieHellman mine, ECDiffieHellman theirs, ReadOnlySpan<byte> point, ECDiffieHellman engine)
    {
        var shared = mine.DeriveRawSecretAgreement(theirs.PublicKey);
        Span<byte> key = stackalloc byte[32];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, shared, key, salt: point, info: engine.ExportSubjectPublicKeyInfo());
        CryptographicOperations.ZeroMemory(shared);
        return new(key, TagSize);
    }
}

/// <summary>The private halves that a process of the engine has. Thread-safe.</summary>
public sealed class EngineKeys
{
    public static readonly EngineKeys None = new([]);

    readonly IReadOnlyList<byte[]> keys;

    EngineKeys(IReadOnlyList<byte[]> keys) => this.keys = keys;

    /// <param name="text">Keys with commas between: the present one, and those before it, for what was sealed with them.</param>
    /// <exception cref="FormatException">Not such keys. The message does not repeat them.</exception>
    public static EngineKeys Parse(string text)
    {
        const string wrong = "Engine:Keys are what the command keys prints, with commas between.";
        try
        {
            List<byte[]> keys =
            [
                .. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                    .Select(k => Base64Url.DecodeFromChars(k)),
            ];
            foreach (var key in keys)
                using (var read = Import(key))
                    if (read.KeySize != 256) throw new FormatException(wrong);
            return new(keys);
        }
        catch (Exception error) when (error is FormatException or CryptographicException) { throw new FormatException(wrong, error); }
    }

    static ECDiffieHellman Import(byte[] key)
    {
        var read = ECDiffieHellman.Create();
        read.ImportPkcs8PrivateKey(key, out _);
        return read;
    }

    /// <exception cref="CryptographicException">It was not sealed for one of these keys and this place, or was changed.</exception>
    public byte[] Open(byte[] sealedSecret, string place)
    {
        foreach (var bytes in keys)
            try
            {
                using var key = Import(bytes);
                return EngineSeal.Open(key, sealedSecret, place);
            }
            catch (CryptographicException) { /* Perhaps for another one. */ }
        throw new CryptographicException("Sealed for no key of this process.");
    }
}
