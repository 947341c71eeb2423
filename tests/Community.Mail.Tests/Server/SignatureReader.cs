using System.Diagnostics;
using System.Text.Json;
using MimeKit;
using MimeKit.Cryptography;
using Org.BouncyCastle.Crypto;

namespace Community.Mail.Tests.Server;

/// <summary>Checks signatures as receivers do: by the library's verifier, and apart from it by Python's dkimpy.</summary>
public sealed class SignatureReader : DkimPublicKeyLocatorBase
{
    const string Python = "/usr/bin/python3", Packages = "/usr/lib/python3/dist-packages/";

    /// <summary>Reads messages and the zone from JSON, and prints for each the results of its signatures.</summary>
    const string Program = """
        import sys, json, base64, dkim
        given = json.load(sys.stdin)
        def txt(name, timeout=5):
            return given['zone'].get((name.decode() if isinstance(name, bytes) else name).rstrip('.'), '').encode() or None
        def holds(d, i):
            try:
                return d.verify(idx=i, dnsfunc=txt)
            except dkim.DKIMException:
                return False
        out = []
        for message in given['messages']:
            d = dkim.DKIM(base64.b64decode(message))
            n = sum(1 for h in d.headers if h[0].lower() == b'dkim-signature')
            out.append([holds(d, i) for i in range(n)])
        print(json.dumps(out))
        """;

    /// <summary>What stands in the DNS, by name.</summary>
    public Dictionary<string, string> Records { get; } = [];

    public override AsymmetricKeyParameter LocatePublicKey(
        string methods, string domain, string selector, CancellationToken cancellationToken = default) =>
        GetPublicKey(Records[$"{selector}._domainkey.{domain}"]);

    public override Task<AsymmetricKeyParameter> LocatePublicKeyAsync(
        string methods, string domain, string selector, CancellationToken cancellationToken = default) =>
        Task.FromResult(LocatePublicKey(methods, domain, selector, cancellationToken));

    /// <summary>Of a message as it went over the wire: for each signature whether it holds.</summary>
    public List<bool> Verified(byte[] wire)
    {
        var read = MimeMessage.Load(new MemoryStream(wire));
        var verifier = new DkimVerifier(this);
        return [.. Signatures(read).Select(h => verifier.Verify(read, h))];
    }

    /// <summary>The names of the keys with which a message is signed.</summary>
    public static List<string> Selectors(byte[] wire) => [.. Signatures(MimeMessage.Load(new MemoryStream(wire))).Select(h => Tag(h, "s"))];

    /// <summary>The fields that the first signature of a message covers, in lower case.</summary>
    public static List<string> Covered(byte[] wire) =>
        [.. Tag(Signatures(MimeMessage.Load(new MemoryStream(wire))).First(), "h").ToLowerInvariant().Split(':')];

    static IEnumerable<Header> Signatures(MimeMessage message) => message.Headers.Where(h => h.Id == HeaderId.DkimSignature);

    static string Tag(Header header, string name) =>
        string.Concat(header.Value.Where(c => !char.IsWhiteSpace(c)))
            .Split(';').Single(t => t.StartsWith(name + "=", StringComparison.Ordinal))[(name.Length + 1)..];

    public static bool HasPython => Directory.Exists(Packages + "dkim");

    /// <summary>Where Python lacks Ed25519 (python3-nacl), it judges RSA signatures alone.</summary>
    public static bool HasPythonEd25519 => Directory.Exists(Packages + "nacl");

    /// <summary>The same by dkimpy, for each message.</summary>
    public async Task<List<List<bool>>> VerifiedByPython(IEnumerable<byte[]> wires)
    {
        using var process = Process.Start(
            new ProcessStartInfo(Python, ["-c", Program]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        await process.StandardInput.WriteAsync(
            JsonSerializer.Serialize(new { zone = Records, messages = wires.Select(Convert.ToBase64String) }));
        process.StandardInput.Close();
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return JsonSerializer.Deserialize<List<List<bool>>>(said)!;
    }
}
