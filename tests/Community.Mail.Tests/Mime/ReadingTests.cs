using System.Text;
using Community.Mail.Mime;
using FsCheck;
using FsCheck.Fluent;

namespace Community.Mail.Tests.Mime;

public sealed class ReadingTests
{
    static ReadingTests() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    private const string Mixed = """
        From: =?iso-2022-jp?B?GyRCMlY7UhsoQg==?= <hanako@example.org>
        To: Group: "Smith, Anna" <anna@example.org>, bob@example.org (Bob);
        Subject: A
         folded
        	subject
        Date: Sun, 22 Nov 2026 09:30 JST (comment)
        Message-ID: <m1@example.org>
        References: <a@example.org>
         <b@example.org>
        Content-Type: multipart/mixed; boundary="b 1"

        Preamble
        --b 1
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: quoted-printable

        caf=C3=A9 =
        au lait  
        --b 1
        Content-Type: application/pdf; name="a.pdf"
        Content-Transfer-Encoding: base64

        AAEC
        /w==
        --b 1--
        Epilogue
        """;

    [Theory]
    [InlineData("\r\n")]
    [InlineData("\n")]
    [InlineData("\r")]
    public void A_message_is_read_whatever_its_line_ends(string end)
    {
        var message = Messages.Read(Mixed.ReplaceLineEndings(end));
        Assert.Equal(new MailboxAddress("花子", "hanako@example.org"), message.From.Single());
        Assert.Equal([new("Smith, Anna", "anna@example.org"), new("Bob", "bob@example.org")], message.To);
        Assert.Equal("A folded subject", message.Subject.Replace('\t', ' '));
        Assert.Equal(new DateTimeOffset(2026, 11, 22, 9, 30, 0, TimeSpan.FromHours(9)), message.Date);
        Assert.Equal("m1@example.org", message.MessageId);
        Assert.Equal(["a@example.org", "b@example.org"], message.References);
        Assert.Equal("café au lait", message.TextBody);
        var file = Assert.IsType<MimePart>(Assert.Single(message.Attachments));
        Assert.Equal(("a.pdf", "000102FF"), (file.FileName, Convert.ToHexString(file.Content.Span)));
        Assert.Equal(Mixed.Length, message.Source.Length - (Mixed.ReplaceLineEndings(end).Length - Mixed.Length));
    }

    [Theory]
    [InlineData("iso-2022-jp", "iso-2022-jp")]
    [InlineData("shift_jis", "Windows-31J")]
    [InlineData("shift_jis", "cp932")]
    [InlineData("shift_jis", "x-sjis")]
    [InlineData("euc-jp", "\"EUC-JP\"")]
    [InlineData("iso-2022-jp", "us-ascii")]
    [InlineData("utf-8", "nonsense")]
    [InlineData("utf-8", "us-ascii")]
    [InlineData("utf-16", "utf-16")]
    public void Bodies_are_read_in_every_charset(string encoding, string label)
    {
        var text = Convert.ToBase64String(Encoding.GetEncoding(encoding).GetBytes("日本語のテキスト"));
        Assert.Equal(
            "日本語のテキスト",
            Messages.Read($"Content-Type: text/plain; charset={label}\r\nContent-Transfer-Encoding: BASE64\r\n\r\n{text}").TextBody
        );
    }

    [Fact]
    public void UTF_7_is_not_decoded() =>
        Assert.Equal("+ADw-b+AD4-", Messages.Read("Content-Type: text/html; charset=utf-7\r\n\r\n+ADw-b+AD4-").HtmlBody);

    [Fact]
    public void Nesting_stops_at_its_limit()
    {
        var text = new StringBuilder();
        for (var i = 0; i < 500; i++) text.Append($"Content-Type: multipart/mixed; boundary=b{i}\r\n\r\n--b{i}\r\n");
        var message = Messages.Read(text.ToString());
        Assert.True(message.IsTruncated);
        var depth = 0;
        for (var entity = message.Body; entity is Multipart { Count: > 0 } parts; entity = parts[0]) depth++;
        Assert.Equal(ParserOptions.Default.MaxDepth, depth);
    }

    [Fact]
    public void Parts_stop_at_their_limit()
    {
        var text = "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + string.Concat(Enumerable.Repeat("--b\r\n\r\nx\r\n", 5000));
        var message = Messages.Read(text);
        Assert.True(message.IsTruncated);
        Assert.InRange(message.BodyParts.Count(), 900, 1000);
    }

    [Fact]
    public void A_message_over_the_size_limit_is_refused() =>
        Assert.Throws<InvalidDataException>(() => MimeMessage.Load(new MemoryStream(new byte[2000]), new ParserOptions { MaxSize = 1000 }));

    [Fact]
    public void A_forwarded_message_is_read_as_one()
    {
        var inner = Messages.Letter();
        var outer = Messages.Letter();
        var parts = new Multipart { new TextPart("plain", "See below") };
        parts.Add(new MessagePart(inner));
        outer.Body = parts;
        var again = Assert.IsType<MessagePart>(Assert.IsType<Multipart>(outer.Again().Body)[1]).Message;
        Assert.Equal(("Hello", "Good morning\r\n"), (again.Subject, again.TextBody + "\r\n"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\r\n")]
    [InlineData("no header at all")]
    [InlineData("Content-Type: multipart/mixed; boundary=\r\n\r\nx")]
    [InlineData("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b")]
    [InlineData("Content-Type: ;;;=\r\nFrom: <<>>,,;:\r\nDate: x\r\nSubject\r\n\r\n")]
    [InlineData("From: \"unclosed <a@b\r\nTo: (unclosed\r\n\r\n")]
    public void Broken_mail_is_read_without_an_error(string text)
    {
        var message = Messages.Read(text);
        _ = (message.TextBody, message.HtmlBody, message.Date, message.Attachments.Count());
    }

    [Fact]
    public void No_bytes_whatever_make_the_reader_throw() =>
        Prop.ForAll(
                Gen.Elements(
                        "Content-Type: multipart/mixed; boundary=b\r\n",
                        "\r\n",
                        "--b\r\n",
                        "--b--",
                        "From: ",
                        "<a@b>",
                        "=?utf-8?B?",
                        "?=",
                        ";",
                        "\"",
                        "\n",
                        "\r",
                        ":",
                        "\u00ff",
                        "Content-Type: message/rfc822\n",
                        "Content-Transfer-Encoding: base64\n",
                        "Content-Disposition: x; filename*0*=utf-8''%",
                        "=",
                        " "
                    )
                    .ArrayOf()
                    .Select(string.Concat)
                    .ToArbitrary(),
                text =>
                {
                    var message = Messages.Read(text);
                    _ = (message.TextBody, message.HtmlBody, message.Date, message.Subject, message.References.Count);
                    foreach (var part in message.BodyParts.OfType<MimePart>())
                        _ = part.Content.Length;
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(500));
}
