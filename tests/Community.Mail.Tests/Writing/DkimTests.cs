using System.Diagnostics;
using System.Text;
using MimeKit;
using MimeKit.Cryptography;
using Org.BouncyCastle.Crypto;

namespace Community.Mail.Tests.Writing;

/// <summary>Signatures of messages, checked by the library's verifier and by Python's dkimpy.</summary>
public sealed class DkimTests
{
    const DkimSignatureAlgorithm Rsa = DkimSignatureAlgorithm.RsaSha256, Ed25519 = DkimSignatureAlgorithm.Ed25519Sha256;

    /// <summary>What stands in the DNS, by name.</summary>
    sealed class Zone : DkimPublicKeyLocatorBase
    {
        public Dictionary<string, string> Records { get; } = [];

        public override AsymmetricKeyParameter LocatePublicKey(
            string methods, string domain, string selector, CancellationToken cancellationToken = default) =>
            GetPublicKey(Records[$"{selector}._domainkey.{domain}"]);

        public override Task<AsymmetricKeyParameter> LocatePublicKeyAsync(
            string methods, string domain, string selector, CancellationToken cancellationToken = default) =>
            Task.FromResult(LocatePublicKey(methods, domain, selector, cancellationToken));
    }

    static (MessageSigner Signer, Zone Zone) Signer(params DkimSignatureAlgorithm[] algorithms)
    {
        var zone = new Zone();
        var keys = algorithms.Select(algorithm =>
        {
            var (key, selector) = (DkimKey.Make(algorithm), algorithm.ToString()[..3].ToLowerInvariant());
            zone.Records[$"{selector}._domainkey.gear.example"] = DkimKey.Record(algorithm, key);
            return new DkimKey(algorithm, "gear.example", selector, key);
        });
        return (new("gear.example", [.. keys]), zone);
    }

    internal static MimeMessage Write(string text, string from = "news@gear.example", string subject = "今月のお知らせ", string? replyTo = null) =>
        OutgoingMessage.Write(
            ("茶の間", from),
            ("会員", "m1@example.com"),
            subject,
            "1.1@gear.example",
            new DateTime(2026, 11, 27, 0, 0, 0, DateTimeKind.Utc),
            [
                ("List-Unsubscribe", "<https://gear.example/u/1/one-click>"),
                ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
                .. replyTo is null ? [] : new[] { ("Reply-To", $"<{replyTo}>") },
            ],
            new MailBody(text, $"<p>{text}</p>")
        );

    /// <summary>Read back from what goes over the wire, as a receiver has it.</summary>
    static List<bool> Verified(byte[] wire, Zone zone)
    {
        var read = MimeMessage.Load(new MemoryStream(wire));
        var verifier = new DkimVerifier(zone);
        return [.. read.Headers.Where(h => h.Id == HeaderId.DkimSignature).Select(h => verifier.Verify(read, h))];
    }

    static byte[] Signed(MessageSigner signer, MimeMessage message)
    {
        signer.Sign(message);
        return OutgoingMessage.ToBytes(message);
    }

    public static TheoryData<string> Texts =>
        ["Hello", "", "茶は熱いうちに。\n\n\n", ".\n..\n.x\n", new string('x', 5000), " two  spaces \t\nat the end   \n", "From here\n--\nfoot"];

    [Theory]
    [MemberData(nameof(Texts))]
    public void Every_signature_holds_after_the_wire(string text)
    {
        var (signer, zone) = Signer(Ed25519, Rsa);
        Assert.Equal([true, true], Verified(Signed(signer, Write(text)), zone));
    }

    [Fact]
    public void What_readers_see_and_programs_act_on_cannot_be_changed_or_added()
    {
        var (signer, zone) = Signer(Rsa);
        var wire = Encoding.ASCII.GetString(Signed(signer, Write("Hello")));
        Assert.Equal([true], Verified(Encoding.ASCII.GetBytes(wire), zone));
        foreach (
            var changed in new[]
            {
                wire.Replace("one-click", "0ne-click"),
                wire.Replace("List-Unsubscribe=One-Click", "List-Unsubscribe=Two-Click"),
                wire.Replace("m1@example.com", "m2@example.com"),
                wire.Replace("Hello", "Hallo"),
                wire.Replace("Message-ID: <1.1", "Message-ID: <1.2"),
                // Added above: a program that shows the first one would show this.
                "From: boss@gear.example\r\n" + wire,
                "Subject: Pay now\r\n" + wire,
                "Reply-To: thief@example.com\r\n" + wire,
            }
        )
        {
            Assert.NotEqual(wire, changed);
            Assert.Equal([false], Verified(Encoding.ASCII.GetBytes(changed), zone));
        }
        // What servers on the way add breaks nothing.
        Assert.Equal([true], Verified(Encoding.ASCII.GetBytes("Received: by mx.example; now\r\nX-Spam: no\r\n" + wire), zone));
    }

    [Fact]
    public void Messages_of_other_domains_are_not_signed_and_another_key_does_not_verify()
    {
        var (signer, zone) = Signer(Rsa);
        Assert.Empty(Verified(Signed(signer, Write("x", "news@other.example")), zone));
        Assert.Empty(Verified(Signed(signer, Write("x", "news@sub.gear.example")), zone));
        var wire = Signed(signer, Write("x", replyTo: "answers@gear.example"));
        Assert.Equal([true], Verified(wire, zone));
        zone.Records["rsa._domainkey.gear.example"] = DkimKey.Record(Rsa, DkimKey.Make(Rsa));
        Assert.Equal([false], Verified(wire, zone));
    }

    [Fact]
    public async Task Many_threads_sign_with_one_key_at_once()
    {
        var (signer, zone) = Signer(Rsa);
        var wires = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(t => Task.Run(() => Enumerable.Range(0, 20).Select(i => Signed(signer, Write($"{t} {i}"))).ToList()))
        );
        Assert.All(wires.SelectMany(w => w), wire => Assert.Equal([true], Verified(wire, zone)));
    }

    /// <summary>Reads messages and the zone from JSON, and prints for each the results of its signatures.</summary>
    const string Reader = """
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

    [Fact]
    public async Task An_independent_reader_finds_both_signatures_right()
    {
        const string python = "/usr/bin/python3";
        Assert.SkipUnless(Directory.Exists("/usr/lib/python3/dist-packages/dkim"), "python3-dkim is not installed");
        var (signer, zone) = Signer(Ed25519, Rsa);
        List<byte[]> wires = [.. Texts.Select(t => Signed(signer, Write(t.Data)))];
        var broken = Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(wires[0]).Replace("Hello", "Hallo"));
        using var process = Process.Start(new ProcessStartInfo(python, ["-c", Reader])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        await process.StandardInput.WriteAsync(
            System.Text.Json.JsonSerializer.Serialize(
                new { zone = zone.Records, messages = wires.Append(broken).Select(Convert.ToBase64String) }
            )
        );
        process.StandardInput.Close();
        var said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        var results = System.Text.Json.JsonSerializer.Deserialize<List<List<bool>>>(said)!;
        // Where Python lacks Ed25519 (python3-nacl), it judges the RSA signature alone.
        Assert.All(results.SkipLast(1), r => Assert.True(r[0], said));
        Assert.DoesNotContain(true, results[^1]);
        if (Directory.Exists("/usr/lib/python3/dist-packages/nacl")) Assert.All(results.SkipLast(1), r => Assert.True(r[1], said));
    }
}
