using System.Text;
using Community.Tests.Harness;

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

    const string Quoted = "That came back, what is wrong?\n\n> <kim@example.com>: host mx.example.com[192.0.2.20] said: 550 5.1.1\n"
        + ">  User unknown (in reply to RCPT TO command)\n";

    /// <summary>What a person answers to a report, or hands on, quotes it and is none.</summary>
    [Theory]
    [InlineData("Re: Undelivered Mail Returned to Sender"), InlineData("RE: failure notice"), InlineData("AW: Unzustellbar: News")]
    [InlineData("Fwd: Delivery Status Notification (Failure)"), InlineData("WG: Undeliverable: News"), InlineData("Sv[2]: Returned mail")]
    [InlineData("返信: 配信不能"), InlineData("转发：退信"), InlineData("[Team] Re: Mail delivery failed")]
    public void A_person_who_quotes_a_report_bounces_nothing(string subject)
    {
        var head = $"From: Lee <lee@example.com>\nTo: b1@r.example.org\nSubject: {subject}\nMIME-Version: 1.0\n";
        Assert.Equal(ReturnKind.Answer, Read($"Return-Path: <lee@example.com>\n{head}\n{Quoted}").Kind);
        Assert.Equal(ReturnKind.Answer, Read($"{head}\n{Quoted}").Kind);
        // Attached as a message, and with its parts among those of the message.
        var report = Report(Group("kim@example.com", "failed", "5.1.1", "550 5.1.1 User unknown"));
        Assert.Equal(
            ReturnKind.Answer,
            Read($"{head}Content-Type: multipart/mixed; boundary=f\n\n--f\n\nSee below.\n--f\n"
                + $"Content-Type: message/rfc822\n\n{report}\n--f--\n").Kind);
        Assert.Equal(
            ReturnKind.Answer,
            Read($"{head}Content-Type: multipart/mixed; boundary=f\n\n--f\n\nSee below.\n--f\nContent-Type: message/delivery-status\n\n"
                + $"Reporting-MTA: dns; mx.example.com\n\n{Group("kim@example.com", "failed", "5.1.1")}\n--f--\n").Kind);
    }

    /// <summary>A gateway that puts its footer around a report is none who answers it.</summary>
    [Fact]
    public void A_report_with_a_footer_around_it_is_one()
    {
        var report = Report(Group("kim@example.com", "failed", "5.1.1", "550 5.1.1 User unknown"));
        var (head, body) = (report[..report.IndexOf("Content-Type:", StringComparison.Ordinal)], report[report.IndexOf("Content-Type:",
            StringComparison.Ordinal)..]);
        Assert.Equal(
            BounceClass.InvalidMailbox,
            Read($"{head}Content-Type: multipart/mixed; boundary=f\n\n--f\n{body}\n--f\n\nScanned for viruses.\n--f--\n")
                .Recipients.Single().Class);
    }

    [Theory]
    [InlineData("Question about the delivery of my mail", "My address is not valid any more, and my old mailbox does not exist.")]
    [InlineData("Could not be delivered?", "The parcel could not be delivered, since the recipient is unknown.")]
    public void A_subject_alone_closes_no_address(string subject, string text)
    {
        var read = Read($"From: Lee <lee@example.com>\nTo: b1@r.example.org\nSubject: {subject}\n\n{text}\n");
        Assert.True(read.Kind is ReturnKind.Answer || read.FailureOf(null)!.Class is BounceClass.Unknown);
    }

    [Fact]
    public void A_failure_in_a_word_of_its_own_is_one() =>
        Assert.Equal(BounceClass.InvalidMailbox, Read(Report(Group("kim@example.com", "error", "5.1.1"))).FailureOf(null)!.Class);

    /// <summary>A footer says much that is not the reason.</summary>
    [Fact]
    public void What_stands_below_a_line_is_no_reason() => Assert.Equal(
        BounceClass.InvalidMailbox,
        Read(Report(
            Group("kim@example.com", "failed", "5.1.1"),
            $"Delivery failed.\n\n{new string('_', 60)}\nScanned for viruses and offensive content.\n")).FailureOf(null)!.Class);

    [Fact]
    public void Nobody_who_says_nothing_of_a_failure_is_a_machine_that_answers() => Assert.Equal(
        ReturnKind.AutoReply,
        Read("Return-Path: <>\nFrom: Lee <lee@example.com>\nTo: b1@r.example.org\nSubject: Hello\n\n"
            + "Lee no longer works here. Her mailbox is not read, the address is no longer valid.\n").Kind);

    [Theory]
    [InlineData("[Automatyczna odpowiedź] News"), InlineData("Automatická odpověď: News"), InlineData("Automatikus válasz: News")]
    [InlineData("Automaattinen vastaus: News"), InlineData("Autosvar: News"), InlineData("Automatisk svar: News")]
    [InlineData("Automatisch antwoord: News"), InlineData("Afwezig: News"), InlineData("Resposta automática: News")]
    [InlineData("Respuesta automática: News"), InlineData("Risposta automatica: News"), InlineData("Réponse automatique : News")]
    [InlineData("Otomatik yanıt: News"), InlineData("Автоответ: News"), InlineData("Автоматична відповідь: News")]
    [InlineData("Αυτόματη απάντηση: News"), InlineData("Răspuns automat: News"), InlineData("Trả lời tự động: News")]
    [InlineData("ตอบกลับอัตโนมัติ: News"), InlineData("Balasan otomatis: News"), InlineData("رد تلقائي: News")]
    [InlineData("תשובה אוטומטית: News"), InlineData("자동 회신: News"), InlineData("自动回复: News"), InlineData("自動回覆：News")]
    [InlineData("自動応答: News"), InlineData("Abwesenheitsnotiz: News"), InlineData("Re: News (Automatic Response)")]
    [InlineData("AUTO: Lee is out of the office (returning 05/01)"), InlineData("Automatski odgovor: News")]
    public void Machines_that_answer_are_known_by_their_subject_in_many_languages(string subject) => Assert.Equal(
        ReturnKind.AutoReply,
        Read($"From: Lee <lee@example.com>\nTo: b1@r.example.org\nSubject: {subject}\n\nMy mailbox is full, user unknown.\n").Kind);

    /// <summary>What the words say is read in the character set that they are in, named as systems name it.</summary>
    [Theory]
    [InlineData("iso-2022-jp", 50220, "宛先のメールアドレスが見つかりませんでした。", BounceClass.InvalidMailbox)]
    [InlineData("shift_jis", 932, "送信先のメールボックスが一杯のため、送信できませんでした。", BounceClass.Full)]
    [InlineData("windows-31j", 932, "送信先のメールボックスが一杯のため、送信できませんでした。", BounceClass.Full)]
    [InlineData("cp932", 932, "宛先のメールアドレスが見つかりませんでした。", BounceClass.InvalidMailbox)]
    [InlineData("euc-jp", 51932, "宛先のメールアドレスが見つかりませんでした。", BounceClass.InvalidMailbox)]
    [InlineData("gb2312", 936, "收件人不存在", BounceClass.InvalidMailbox)]
    [InlineData("big5", 950, "使用者不存在", BounceClass.InvalidMailbox)]
    [InlineData("koi8-r", 20866, "Пользователь не найден", BounceClass.InvalidMailbox)]
    [InlineData("euc-kr", 51949, "수신자를 찾을 수 없습니다", BounceClass.InvalidMailbox)]
    public void Words_of_many_character_sets_are_read(string charset, int page, string words, BounceClass expected)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        byte[] message =
        [
            .. Encoding.ASCII.GetBytes("Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.com\r\nTo: b1@r.example.org\r\n"
                + $"Subject: failure notice\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset={charset}\r\n\r\n"
                + "<kim@example.com>:\r\n"),
            .. Encoding.GetEncoding(page).GetBytes(words), .. "\r\n"u8,
        ];
        Assert.Equal(expected, ReturnedMail.Read(message).Recipients.Single().Class);
    }

    [Fact]
    public void Of_several_that_failed_the_recipient_counts_else_the_mildest()
    {
        var read = Read(Report(Group("x@example.com", "failed", "5.1.1", "550 5.1.1 User unknown") + "\n"
            + Group("y@example.com", "failed", "5.2.2", "552 5.2.2 mailbox full")));
        Assert.Equal(BounceClass.InvalidMailbox, read.FailureOf("X@example.com")!.Class);
        Assert.Equal(BounceClass.Full, read.FailureOf("kim@example.com")!.Class);
        Assert.Equal(BounceClass.Full, read.FailureOf(null)!.Class);
        Assert.Null(Read(Report(Group("x@example.com", "delayed", "4.4.1"))).FailureOf("x@example.com"));
    }

    /// <summary>Outlook.com returns no report, but the message with its reader's address on top.</summary>
    [Fact]
    public void A_complaint_of_outlook_is_known_by_the_field_that_it_adds()
    {
        var read = Read("From: staff@provider.example\nTo: b1@r.example.org\nSubject: complaint about message from 192.0.2.7\n"
            + "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n"
            + $"X-HmXmrOriginalRecipient: kim@example.com\n{Original}\n--b--\n");
        Assert.Equal((ReturnKind.Complaint, "kim@example.com"), (read.Kind, read.Recipients.Single().Address));
    }

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

    /// <summary>Whoever hands a report on, answers it or complains of it has something to say; nobody's mailbox is dead for it.</summary>
    [Fact]
    public void A_report_within_what_a_person_writes_is_none()
    {
        var report = Report(Group("kim@example.com", "failed", "5.1.1", "550 5.1.1 User unknown"));
        var quoted = "> " + report.ReplaceLineEndings("\n").Replace("\n", "\n> ", StringComparison.Ordinal);
        string Mixed(string subject, string type) => $"Return-Path: <lee@example.com>\nFrom: lee@example.com\nTo: b1@r.example.org\n"
            + $"Subject: {subject}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"m\"\n\n--m\nContent-Type: text/plain\n\n"
            + $"What is this?\n\n--m\nContent-Type: {type}\n\n{report}\n--m--\n";
        foreach (var message in new[]
            {
                Mixed("Fwd: Undelivered Mail Returned to Sender", "message/rfc822"), Mixed("A question", "message/rfc822"),
                Mixed("Re: News", "text/plain"), Mixed("A question", "application/octet-stream"),
                $"From: lee@example.com\nTo: b1@r.example.org\nSubject: Re: Undelivered Mail\n\nI got this:\n\n{quoted}\n",
                $"From: lee@example.com\nTo: b1@r.example.org\nSubject: News\n\nI got this:\n\n{quoted}\n",
            })
        {
            var read = Read(message);
            Assert.False(
                read.FailureOf("kim@example.com")?.Class is BounceClass.InvalidMailbox or BounceClass.BadDomain or BounceClass.Disabled,
                message);
        }
    }

    /// <summary>A list or a forward tells of others: what is said of one of them is not said of who was written to.</summary>
    [Fact]
    public void A_report_of_many_closes_nobody_whom_it_does_not_name()
    {
        var many = Report(string.Join('\n', Enumerable.Range(0, 300).Select(n =>
            Group($"x{n}@example.com", "failed", n == 7 ? "5.2.2" : "5.1.1", n == 7 ? "552 mailbox full" : "550 5.1.1 User unknown"))));
        var read = Read(many);
        Assert.Equal(ReturnedMail.MaxRecipients, read.Recipients.Count);
        Assert.Equal(BounceClass.Full, read.FailureOf("kim@example.com")!.Class);
        Assert.Equal(BounceClass.InvalidMailbox, read.FailureOf("x8@example.com")!.Class);
    }

    /// <summary>Ten megabytes, parts without end and words that match nearly: reading has an end, and closes nobody.</summary>
    [Fact]
    public void What_is_made_to_be_slow_is_read_in_bounded_time()
    {
        static string Notice(string text) => "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.com\nTo: b1@r.example.org\n"
            + $"Subject: failure notice\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{text}\n";
        static string Many(string part) => string.Concat(Enumerable.Repeat(part, 10_000_000 / part.Length));
        ReturnedMail.Read(Encoding.UTF8.GetBytes(Notice("warm é")));
        foreach (var text in new[]
            {
                Notice(Many("adresse utilisateur ")), Notice(Many("kim@example.com ")), Notice(Many("click the link to ")),
                Notice(Many("this message is ")), Notice(Many("é ")), Notice("<" + Many("a.")), Notice(Many("---- original ")),
                "Content-Type: multipart/mixed; boundary=b\n\n" + Many("--b\n\n"),
                "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"
                    + Many("Action: failed\nStatus: 5.0.0\n\n"),
                Report(string.Concat(Enumerable.Range(0, 100).Select(n => Group(
                    $"x{n}@example.com", "failed", "5.0.0",
                    $"550 {n} {string.Concat(Enumerable.Repeat("adresse mailbox unbekann ", 80))}") + "\n"))),
                "Subject: " + Many("re: auto ") + "\n\nx\n", "Subject: x\n" + Many("X-A: b\n"),
            })
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            var cost = Cpu.Of(() => ReturnedMail.Read(bytes));
            Assert.True(cost < TimeSpan.FromSeconds(15), $"{text[..100]}: {cost}");
        }
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
