namespace Community.Bulk;

public enum SigningAlgorithm
{
    RsaSha256,
    Ed25519Sha256,
}

/// <summary>With which keys the messages of an offer are signed (DKIM). The keys are encrypted for the engine.</summary>
/// <param name="Domain">Of the sender, in the form of the wire.</param>
/// <param name="Keys">Each makes a signature.</param>
public sealed record Signing(string Domain, IReadOnlyList<SealedKey> Keys)
{
    public const int MaxKeys = 4;

    internal string? Problem() =>
        !SealedKey.IsName(Domain, 253) || Keys.Count is 0 or > MaxKeys || !Keys.All(k => k is { IsWell: true }) ? "signing" : null;
}

/// <summary>A private key that signs, as only the engine can read it.</summary>
/// <param name="Selector">Its name in the DNS.</param>
/// <param name="Sealed">By <see cref="Seal"/>.</param>
public sealed record SealedKey(SigningAlgorithm Algorithm, string Selector, byte[] Sealed)
{
    const int MaxBytes = 8 * 1024;

    /// <summary>Encrypts a key. It can be opened for the same site, domain and name only.</summary>
    /// <param name="engineKey">The engine's public key.</param>
    public static SealedKey Seal(
        string engineKey, string site, string domain, SigningAlgorithm algorithm, string selector, byte[] key) =>
        new(algorithm, selector, EngineSeal.Seal(engineKey, key, Place(site, domain, algorithm, selector)));

    /// <exception cref="System.Security.Cryptography.CryptographicException">It is not for these keys, this site or this
    /// domain.</exception>
    public byte[] Open(EngineKeys keys, string site, string domain) => keys.Open(Sealed, Place(site, domain, Algorithm, Selector));

    static string Place(string site, string domain, SigningAlgorithm algorithm, string selector) =>
        string.Join('\n', "dkim", site, domain, algorithm, selector);

    internal bool IsWell => Enum.IsDefined(Algorithm) && IsName(Selector, 63) && Sealed.Length is > 0 and <= MaxBytes;

    // It stands in the header of messages.
    internal static bool IsName(string text, int max) =>
        text.Length > 0 && text.Length <= max && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');
}
