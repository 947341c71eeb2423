using System.Collections.Concurrent;
using System.Security.Cryptography;
using MimeKit;
using MimeKit.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Security;

namespace Community.Mail;

/// <summary>
/// A private key that signs messages of one domain (DKIM: RFC 6376, Ed25519 by RFC 8463). Used by several threads at once.
/// </summary>
public sealed class DkimKey
{
    /// <summary>Receivers must check 1,024 to 2,048 bits, and a longer key does not fit into one text of the DNS (RFC 8301 §3.2).</summary>
    const int RsaBits = 2048;

    /// <summary>
    /// What a reader sees, and what mail programs act on. Those that stand twice may not be added to on the way: a second From, or an
    /// answer address that the message did not have, makes the signature fail.
    /// </summary>
    static readonly string[] signed =
    [
        "From", "From", "To", "To", "Subject", "Subject", "Date", "Date", "Message-ID", "Message-ID", "Reply-To", "Reply-To",
        // Not Content-Language: the library writes it among the message's fields, and reads it among the body's.
        "MIME-Version", "Content-Type", "Auto-Submitted", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post",
        "Feedback-ID", "In-Reply-To", "References",
    ];
    static readonly FormatOptions format = OutgoingMessage.Format();

    readonly DkimSigner signer;

    /// <param name="algorithm">RsaSha256 or Ed25519Sha256.</param>
    /// <param name="domain">Whose messages it signs, in the form of the wire.</param>
    /// <param name="selector">Under which name its public half is published: <c>selector._domainkey.domain</c>.</param>
    /// <param name="key">What <see cref="Make"/> returned.</param>
    public DkimKey(DkimSignatureAlgorithm algorithm, string domain, string selector, byte[] key)
    {
        signer = algorithm is DkimSignatureAlgorithm.Ed25519Sha256
            ? new DkimSigner(new Ed25519PrivateKeyParameters(key), domain, selector, algorithm)
            : new RsaSigner(key, domain, selector);
        signer.HeaderCanonicalizationAlgorithm = signer.BodyCanonicalizationAlgorithm = DkimCanonicalizationAlgorithm.Relaxed;
    }

    /// <summary>A new private key.</summary>
    public static byte[] Make(DkimSignatureAlgorithm algorithm)
    {
        if (algorithm is DkimSignatureAlgorithm.Ed25519Sha256) return RandomNumberGenerator.GetBytes(Ed25519PrivateKeyParameters.KeySize);
        using var rsa = RSA.Create(RsaBits);
        return rsa.ExportPkcs8PrivateKey();
    }

    /// <summary>The text to publish under the selector: the public half of a private key.</summary>
    public static string Record(DkimSignatureAlgorithm algorithm, byte[] key)
    {
        if (algorithm is DkimSignatureAlgorithm.Ed25519Sha256)
            return "v=DKIM1; k=ed25519; p=" + Convert.ToBase64String(new Ed25519PrivateKeyParameters(key).GeneratePublicKey().GetEncoded());
        using var rsa = RSA.Create();
        rsa.ImportPkcs8PrivateKey(key, out _);
        return "v=DKIM1; k=rsa; p=" + Convert.ToBase64String(rsa.ExportSubjectPublicKeyInfo());
    }

    /// <summary>Adds the signature to a message that is not changed afterwards.</summary>
    public void Sign(MimeMessage message)
    {
        // The library adds it when it writes the message, which would be after it was signed.
        message.MimeVersion ??= new Version(1, 0);
        // Fields that the message lacks are named once: so they cannot be added.
        signer.Sign(format, message, [.. signed.Where((field, i) => i == Array.IndexOf(signed, field) || message.Headers.Contains(field))]);
    }

    /// <summary>With the platform's RSA: a tenth of what the library's own takes.</summary>
    sealed class RsaSigner(byte[] key, string domain, string selector)
        : DkimSigner(PrivateKeyFactory.CreateKey(key), domain, selector, DkimSignatureAlgorithm.RsaSha256)
    {
        // One is not for several threads at once.
        readonly ConcurrentBag<RSA> idle = [];

        protected override ISigner CreateSigningContext() => new Context(this);

        byte[] SignHash(byte[] hash)
        {
            if (!idle.TryTake(out var rsa))
            {
                rsa = RSA.Create();
                rsa.ImportPkcs8PrivateKey(key, out _);
            }
            try { return rsa.SignHash(hash, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1); }
            finally { idle.Add(rsa); }
        }

        sealed class Context(RsaSigner of) : ISigner
        {
            readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

            public string AlgorithmName => "SHA-256withRSA";
            public void Init(bool forSigning, ICipherParameters parameters) { }
            public void Update(byte input) => hash.AppendData([input]);
            public void BlockUpdate(byte[] input, int inOff, int inLen) => hash.AppendData(input, inOff, inLen);
            public void BlockUpdate(ReadOnlySpan<byte> input) => hash.AppendData(input);
            public int GetMaxSignatureSize() => RsaBits / 8;
            public byte[] GenerateSignature() => of.SignHash(hash.GetHashAndReset());
            public bool VerifySignature(byte[] signature) => throw new NotSupportedException();
            public void Reset() => hash.GetHashAndReset();
        }
    }
}

/// <summary>Signs the messages of one domain with each of its keys; messages of other domains stay as they are.</summary>
/// <param name="domain">In the form of the wire.</param>
/// <param name="keys">The receiver takes the one that it knows.</param>
public sealed class MessageSigner(string domain, IReadOnlyList<DkimKey> keys)
{
    /// <summary>Call last: a message that is changed afterwards has a broken signature.</summary>
    public void Sign(MimeMessage message)
    {
        if (message.From.Mailboxes.FirstOrDefault()?.Domain is not { } from) return;
        if (!string.Equals(from, domain, StringComparison.OrdinalIgnoreCase)) return;
        foreach (var key in keys) key.Sign(message);
    }
}
