using System.Text;
using Community.Mail.Tests.Server;
using MimeKit;
using MimeKit.Cryptography;

namespace Community.Mail.Tests.Writing;

/// <summary>Signatures of messages, checked by the library's verifier and by Python's dkimpy.</summary>
public sealed class DkimTests
{
    const DkimSignatureAlgorithm Rsa = DkimSignatureAlgorithm.RsaSha256, Ed25519 = DkimSignatureAlgorithm.Ed25519Sha256;

    static (MessageSigner Signer, SignatureReader Reader) Signer(params DkimSignatureAlgorithm[] algorithms)
    {
        var reader = new SignatureReader();
        var keys = algorithms.Select(algorithm =>
        {
            var (key, selector) = (DkimKey.Make(algorithm), algorithm.ToString()[..3].ToLowerInvariant());
            reader.Records[$"{selector}._domainkey.gear.example"] = DkimKey.Record(algorithm, key);
            return new DkimKey(algorithm, "gear.example", selector, key);
        });
        return (new("gear.example", [.. keys]), reader);
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
        var (signer, reader) = Signer(Ed25519, Rsa);
        Assert.Equal([true, true], reader.Verified(Signed(signer, Write(text))));
    }

    [Fact]
    public void What_readers_see_and_programs_act_on_cannot_be_changed_or_added()
    {
        var (signer, reader) = Signer(Rsa);
        var wire = Encoding.ASCII.GetString(Signed(signer, Write("Hello")));
        Assert.Equal([true], reader.Verified(Encoding.ASCII.GetBytes(wire)));
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
            Assert.Equal([false], reader.Verified(Encoding.ASCII.GetBytes(changed)));
        }
        // What servers on the way add breaks nothing.
        Assert.Equal([true], reader.Verified(Encoding.ASCII.GetBytes("Received: by mx.example; now\r\nX-Spam: no\r\n" + wire)));
    }

    [Fact]
    public void Messages_of_other_domains_are_not_signed_and_another_key_does_not_verify()
    {
        var (signer, reader) = Signer(Rsa);
        Assert.Empty(reader.Verified(Signed(signer, Write("x", "news@other.example"))));
        Assert.Empty(reader.Verified(Signed(signer, Write("x", "news@sub.gear.example"))));
        var wire = Signed(signer, Write("x", replyTo: "answers@gear.example"));
        Assert.Equal([true], reader.Verified(wire));
        reader.Records["rsa._domainkey.gear.example"] = DkimKey.Record(Rsa, DkimKey.Make(Rsa));
        Assert.Equal([false], reader.Verified(wire));
    }

    [Fact]
    public async Task Many_threads_sign_with_one_key_at_once()
    {
        var (signer, reader) = Signer(Rsa);
        var wires = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(t => Task.Run(() => Enumerable.Range(0, 20).Select(i => Signed(signer, Write($"{t} {i}"))).ToList()))
        );
        Assert.All(wires.SelectMany(w => w), wire => Assert.Equal([true], reader.Verified(wire)));
    }

    [Fact]
    public async Task An_independent_reader_finds_both_signatures_right()
    {
        Assert.SkipUnless(SignatureReader.HasPython, "python3-dkim is not installed");
        var (signer, reader) = Signer(Ed25519, Rsa);
        List<byte[]> wires = [.. Texts.Select(t => Signed(signer, Write(t.Data)))];
        var broken = Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(wires[0]).Replace("Hello", "Hallo"));
        var results = await reader.VerifiedByPython(wires.Append(broken));
        Assert.All(results.SkipLast(1), r => Assert.True(r[0]));
        Assert.DoesNotContain(true, results[^1]);
        if (SignatureReader.HasPythonEd25519) Assert.All(results.SkipLast(1), r => Assert.True(r[1]));
    }
}
