using System.Text;

namespace Community.Mail.Tests.Reading;

/// <summary>What mail systems send back, in the forms that they have.</summary>
public sealed class ReturnedMailTests
{
    const string Original = "Received: from a by b; Mon, 2 Mar 2026 10:00:00 +0900\nFrom: news@example.org\nTo: kim@example.com\n"
        + "Subject: News\nMessage-ID: <1.2@example.org>\n\nHello\n";

    static ReturnedMail Read(string text) => ReturnedMail.Read(Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n")));

    static string Report(string groups, string notice = "Sorry.") =>
        "Return-Path: <>\nFrom: Mail Delivery System <MAILER-DAEMON@mx.example.com>\nTo: b1@r.example.org\n"
            + "Subject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\n"
        + $"Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\n\n--b\nContent-Type: text/plain\n\n"
        + $"{notice}\n\n--b\nContent-Type: message/delivery-status\n\n"
        + $"Reporting-MTA: dns; mx.example.com\nOriginal-Envelope-Id: E1\n\n{groups}\n--b\nContent-Type: message/rfc822\n\n"
        + $"{Original}\n--b--\n";

    static string Group(string address, string action, string status, string? diagnostic = null) =>
        $"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}\n"
        + (diagnostic is null ? "" : $"Diagnostic-Code: smtp; {diagnostic}\n");

    [Fact]
    public void Each_recipient_of_a_report_is_told_for_itself()
    {
        var read = Read(Report(Group("a@example.com", "failed", "5.1.1", "550 5.1.1 User unknown") + "\n"
            + Group("b@example.com", "delayed", "4.4.1") + "\n" + Group("c@example.com", "delivered", "2.0.0")));
        Assert.Equal((ReturnKind.Bounce, "E1", "<1.2@example.org>"), (read.Kind, read.EnvelopeId, read.Original["Message-ID"]));
        Assert.Equal(
            [
                ("a@example.com", true, BounceClass.InvalidMailbox),
                ("b@example.com", false, BounceClass.Unknown),
                ("c@example.com", false, BounceClass.Unknown),
            ],
            read.Recipients.Select(r => (r.Address, r.Failed, r.Class))
        );
    }

    [
        Theory,
        InlineData("delayed", "4.4.1"),
        InlineData("relayed", "2.0.0"),
        InlineData("relayed (to non-DSN-aware mailer)", "2.0.0"),
        InlineData("expanded", "2.1.5"),
        InlineData("delivered", "2.0.0")
    ]
    public void What_is_no_failure_is_none(string action, string status) =>
        Assert.Equal(
            (ReturnKind.Report, false),
            (
                Read(Report(Group("a@example.com", action, status))).Kind,
                Read(Report(Group("a@example.com", action, status))).Recipients[0].Failed
            )
        );

    /// <summary>No empty line at the end, two between groups, none before the first field, CR or LF alone.</summary>
    [Fact]
    public void Reports_that_are_not_quite_standard_are_read()
    {
        var whole = Report(Group("a@example.com", "failed", "5.1.1") + "\n\n" + Group("b@example.com", "failed", "5.2.2"));
        foreach (
            var text in new[]
            {
                whole,
                whole.Replace("\n\n--b", "\n--b"),
                whole.Replace("mx.example.com\nOriginal", "mx.example.com\n\nOriginal"),
            }
        )
            foreach (var ends in new[] { "\r\n", "\n", "\r" })
                Assert.Equal(
                    [("a@example.com", BounceClass.InvalidMailbox), ("b@example.com", BounceClass.Full)],
                    ReturnedMail.Read(Encoding.UTF8.GetBytes(text.ReplaceLineEndings(ends))).Recipients.Select(r => (r.Address, r.Class))
                );
    }

    [Fact]
    public void A_report_that_says_little_is_read_by_its_words_for_people()
    {
        Assert.Equal(BounceClass.Full, Read(Report(Group("a@example.com", "failed", "5.0.0"), "The mailbox is full.")).Recipients[0].Class);
        Assert.Equal(BounceClass.Unknown, Read(Report(Group("a@example.com", "failed", "5.0.0"))).Recipients[0].Class);
        // Without the headers of the original, as some return it.
        var bare = Report(Group("a@example.com", "failed", "5.1.1")).Replace(Original, "");
        Assert.Equal((ReturnKind.Bounce, BounceClass.InvalidMailbox), (Read(bare).Kind, Read(bare).Recipients[0].Class));
    }

    public static TheoryData<string, string, BounceClass> Notices() =>
        new()
        {
            {
                "Hi. This is the qmail-send program at example.com.\n"
                    + "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
                    + "This is a permanent error; I've given up. Sorry it didn't work out.\n\n<kim@example.com>:\n"
                    + "Sorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\n"
                    + Original,
                "kim@example.com",
                BounceClass.InvalidMailbox
            },
            {
                "This message was created automatically by mail delivery software.\n\n"
                    + "A message that you sent could not be delivered to one or more of its\n"
                    + "recipients. The following address(es) failed:\n\n  kim@example.com\n"
                    + "    SMTP error from remote mail server after RCPT TO:<kim@example.com>:\n"
                    + "    host mx.example.com [192.0.2.20]: 552 mailbox is full\n\n"
                    + "------ This is a copy of the message, including all the headers. ------\n\n"
                    + Original,
                "kim@example.com",
                BounceClass.Full
            },
            {
                "   ----- The following addresses had permanent fatal errors -----\n<kim@example.com>\n\n"
                    + "   ----- Transcript of session follows -----\n... while talking to mx.example.com.:\n"
                    + ">>> RCPT To:<kim@example.com>\n<<< 550 5.1.1 <kim@example.com>... User unknown\n\n"
                    + "   ----- Original message follows -----\n\n"
                    + Original,
                "kim@example.com",
                BounceClass.InvalidMailbox
            },
            {
                "Message from example.com.\nUnable to deliver message to the following address(es).\n\n<kim@example.com>:\n"
                    + "This user doesn't have an example.com account (kim@example.com) [-9]\n\n--- Original message follows.\n"
                    + "\n"
                    + Original,
                "kim@example.com",
                BounceClass.InvalidMailbox
            },
            {
                "Delivery to the following recipient failed permanently:\n\n     kim@example.com\n\n"
                    + "Technical details of permanent failure:\nThe other server returned: 550 5.7.1 message looks like spam\n\n"
                    + "----- Original message -----\n\n"
                    + Original,
                "kim@example.com",
                BounceClass.Ours
            },
            {
                "Your message did not reach some or all of the intended recipients.\n\n"
                    + "The following recipient(s) could not be reached:\n\n      kim@example.com on 3/2/26 10:00 AM\n"
                    + "            Recipient Not Found\n",
                "kim@example.com",
                BounceClass.InvalidMailbox
            },
            {
                "Unknown user: kim@example.com\n\n\nOriginal message follows.\n\n" + Original,
                "kim@example.com",
                BounceClass.InvalidMailbox
            },
            {
                "送信先のメールボックスが一杯のため、送信できませんでした。\n\n"
                + "    Could not be delivered to: <kim@example.ne.jp>\n    As their mailbox is full.\n",
                "kim@example.ne.jp",
                BounceClass.Full
            },
            {
                "------- Failure Reasons  --------\n\n宛先が見つかりません\n"
                + "kim@example.co.jp\n\n------- Returned Message --------\n"
                    + Original,
                "kim@example.co.jp",
                BounceClass.InvalidMailbox
            },
            {
                "Each of the following recipients was rejected by a remote mail server.\nThe reasons given by the server are included.\n"
                    + "\n    Recipient: <kim@example.ne.jp>\n    >>> RCPT TO:<kim@example.ne.jp>\n"
                    + "    <<< 550 <kim@example.ne.jp>: User unknown\n",
                "kim@example.ne.jp",
                BounceClass.InvalidMailbox
            },
            {
                "   ----- The following addresses had delivery problems -----\nkim@example.ne.jp\n\n"
                    + "   ----- Non-delivered information -----\n"
                    + "The number of messages in recipient's mailbox exceeded the local limit.\n",
                "kim@example.ne.jp",
                BounceClass.Full
            },
            { "It did not work. Nobody knows why.\n", "kim@example.com", BounceClass.Unknown },
        };

    [Theory, MemberData(nameof(Notices))]
    public void Notices_for_people_are_read(string body, string address, BounceClass expected)
    {
        var read = Read("Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.com\nTo: b1@r.example.org\nSubject: failure notice\n"
            + "Content-Type: text/plain; charset=utf-8\nMIME-Version: 1.0\n\n" + body.Replace("It did not work", "It did not work "
            + "for kim@example.com"));
        Assert.Equal(ReturnKind.Bounce, read.Kind);
        Assert.Equal((address, true, expected), (read.Recipients[0].Address, read.Recipients[0].Failed, read.Recipients[0].Class));
    }

    [Fact]
    public void Several_recipients_of_a_notice_are_apart()
    {
        var read = Read(
            "From: Mailer-Daemon@mx.example.com\nTo: b1@r.example.org\n"
                + "X-Failed-Recipients: a@example.com, b@example.com\nAuto-Submitted: auto-replied\nSubject: Mail delivery failed\n\n"
                + "The following address(es) failed:\n\n  a@example.com\n    550 no such user\n  b@example.com\n    452 mailbox is full\n"
        );
        Assert.Equal(
            [("a@example.com", BounceClass.InvalidMailbox), ("b@example.com", BounceClass.Full)],
            read.Recipients.Select(r => (r.Address, r.Class))
        );
    }

    [Theory]
    [InlineData("This is a warning message only.\nYou do not need to resend your message.\n<kim@example.com>: Connection timed out")]
    [InlineData("A message that you sent has not yet been delivered to one or more of its recipients\n"
        + "after more than 24 hours on the queue.\n\n  kim@example.com\n\nDelivery attempts will continue.")]
    public void We_keep_trying_is_no_bounce(string body)
    {
        var read = Read("Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.com\nTo: b1@r.example.org\n"
            + "Subject: Warning: message delayed 24 hours\n\n" + body);
        Assert.Equal((ReturnKind.Report, false), (read.Kind, read.Recipients.Any(r => r.Failed)));
    }

    [Theory]
    [InlineData("Auto-Submitted: auto-replied\nSubject: Re: News")]
    [InlineData("Auto-Submitted: auto-generated; type=vacation\nSubject: Away")]
    [InlineData("X-Autoreply: yes\nSubject: Re: News")]
    [InlineData("X-Auto-Response-Suppress: All\nSubject: Automatic reply: News")]
    [InlineData("Precedence: auto_reply\nSubject: Re: News")]
    [InlineData("Subject: Out of Office: News")]
    [InlineData("Subject: Automatische Antwort: News")]
    [InlineData("Subject: Absence du bureau")]
    [InlineData("Subject: =?utf-8?B?6Ieq5YuV6L+U5L+h?=")]
    [InlineData("Subject: =?utf-8?B?44CQ5LiN5Zyo6YCa55+l44CR?=")]
    [InlineData("Return-Path: <>\nAuto-Submitted: auto-replied\nSubject: I am away until Monday")]
    public void Machines_that_answer_bounce_nothing(string headers) =>
        Assert.Equal(ReturnKind.AutoReply, Read($"From: Kim <kim@example.com>\nTo: b1@r.example.org\n{headers}\n\n"
            + $"I am not here. My mailbox is full of mails, user unknown.\n").Kind);

    [Fact]
    public void A_receipt_is_the_answer_of_a_machine() => Assert.Equal(ReturnKind.AutoReply, Read(
        "From: kim@example.com\nSubject: Read: News\n"
            + "Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\n\nRead.\n--b\n"
            + "Content-Type: message/disposition-notification\n\nFinal-Recipient: rfc822;kim@example.com\n"
            + "Disposition: manual-action; displayed\n\n--b--\n").Kind);

    [Theory, InlineData("Re: News"), InlineData("Question about your delivery times"), InlineData("お問い合わせ")]
    public void What_a_person_writes_is_an_answer(string subject) =>
        Assert.Equal(ReturnKind.Answer, Read($"From: Kim <kim@example.com>\nTo: news@example.org\nSubject: {subject}\n"
            + $"In-Reply-To: <1.2@example.org>\n\nMy old mailbox is full, please write to kim2@example.com. 550 5.1.1\n").Kind);

    static string Feedback(string type, string rest = "") =>
        "From: fbl@provider.example\nTo: b1@r.example.org\nSubject: FW: News\nMIME-Version: 1.0\n"
            + "Content-Type: multipart/report; report-type=feedback-report; boundary=\"b\"\n\n--b\nContent-Type: text/plain\n\n"
            + "A complaint.\n"
        + $"--b\nContent-Type: message/feedback-report\n\nFeedback-Type: {type}\nUser-Agent: x/1\nVersion: 1\n{rest}\n--b\n"
        + $"Content-Type: message/rfc822\n\n{Original}\n--b--\n";

    [Fact]
    public void A_complaint_is_known_and_of_whom_only_where_it_says_so()
    {
        var named = Read(Feedback("abuse", "Original-Rcpt-To: <kim@example.com>\n"));
        Assert.Equal(
            (ReturnKind.Complaint, "kim@example.com", "<1.2@example.org>"),
            (named.Kind, named.Recipients.Single().Address, named.Original["Message-ID"])
        );
        var blotted = Read(Feedback("abuse", "Original-Rcpt-To: redacted\n"));
        Assert.Equal((ReturnKind.Complaint, (string?)null), (blotted.Kind, blotted.Recipients.Single().Address));
        Assert.Equal(ReturnKind.OptOut, Read(Feedback("opt-out")).Kind);
        foreach (var none in new[] { "auth-failure", "not-spam" }) Assert.Equal(ReturnKind.Report, Read(Feedback(none)).Kind);
    }

    /// <summary>Nothing that arrives may throw, whatever it is cut, doubled or filled with.</summary>
    [Fact]
    public void Nothing_throws()
    {
        var random = new Random(7);
        var seeds = Notices()
            .Select(n => n.Data.Item1)
            .Append(Report(Group("a@example.com", "failed", "5.1.1")))
            .Append(Feedback("abuse"))
            .Select(Encoding.UTF8.GetBytes)
            .ToList();
        for (var i = 0; i < 3000; i++)
        {
            var bytes = seeds[i % seeds.Count].ToArray();
            for (var j = random.Next(20); j > 0; j--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            ReturnedMail.Read(bytes.AsMemory(0, random.Next(bytes.Length)));
        }
        var nested = string.Concat(Enumerable.Range(0, 500).Select(n => $"Content-Type: multipart/mixed; boundary=\"b{n}\"\n\n--b{n}\n"));
        Assert.Equal(ReturnKind.Answer, Read(nested).Kind);
        Assert.Equal(ReturnKind.Answer, ReturnedMail.Read(default).Kind);
    }
}
