using System.Text;
using MimeKit;

namespace Community.Mail.Tests.Reading;

public sealed class IncomingTests
{
    [Theory]
    [InlineData("=?ISO-2022-JP?B?GyRCJDMkcyRLJEEkTxsoQg==?=", "こんにちは")]
    [InlineData("=?windows-31j?B?h0A=?=", "①")]
    [InlineData("=?cp932?B?h0A=?=", "①")]
    [InlineData("=?Shift_JIS?Q?=83e=83X=83g?=", "テスト")]
    [InlineData("=?EUC-JP?B?xvzL3A==?=", "日本")]
    [InlineData("=?utf-8?B?5pel5pys6A==?= =?utf-8?B?qp4=?=", "日本語")]
    public void Subjects_of_Japanese_mail_programs_are_read(string raw, string text) =>
        Assert.Equal(text, IncomingMessage.Read(Encoding.Latin1.GetBytes($"Subject: {raw}\r\n\r\nx\r\n")).Subject);

    [Fact]
    public void A_report_of_what_could_not_be_delivered_is_read()
    {
        const string report = """
            From: MAILER-DAEMON@mx.example.org
            To: b1@r.example.org
            Content-Type: multipart/report; report-type=delivery-status; boundary="b"
            MIME-Version: 1.0

            --b
            Content-Type: text/plain

            Sorry.
            --b
            Content-Type: message/delivery-status

            Reporting-MTA: dns; mx.example.org

            Final-Recipient: rfc822; anna@example.org
            Action: failed
            Status: 5.1.1
            --b--
            """;
        var message = IncomingMessage.Read(Encoding.ASCII.GetBytes(report.ReplaceLineEndings("\r\n")));
        var status = Assert.IsType<MultipartReport>(message.Body).OfType<MessageDeliveryStatus>().Single();
        Assert.Equal("5.1.1", status.StatusGroups[1]["Status"]);
    }

    [Fact]
    public void A_message_that_is_too_long_or_none_is_refused()
    {
        Assert.Throws<FormatException>(() => IncomingMessage.Read(new byte[IncomingMessage.MaxLength + 1]));
        Assert.Throws<FormatException>(() => IncomingMessage.Read(Array.Empty<byte>()));
    }
}
