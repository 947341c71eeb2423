using Community.Bulk;
using Community.Kernel;
using Microsoft.Extensions.Options;
using MimeKit.Cryptography;

namespace Community.Mailing;

/// <summary>The keys that sign the site's mail, as the engine gets them: encrypted for it, so that broker and ledger know none.</summary>
public sealed class EngineSigning(SiteDb db, MailSigning signing, IOptions<MailingOptions> options)
{
    /// <summary>The name of the keys that sign now, empty if none do: with other keys it is another one.</summary>
    public async Task<string> Name(CancellationToken ct) =>
        options.Value.EngineKey.Length > 0 && await signing.Pair(ct) is { } pair ? $"{pair.Selector}{(pair.SignsTwice ? "+" : "")}" : "";

    /// <summary>The keys for an offer; null if the site's mail is not signed here.</summary>
    public async Task<Signing?> Sealed(CancellationToken ct)
    {
        if (options.Value.EngineKey is not { Length: > 0 } engine || await signing.Pair(ct) is not { } pair) return null;
        if (signing.PrivateKeys(pair) is not { } keys) return null;
        return new(
            pair.Domain,
            [
                .. keys.Select(k => SealedKey.Seal(
                    engine,
                    db.Site.Key,
                    pair.Domain,
                    k.Algorithm is DkimSignatureAlgorithm.Ed25519Sha256 ? SigningAlgorithm.Ed25519Sha256 : SigningAlgorithm.RsaSha256,
                    k.Selector,
                    k.Key
                )),
            ]
        );
    }
}
