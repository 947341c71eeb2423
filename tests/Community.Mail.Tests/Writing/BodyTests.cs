using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Community.Mail.Tests.Writing;

public sealed class BodyTests
{
    static readonly Gen<string> texts = Gen.Elements(
            "\r\n",
            "\n",
            ".",
            "..",
            "From here\n",
            "a ",
            "\t",
            "=",
            "おはよう",
            "😀👨‍👩‍👧‍👦",
            "--=-boundary\n",
            new string('x', 1200),
            "\n.\nMAIL FROM:<a@b>\n",
            "é"
        )
        .ArrayOf()
        .Select(string.Concat);

    static readonly Gen<string> names = Gen.Elements("会員 👨‍👩‍👧‍👦", "Anna", "Anna \"A.\" B", "", new string('あ', 80));

    [Fact]
    public void Any_text_comes_back_as_it_was_in_7_bits_and_lines_of_76() =>
        Prop.ForAll(texts.ToArbitrary(), text =>
        {
            var message = Messages.Write(text: text, html: "<p>" + text);
            var wire = message.Wire();
            var (plain, html) = Reading.Wire.Parts(wire);
            Assert.Equal(text.ReplaceLineEndings("\r\n").TrimEnd(), plain.TrimEnd());
            Assert.Equal(("<p>" + text).ReplaceLineEndings("\r\n").TrimEnd(), html.TrimEnd());
            Assert.Equal(text.ReplaceLineEndings("\r\n").TrimEnd(), Messages.Again(message).TextBody!.ReplaceLineEndings("\r\n").TrimEnd());
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(150));

    [Fact]
    public void What_is_written_for_very_many_is_the_same_to_the_octet() =>
        Prop.ForAll(texts.ToArbitrary(), text =>
        {
            MailBody slow = new(text, "<p>" + text), fast = MailBody.Written(text, "<p>" + text);
            Assert.Equal(
                Messages.Write(slow).Wire().Replace(slow.Boundary!, "", StringComparison.Ordinal),
                Messages.Write(fast).Wire().Replace(fast.Boundary!, "", StringComparison.Ordinal)
            );
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Fact]
    public void A_message_written_as_octets_is_the_one_that_objects_make() =>
        Prop.ForAll(texts.ToArbitrary(), names.ToArbitrary(), (text, name) =>
        {
            var octets = new MessageOctets();
            // The second one into the same memory.
            for (var i = 0; i < 2; i++)
            {
                octets.Clear();
                octets.Mailbox("From", "茶の間", "hello@例え.example");
                octets.Mailbox("To", name, "anna..b@example.org");
                octets.Text("Subject", name + " =? ok");
                octets.Identity($"{i}.1@example.org", new DateTime(2026, 11, 2, 3, 4, 5, DateTimeKind.Utc));
                octets.Tokens("List-Unsubscribe", $"<https://example.org/{new string('x', 40)}> <mailto:a@example.org>");
                octets.Body(text, "<p>" + text);
            }
            var objects = OutgoingMessage.Write(
                ("茶の間", "hello@例え.example"),
                (name, "anna..b@example.org"),
                name + " =? ok",
                "1.1@example.org",
                new DateTime(2026, 11, 2, 3, 4, 5, DateTimeKind.Utc),
                [("List-Unsubscribe", $"<https://example.org/{new string('x', 40)}> <mailto:a@example.org>")],
                new MailBody(text, "<p>" + text)
            );
            var written = Encoding.Latin1.GetString(octets.Written.Span);
            var boundary = written[(written.IndexOf("boundary=\"", StringComparison.Ordinal) + 10)..].Split('"')[0];
            Assert.Equal(
                objects.Wire().Replace(((MimeKit.Multipart)objects.Body!).Boundary!, "", StringComparison.Ordinal),
                written.Replace(boundary, "", StringComparison.Ordinal)
            );
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(100));

    [Fact]
    public void Every_message_has_a_date_with_its_zone_an_identifier_and_a_version()
    {
        var wire = Messages.Write().Wire();
        Assert.Contains("Date: Sun, 22 Nov 2026 00:30:00 +0000\r\n", wire);
        Assert.Contains("Message-ID: <d1@example.org>\r\n", wire);
        Assert.Contains("MIME-Version: 1.0\r\n", wire);
        Assert.Contains("Content-Type: multipart/alternative;", wire);
    }

    [Fact]
    public void Japanese_takes_base64_with_CRLF_within()
    {
        var wire = Messages.Write(text: "おはよう\nこんにちは\n").Wire();
        Assert.Contains(Convert.ToBase64String(Encoding.UTF8.GetBytes("おはよう\r\nこんにちは\r\n"))[..40], wire);
    }
}
