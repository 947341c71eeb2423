using System.Text;
using Community.Mail.Mime;
using FsCheck;
using FsCheck.Fluent;

namespace Community.Mail.Tests.Mime;

public sealed class BodyTests
{
    private static readonly Gen<string> Texts = Gen.Elements(
            "a",
            " ",
            "\t",
            "=",
            ".",
            "From ",
            "\r\n",
            "\r\n.",
            "が",
            "😀",
            "--",
            "x".PadRight(75, 'x'),
            "=3D",
            "\0",
            "\u2028",
            "--=_"
        )
        .ArrayOf()
        .Select(string.Concat);

    private static readonly Config Quick = Config.QuickThrowOnFailure.WithMaxTest(300);

    [Fact]
    public void Any_bytes_come_back_from_quoted_printable_in_lines_of_76() =>
        Prop.ForAll(
                ArbMap.Default.ArbFor<byte[]>(),
                Texts.ToArbitrary(),
                (bytes, text) =>
                {
                    foreach (var content in (byte[][])[bytes, Encoding.UTF8.GetBytes(text)])
                    {
                        var encoded = QuotedPrintable.Encode(content);
                        Assert.Equal(content, QuotedPrintable.Decode(Encoding.ASCII.GetBytes(encoded)));
                        foreach (var line in encoded.Split("\r\n"))
                        {
                            Assert.InRange(line.Length, 0, 76);
                            Assert.False(
                                line.EndsWith(' ')
                                    || line.EndsWith('\t')
                                    || line.StartsWith('.')
                                    || line.StartsWith("From ", StringComparison.Ordinal),
                                line
                            );
                            Assert.DoesNotContain(line, c => c is (< ' ' and not '\t') or > '~');
                        }
                    }
                }
            )
            .Check(Quick);

    [Fact]
    public void Any_text_and_HTML_come_back_from_a_message() =>
        Prop.ForAll(Texts.ToArbitrary(), Texts.ToArbitrary(), (text, html) =>
        {
            var message = Messages.Letter();
            (message.TextBody, message.HtmlBody) = (text, html);
            Assert.All(message.Wire().Split("\r\n"), l => Assert.InRange(l.Length, 0, 76));
            var again = message.Again();
            Assert.Equal(Canonical(text), again.TextBody);
            Assert.Equal(Canonical(html), again.HtmlBody);
        }).Check(Quick);

    private static string Canonical(string text) => text.ReplaceLineEndings("\n").Replace("\n", "\r\n");

    [Fact]
    public void Japanese_takes_base64_and_plain_ASCII_stays_as_it_is()
    {
        var message = Messages.Letter();
        Assert.Contains("Content-Transfer-Encoding: 7bit\r\n\r\nGood morning", message.Wire());
        message.TextBody = "おはようございます。";
        Assert.Contains("Content-Transfer-Encoding: base64", message.Wire());
        message.TextBody = "The café opens at nine, and closes when the last guest has gone.";
        Assert.Contains("Content-Transfer-Encoding: quoted-printable\r\n\r\nThe caf=C3=A9 opens", message.Wire());
    }

    [Fact]
    public void A_lone_surrogate_in_a_body_is_refused() =>
        Assert.ThrowsAny<ArgumentException>(() => Messages.Letter().TextBody = "a\ud83d");

    [Fact]
    public void The_tree_is_mixed_of_alternative_of_text_and_related()
    {
        var builder = new BodyBuilder { TextBody = "Hi" };
        var picture = builder.LinkedResources.Add("logo.png", new byte[] { 1, 2, 3 }, new ContentType("image", "png"));
        builder.HtmlBody = $"<img src=\"cid:{picture.ContentId}\">";
        builder.Attachments.Add("請求書 2026年.pdf", new byte[] { 0, 13, 10, 255 }, new ContentType("application", "pdf"));
        var message = Messages.Letter();
        message.Body = builder.ToMessageBody();
        var again = message.Again();
        Assert.Equal(
            "multipart/mixed(multipart/alternative(text/plain,multipart/related(text/html,image/png)),application/pdf)",
            Shape(again.Body!)
        );
        Assert.Equal(("Hi", builder.HtmlBody), (again.TextBody, again.HtmlBody));
        var file = Assert.IsType<MimePart>(Assert.Single(again.Attachments));
        Assert.Equal("請求書 2026年.pdf", file.FileName);
        Assert.Equal([0, 13, 10, 255], file.Content.ToArray());
        Assert.Equal(picture.ContentId, Assert.Single(again.LinkedResources).ContentId);
        Assert.Equal(Shape(again.Body!), Shape(again.Again().Body!));
    }

    [Fact]
    public void Setting_a_text_keeps_the_attachments()
    {
        var message = Messages.Letter();
        var builder = new BodyBuilder { TextBody = "One", HtmlBody = "<p>One" };
        builder.Attachments.Add("a.txt", "x"u8.ToArray());
        message.Body = builder.ToMessageBody();
        message.TextBody = "Two";
        Assert.Equal(("Two", "<p>One", 1), (message.TextBody, message.HtmlBody, message.Attachments.Count()));
    }

    [Fact]
    public void The_boundary_stands_in_no_part()
    {
        var message = Messages.Letter();
        message.HtmlBody = "<p>x";
        var boundary = message.Again().Body!.ContentType.Boundary!;
        message.TextBody = $"quoting\r\n--{boundary}\r\n--{boundary}--\r\nend";
        var next = message.Again().Body!.ContentType.Boundary!;
        Assert.DoesNotContain(next, message.TextBody);
        Assert.Equal(message.TextBody, message.Again().TextBody);
    }

    private static string Shape(MimeEntity entity) =>
        entity.ContentType.MimeType + (entity is Multipart parts ? $"({string.Join(',', parts.Select(Shape))})" : "");
}
