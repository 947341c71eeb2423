using System.Security.Cryptography;
using Community.Mail;
using MimeKit.Cryptography;

namespace Community.Bulk;

/// <summary>Opens the keys with which a site's messages are signed. In memory alone: they are written nowhere in the open.</summary>
static class OfferSigning
{
    /// <returns>Null if they are not for this engine, this site, or no keys at all.</returns>
    public static MessageSigner? Open(Signing signing, string site, EngineKeys keys)
    {
        try
        {
            return new(
                signing.Domain,
                [
                    .. signing.Keys.Select(k => new DkimKey(
                        k.Algorithm is SigningAlgorithm.RsaSha256
                            ? DkimSignatureAlgorithm.RsaSha256
                            : DkimSignatureAlgorithm.Ed25519Sha256,
                        signing.Domain,
                        k.Selector,
                        k.Open(keys, site, signing.Domain)
                    )),
                ]
            );
        }
        // Of the cipher, and of what reads the key.
        catch (Exception error) when (error is CryptographicException or ArgumentException or FormatException or IOException)
        {
            return null;
        }
    }
}
