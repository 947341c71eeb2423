using Community.Mail.Mime;
using Community.Mail.Reports;
using Community.Mail.Tests.Mime;

namespace Community.Mail.Tests.Reports;

public sealed class ReportTests
{
    private const string Bounce = """
        From: MAILER-DAEMON@mx.example.net
        To: b1@r.example.org
        Content-Type: multipart/report; report-type=delivery-status; boundary=b

        --b
        Content-Type: text/plain

        Sorry.
        --b
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.example.net
        Original-Envelope-Id: t1

        Final-Recipient: rfc822; anna@example.net
        Original-Recipient: rfc822;anna+2Bx@example.net
        Action: failed
        Status: 5.2.2 (full)
        Diagnostic-Code: smtp; 552 5.2.2
         Mailbox full


        Final-Recipient: rfc822; bob@example.net
        Action: Delayed
        Status: 4.4.1
        --b
        Content-Type: text/rfc822-headers

        Message-ID: <d1@example.org>
        Subject: Hello
        --b--
        """;

    [Theory]
    [InlineData("\r\n")]
    [InlineData("\n")]
    [InlineData("\r")]
    public void A_bounce_says_which_recipient_failed_and_why(string end)
    {
        var report = Assert.IsType<MultipartReport>(Messages.Read(Bounce.ReplaceLineEndings(end)).Body);
        Assert.Equal("delivery-status", report.ReportType);
        var status = report.DeliveryStatus!;
        Assert.Equal(3, status.StatusGroups.Count);
        Assert.Equal("t1", status.OriginalEnvelopeId);
        var recipients = status.Recipients.ToList();
        Assert.Equal(
            ("failed", "anna@example.net", "anna+x@example.net", "5.2.2", 552),
            (
                recipients[0].Action,
                recipients[0].FinalRecipient,
                recipients[0].OriginalRecipient,
                recipients[0].Status,
                recipients[0].DiagnosticReply
            )
        );
        Assert.Equal("smtp; 552 5.2.2 Mailbox full", recipients[0].DiagnosticCode);
        Assert.Equal(
            ("delayed", "bob@example.net", "4.4.1", null),
            (recipients[1].Action, recipients[1].FinalRecipient, recipients[1].Status, recipients[1].DiagnosticReply)
        );
        Assert.Equal("d1@example.org", report.Original!.MessageId);
    }

    [Fact]
    public void Groups_whose_blank_line_was_lost_are_still_told_apart()
    {
        var text = Bounce.ReplaceLineEndings("\n").Replace("\n\n\nFinal", "\nFinal");
        var report = Assert.IsType<MultipartReport>(Messages.Read(text).Body);
        Assert.Equal(["failed", "delayed"], report.DeliveryStatus!.Recipients.Select(r => r.Action));
    }

    [Fact]
    public void A_report_without_the_message_or_any_field_is_read_too()
    {
        var report = Assert.IsType<MultipartReport>(
            Messages
                .Read(
                    "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n\n\nno field here\n\n--b--"
                )
                .Body
        );
        Assert.Null(report.Original);
        Assert.Null(report.ReportType);
        Assert.Empty(report.DeliveryStatus!.Recipients);
    }

    [Fact]
    public void A_bounce_of_a_bounce_keeps_both()
    {
        var outer = Bounce
            .ReplaceLineEndings("\n")
            .Replace("boundary=b\n", "boundary=outer\n")
            .Replace("--b", "--outer")
            .Replace(
                "text/rfc822-headers\n\nMessage-ID: <d1@example.org>\nSubject: Hello\n",
                "message/rfc822\n\n" + Bounce.ReplaceLineEndings("\n") + "\n"
            );
        var report = Assert.IsType<MultipartReport>(Messages.Read(outer).Body);
        Assert.Equal("d1@example.org", Assert.IsType<MultipartReport>(report.Original!.Body).Original!.MessageId);
    }

    [Fact]
    public void A_complaint_names_its_kind_and_the_return_path()
    {
        var message = Messages.Read("""
            Content-Type: multipart/report; report-type="feedback-report"; boundary=b

            --b
            Content-Type: message/feedback-report

            Feedback-Type: abuse
            User-Agent: SomeGenerator/1.0
            Version: 1
            Original-Mail-From: <b1@r.example.org>

            Original-Rcpt-To: anna@example.net
            --b
            Content-Type: message/rfc822

            Subject: Hello

            x
            --b--
            """);
        var report = Assert.IsType<MultipartReport>(message.Body);
        Assert.Equal(
            ("feedback-report", "abuse", "b1@r.example.org"),
            (report.ReportType, report.Feedback!.FeedbackType, report.Feedback.OriginalMailFrom)
        );
        Assert.Equal("anna@example.net", report.Feedback.Fields["Original-Rcpt-To"]);
        Assert.Equal("Hello", report.Original!.Subject);
    }
}
