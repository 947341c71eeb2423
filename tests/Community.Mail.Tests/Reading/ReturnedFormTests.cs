using System.Text;

namespace Community.Mail.Tests.Reading;

/// <summary>Reports whose form was lost on the way, and notices that have none: the same is read out of them.</summary>
public sealed class ReturnedFormTests
{
    const string Head = "Return-Path: <>\nFrom: Mail Delivery System <MAILER-DAEMON@mx.example.com>\nTo: b1@r.example.org\n"
        + "Subject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\n",
        Fields = "Reporting-MTA: dns; mx.example.com\n\nFinal-Recipient: rfc822; kim@example.com\nAction: failed\nStatus: 5.2.2\n"
            + "Diagnostic-Code: smtp; 552 5.2.2 The mailbox\n    is full\n",
        Ours = "Received: from a by b; Mon, 2 Mar 2026 10:00:00 +0900\nFrom: news@example.org\nTo: kim@example.com\nSubject: News\n"
            + "Message-ID: <1.2@example.org>\n\nHello\n";
    const string Type = "multipart/report; report-type=delivery-status",
        Whole = $"{Head}Content-Type: {Type}; boundary=\"=_b/1\"\n\nA note for old programs.\n\n--=_b/1\nContent-Type: text/plain\n\n"
            + $"Sorry.\n\n--=_b/1\nContent-Type: message/delivery-status\n\n{Fields}\n--=_b/1\nContent-Type: message/rfc822\n\n{Ours}\n"
            + "--=_b/1--\n";

    static ReturnedMail Read(string text) => ReturnedMail.Read(Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n")));

    public static TheoryData<string, string> Lost() => new()
    {
        { "nothing", Whole },
        { "the boundary's name", Whole.Replace("; boundary=\"=_b/1\"", "") },
        { "the boundary's right name", Whole.Replace("boundary=\"=_b/1\"", "boundary=\"=_b/2\"") },
        { "all boundaries", Without(l => l.StartsWith("--") || l is "Content-Type: text/plain" || l.StartsWith("Content-Type: message")) },
        { "the boundaries' lines", Without(l => l.StartsWith("--")) },
        { "that it is a report", Whole.Replace(Type, "multipart/mixed") },
        { "the type of its part", Whole.Replace(Type, "multipart/mixed").Replace("message/delivery-status", "text/plain; name=a.txt") },
        { "all its types", $"{Head}\nSorry.\n\n{Fields}\n{Ours}" },
        { "the type of its part, in another name", Whole.Replace("message/delivery-status", "message/global-delivery-status") },
        {
            "the blank line below its part's type",
            Whole.Replace("delivery-status\n\nReporting-MTA: dns; mx.example.com\n\n", "delivery-status\n")
        },
        { "the blank line between its groups", Whole.Replace("mx.example.com\n\nFinal", "mx.example.com\nFinal") },
        { "its closeness", Whole.Replace(Fields, Fields.Replace("\n", "\n\n").Replace("\n\n    is", "\n    is")) },
        { "its beginning", Whole.Replace("Sorry.", " ") },
        { "its place: a gateway has put it into a message", In("multipart/mixed", Whole) },
        { "its place: a filter has put it behind a word of its own", In("multipart/mixed", Whole, "Checked: no virus was found.") },
        { "its place: it is a message as a whole", $"{Head}Content-Type: message/rfc822\n\n{Whole}" },
        { "its sender, which is a program's name", Whole.Replace("Return-Path: <>", "Return-Path: <MAILER-DAEMON@mx.example.com>")
            .Replace("From: Mail Delivery System <MAILER-DAEMON", "From: <nobody").Replace(Type, "multipart/mixed") },
        { "its subject", Whole.Replace("Undelivered Mail Returned to Sender", "Ihre Nachricht").Replace("MAILER-DAEMON", "nobody") },
    };

    static string Without(Func<string, bool> line) => string.Join('\n', Whole.Split('\n').Where(l => !line(l)));

    static string In(string type, string whole, string word = "") =>
        $"{Head}Content-Type: {type}; boundary=\"out\"\n\n" + (word.Length > 0 ? $"--out\nContent-Type: text/plain\n\n{word}\n" : "")
            + $"--out\nContent-Type: message/rfc822\nContent-Disposition: attachment; filename=original.eml\n\n{whole}\n--out--\n";

    [Theory, MemberData(nameof(Lost))]
    public void A_report_is_read_whatever_it_has_lost(string what, string mail)
    {
        var read = Read(mail);
        Assert.True(read.Kind is ReturnKind.Bounce, $"{what}: {read.Kind}");
        var failure = read.FailureOf("kim@example.com")!;
        Assert.Equal(("kim@example.com", BounceClass.Full), (failure.Address, failure.Class));
        Assert.Single(read.Recipients, r => r.Failed);
    }

    [Theory, InlineData("Content-Type: text/plain\n"), InlineData(""), InlineData("Content-Type: text/plain; charset=us-ascii\n")]
    public void Japanese_of_which_no_character_set_is_said_is_read(string type)
    {
        var jis = Encoding.Latin1.GetString(Encoding.GetEncoding("iso-2022-jp").GetBytes("宛先のメールボックスがいっぱいです。"));
        Assert.Contains('\u001b', jis);
        var read = ReturnedMail.Read(Encoding.Latin1.GetBytes($"{Head}{type}\n<kim@example.com>\n{jis}\n"));
        Assert.Equal(("kim@example.com", BounceClass.Full), (read.FailureOf(null)?.Address, read.FailureOf(null)?.Class));
    }

    [Fact]
    public void Recipients_without_a_line_between_them_are_two()
    {
        var read = Read(Whole.Replace(
            Fields,
            Fields + "Final-Recipient: rfc822; lee@example.com\nAction: failed\nStatus: 5.1.1\n"
                + "Original-Recipient: rfc822; lee@example.com\n"));
        Assert.Equal(
            [("kim@example.com", BounceClass.Full), ("lee@example.com", BounceClass.InvalidMailbox)],
            read.Recipients.Select(r => (r.Address, r.Class)));
    }

    [Fact]
    public void What_became_of_the_message_is_said_above_its_recipient()
    {
        var read = Read(Whole.Replace(
            Fields,
            "Reporting-MTA: dns; mx.example.com\nAction: failed\nArrival-Date: Mon, 2 Mar 2026 10:00:00 +0900\n\n"
                + "Final-Recipient: rfc822; kim@example.com\nStatus: 4.2.2\nDiagnostic-Code: smtp; 452 4.2.2 The mailbox is full\n"));
        Assert.Equal((ReturnKind.Bounce, "kim@example.com"), (read.Kind, Assert.Single(read.Recipients).Address));
        Assert.Equal((true, BounceClass.Full), (read.Recipients[0].Failed, read.Recipients[0].Class));
    }

    /// <summary>What our own message was called is in many notices, above or below the reason.</summary>
    [Theory]
    [InlineData("Your message\n\n  To:      kim@example.com\n  Subject: Your mailbox is full\n  Sent:    Mon, 2 Mar 2026\n\n"
        + "did not reach the following recipient(s):\n\nkim@example.com on Mon, 2 Mar 2026\n    The recipient name is not recognized")]
    [InlineData("次のあて先に送信できませんでした。\nkim@example.com\n件名：迷惑メールとして拒否されないために\n\n宛先のユーザーは存在しません。")]
    [InlineData("Nicht zugestellt an kim@example.com\n> Betreff: Ihr Speicher ist voll\n\nUnbekannter Empfänger")]
    public void A_subject_that_is_quoted_is_no_reason(string text) =>
        Assert.Equal(BounceClass.InvalidMailbox, Read($"{Head}Content-Type: text/plain; charset=utf-8\n\n{text}\n").FailureOf(null)?.Class);

    [Fact]
    public void Who_goes_on_trying_is_known_though_its_address_is_none()
    {
        var read = Read("Return-Path: <>\nFrom: <Postmaster\\@mx.example.com@example.net>\nTo: b1@r.example.org\n"
            + "Subject: Mail Delivery Warning\n\nPlease do not reply to it.\n"
            + "Delivery to kim@example.com was postponed: the mailbox is full.\n"
            + "We will continue to try to deliver your message for some days.\n");
        Assert.Equal((ReturnKind.Report, false), (read.Kind, Assert.Single(read.Recipients).Failed));
    }

    [Fact]
    public void The_message_that_is_returned_is_ours_and_not_the_report_around_it() =>
        Assert.Equal("<1.2@example.org>", Read(In("multipart/mixed", Whole)).Original["Message-ID"]);

    /// <summary>Whoever has a name, and a program that answers with our message below it.</summary>
    [Fact]
    public void What_a_person_hands_on_stays_an_answer_and_a_machines_answer_stays_one()
    {
        var person = Whole.Replace("Return-Path: <>", "Return-Path: <kim@example.com>")
            .Replace("Mail Delivery System <MAILER-DAEMON@mx.example.com>", "Kim <kim@example.com>")
            .Replace("Undelivered", "Fwd: Undelivered");
        var head = person[..person.IndexOf("Content-Type")];
        Assert.Equal(ReturnKind.Answer, Read(In("multipart/mixed", Whole).Replace(Head, head)).Kind);
        Assert.Equal(ReturnKind.Answer, Read($"{head}\nWhat is this?\n\n{Fields}").Kind);
        var machine = "Return-Path: <>\nFrom: Kim <kim@example.com>\nTo: b1@r.example.org\nSubject: Hello\nMIME-Version: 1.0\n"
            + "Content-Type: multipart/mixed; boundary=\"b\"\n\n--b\nContent-Type: text/plain\n\n"
            + "I am at sea. Write to lee@example.com.\n\n"
            + $"--b\nContent-Type: message/rfc822\n\n{Ours}\n--b--\n";
        Assert.Equal(ReturnKind.AutoReply, Read(machine).Kind);
    }

    [Theory]
    [InlineData("A message of Monday could not be delivered to <kim@example.com>, since the mailbox is full.", BounceClass.Full)]
    [InlineData("We were unable to deliver your letter to\nkim@example.com.\nThe user is unknown.", BounceClass.InvalidMailbox)]
    [InlineData("Ihre Nachricht an kim@example.com konnte nicht zugestellt werden: Das Postfach ist voll.", BounceClass.Full)]
    [InlineData("Votre message à kim@example.com n'a pas pu être remis. La boîte est pleine.", BounceClass.Full)]
    [InlineData("Su mensaje no se pudo entregar a kim@example.com: usuario desconocido", BounceClass.InvalidMailbox)]
    [InlineData("kim@example.com 宛のメールは、メールボックスがいっぱいのため配信できませんでした。", BounceClass.Full)]
    [InlineData("您的邮件无法投递到 kim@example.com：收件人不存在", BounceClass.InvalidMailbox)]
    [InlineData("Сообщение для kim@example.com не может быть доставлено: пользователь не найден", BounceClass.InvalidMailbox)]
    public void A_notice_without_a_code_of_a_program_with_any_name_is_one(string text, BounceClass expected)
    {
        foreach (var header in new[] { "", "Auto-Submitted: auto-generated\n", "Reply-To: no-reply@app.example.net\n" })
        {
            var read = Read("Return-Path: <>\nFrom: no-reply@example.net\nTo: b1@r.example.org\nSubject: Notice\nMIME-Version: 1.0\n"
                + $"Content-Type: text/plain; charset=utf-8\n{header}\n{text}\n\n----- Original message -----\n\n{Ours}");
            Assert.Equal((ReturnKind.Bounce, "kim@example.com", expected),
                (read.Kind, read.FailureOf("kim@example.com")?.Address, read.FailureOf("kim@example.com")?.Class));
        }
        // Somebody with a name says it, or nobody is named whom it did not reach.
        Assert.NotEqual(
            ReturnKind.Bounce, Read($"Return-Path: <lee@example.com>\nFrom: lee@example.com\nSubject: Notice\n\n{text}\n").Kind);
        Assert.NotEqual(
            ReturnKind.Bounce,
            Read($"Return-Path: <>\nFrom: no-reply@example.net\nSubject: Notice\n\n{text.Replace("kim@example.com", "you")}\n").Kind);
    }
}
