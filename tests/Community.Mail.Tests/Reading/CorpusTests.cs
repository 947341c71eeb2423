using System.Text;

namespace Community.Mail.Tests.Reading;

/// <summary>
/// Many replies and notices of many systems, written after the kinds that public collections of bounces hold: replies.txt and notices.txt.
/// A share says how well the reader does; that nobody is suppressed for a fault of ours has no share.
/// </summary>
public sealed class CorpusTests
{
    const int MinPercent = 99;

    static readonly IReadOnlyList<(string Right, string Reply)> replies =
    [
        .. Lines("replies.txt").Where(l => l.Length > 0 && l[0] != '#').Select(l => l.Split('\t')).Select(p => (p[0], p[1])),
    ];

    [Fact]
    public void Replies_of_many_systems_are_of_their_class() =>
        Right(replies.Select(r => (r.Right, ReplyClass.Of(r.Reply).ToString(), r.Reply)));

    /// <summary>A report's field and diagnostic say the same as the reply alone, and so does a notice around it.</summary>
    [Fact]
    public void The_same_replies_in_a_report_are_of_the_same_class() =>
        Right(replies.Where(r => r.Right != nameof(BounceClass.Unknown)).Select(r => (r.Right, Read(
            "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.com\nTo: b1@r.example.org\nSubject: Undelivered Mail\nMIME-Version: 1.0\n"
                + "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain\n\nSorry.\n\n"
                + "--b\nContent-Type: message/global-delivery-status; charset=utf-8\n\nReporting-MTA: dns; mx.example.com\n\n"
                + "Final-Recipient: rfc822; kim@example.com\nAction: failed\nStatus: 5.0.0\n"
                + $"Diagnostic-Code: smtp; {r.Reply}\n\n--b--\n"), r.Reply)));

    [Fact]
    public void Messages_of_many_systems_are_read()
    {
        var all = new List<(string Right, string Read, string What)>();
        var (head, text) = ("", new StringBuilder());
        foreach (var line in Lines("notices.txt").Append("===== "))
            if (line.StartsWith("===== ", StringComparison.Ordinal))
            {
                if (head.Length > 0) all.Add((head.Split(' ')[0], Read(text.ToString()), head));
                (head, text) = (line[6..], new());
            }
            else if (head.Length > 0) text.Append(line).Append('\n');
        Assert.True(all.Count > 80);
        Right(all);
    }

    public static TheoryData<string> GivenUp() =>
    [
        "I'm not going to try again; this message has been in the queue too long.",
        "retry timeout exceeded",
        "The delivery time was exceeded.",
        "Message could not be delivered for too long.",
        "message expired",
    ];

    /// <summary>Who was full for days is full, not a failing system.</summary>
    [Theory, MemberData(nameof(GivenUp))]
    public void Who_gives_up_a_message_says_what_was_answered_all_the_time(string frame)
    {
        (BounceClass Right, string Said)[] replies =
        [
            (BounceClass.Full, "452 4.2.2 <kim@example.com>... Mailbox full"), (BounceClass.Full, "450 The user is over quota"),
            (BounceClass.TheirSystem, "421 Service not available"),
        ];
        foreach (var (right, said) in replies)
        {
            Assert.Equal((right, said), (ReplyClass.Of($"Remote host said: {said}\nGiving up on 192.0.2.1.\n{frame}"), said));
            Assert.Equal((right, said), (ReplyClass.Of($"host mx.example.com [192.0.2.1] said: {said}: {frame}"), said));
        }
    }

    /// <summary>A filter that refuses the message says "unknown user"; the notice beside the report shows at which command.</summary>
    [Theory]
    [InlineData(BounceClass.Filtered, ">>> DATA\n<<< 550 Unknown user kim@example.com", "")]
    [InlineData(BounceClass.Ours, ">>> MAIL FROM:<b1@r.example.org> SIZE=100\n<<< 550 Unknown user kim@example.com", "")]
    [InlineData(BounceClass.InvalidMailbox, ">>> RCPT TO:<kim@example.com>\n<<< 550 Unknown user kim@example.com", "")]
    // Commands that were sent at once: the reply to the recipient is shown behind DATA.
    [InlineData(BounceClass.InvalidMailbox, ">>> DATA\n<<< 550 Unknown user kim@example.com\n<<< 503 5.0.0 Need RCPT (recipient)", "")]
    // A line is drawn above the notice, and a sentence says when the message came.
    [InlineData(BounceClass.Filtered, ">>> DATA\n<<< 550 Unknown user kim@example.com",
        "The original message was received at Mon, 2 Mar 2026 10:00:00 +0900\nfrom mx.example.org\n\n------------------------------\n\n")]
    public void A_report_counts_where_in_the_session_it_was_said(BounceClass right, string session, string before) =>
        Assert.Equal(right.ToString(), Read(
            "Return-Path: <>\nFrom: postmaster@example.com\nTo: b1@r.example.org\nSubject: NOTICE\nMIME-Version: 1.0\n"
                + "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain\n\n"
                + $"{before}It cannot be delivered:\n\n<kim@example.com>:\n{session}\n\n--b\n"
                + "Content-Type: message/delivery-status\n\n"
                + "Reporting-MTA: dns; mx.example.org\n\nFinal-Recipient: rfc822; kim@example.com\nAction: failed\nStatus: 5.0.0\n"
                + "Diagnostic-Code: smtp; 550 Unknown user kim@example.com\n\n--b--\n"));

    /// <summary>Who said it is no word of the reason: a remote host that is rejected would blame the sender.</summary>
    [Theory]
    [InlineData("Remote host said:"), InlineData("remote mail server returned:"), InlineData("The remote server responded with:")]
    public void Who_said_it_is_no_reason(string frame)
    {
        (BounceClass Right, string Said)[] replies =
        [
            (BounceClass.InvalidMailbox, "550 5.1.1 Recipient address rejected: example.com"),
            (BounceClass.InvalidMailbox, "550 5.1.1 rejected"),
            (BounceClass.Full, "552 rejected, mailbox full"), (BounceClass.Ours, "550 5.7.1 message rejected as spam"),
        ];
        foreach (var (right, said) in replies)
            Assert.Equal((right, said), (ReplyClass.Of($"<kim@example.com>: {frame} {said}"), said));
    }

    [Theory]
    [InlineData("post_master"), InlineData("post.master"), InlineData("Postmaster"), InlineData("mailer_daemon")]
    public void A_mail_system_is_known_by_its_name_however_its_words_are_joined(string name) =>
        Assert.Equal("InvalidMailbox", Read(
            $"From: {name}@example.com\nTo: b1@r.example.org\nSubject: Re: News\n\n"
                + "Error below:\n550 no such user here: kim@example.com\n"));

    [Theory]
    [InlineData("ディレクトリにありません"), InlineData("ディレクトリに登録されていません"), InlineData("名簿には見つかりませんでした")]
    [InlineData("アドレス帳に記載されておりません"), InlineData("kim@example.com is not a valid user of this system")]
    [InlineData("The recipients are not known users on the server")]
    public void Who_stands_in_no_directory_has_no_mailbox(string said) => Assert.Equal(BounceClass.InvalidMailbox, ReplyClass.Of(said));

    static string Report(string notice, string diagnostic) => Read(
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.net\nTo: b1@r.example.org\nSubject: Undelivered Mail\nMIME-Version: 1.0\n"
            + "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n"
            + $"{notice}\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n"
            + $"Final-Recipient: rfc822; kim@example.com\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; {diagnostic}\n\n--b--\n");

    /// <summary>Postfix tells the command in the notice alone, with the reply in lines of its own.</summary>
    [Theory]
    [InlineData(BounceClass.Filtered, "550 <kim@example.com>: User unknown", "end of DATA command")]
    [InlineData(BounceClass.InvalidMailbox, "550 <kim@example.com>: User unknown", "RCPT TO command")]
    [InlineData(BounceClass.Ours, "550 <kim@example.com>: User unknown", "MAIL FROM command")]
    [InlineData(BounceClass.InvalidMailbox, "552 1 Requested mail action aborted, mailbox not found", "end of DATA command")]
    public void What_Postfix_says_behind_a_reply_counts_for_the_report(BounceClass right, string reply, string command) =>
        Assert.Equal(right.ToString(), Report(
            $"<kim@example.com>: host mx.example.com[192.0.2.7] said:\n    {reply.Replace(": ", ":\n    ")} (in reply to {command})",
            reply));

    [Theory]
    [InlineData(
        BounceClass.Full, "procmail: Quota exceeded while writing /var/mail/kim", "550 5.0.0 <kim@example.com>... Can't create output")]
    [InlineData(BounceClass.Ours, "554 5.7.1 Client host [192.0.2.7] blocked using zen.spamhaus.org", "Service unavailable")]
    [InlineData(BounceClass.TheirSystem, "Sorry.", "554 5.3.0 Service unavailable")]
    public void Where_a_program_ended_without_a_reason_the_notice_has_it(BounceClass right, string notice, string diagnostic) =>
        Assert.Equal(right.ToString(), Report($"   ----- Transcript of session follows -----\n{notice}", diagnostic));

    [Theory]
    // Blames the sender, in words that elsewhere mean a domain without mail.
    [InlineData(BounceClass.Ours, "554-No SMTP service 554-Bad DNS PTR resource record. 554 For explanation visit https://example.com/")]
    [InlineData(BounceClass.Ours, "550 You are not a registered gateway user")]
    [InlineData(BounceClass.Ours, "553 no matches to nameserver query")]
    [InlineData(BounceClass.InvalidMailbox, "554 5.7.1 <kim@example.com>: Recipient address rejected: ユーザが存在しません")]
    [InlineData(BounceClass.Filtered, "送信できませんでした。相手側の迷惑メールフィルター(受信拒否設定)により受信が拒否されました。 kim@example.com")]
    [InlineData(BounceClass.Ours, "下記の宛先に送信されたメールは、サイズが受信可能な上限(10MB)を超えているため配送できませんでした。")]
    [InlineData(BounceClass.Full, "下記の宛先は、メールボックスのサイズが上限を超えているため配送できませんでした。")]
    public void Words_that_are_used_of_another_are_told_apart(BounceClass right, string reply) =>
        Assert.Equal(right, ReplyClass.Of(reply));

    [Theory]
    [InlineData("Kim is out of the office.", "I will return on 03/09/2026.")]
    [InlineData("Kim は不在です。", "2026/03/09 に戻ります。")]
    [InlineData(
        "News (Action Required)",
        "Your email is being held because your address is not on the guest list. To have your email delivered, please click here.")]
    [InlineData("Re: News", "I'm protecting myself from junk mail. Please click the link below so I can receive your emails.")]
    public void Machines_that_say_it_in_other_words_are_machines(string subject, string text) =>
        Assert.Equal("AutoReply", Read(
            $"Return-Path: <kim@example.com>\nFrom: Kim <kim@example.com>\nTo: b1@r.example.org\nSubject: {subject}\n"
                + $"Content-Type: text/plain; charset=utf-8\n\n{text}\n"));

    /// <summary>
    /// Material that nobody has tuned on, kept outside: COMMUNITY_BOUNCES names a file of lines of two fields, the right class or kind
    /// (several apart by |, where the text allows them) and a reply, or the path of a message. A path begins with a slash.
    /// </summary>
    [Fact]
    public void What_is_kept_aside_is_read()
    {
        var file = Environment.GetEnvironmentVariable("COMMUNITY_BOUNCES");
        Assert.SkipWhen(file is null, "COMMUNITY_BOUNCES names no file");
        var rows = File.ReadLines(file!).Where(l => l.Length > 0 && l[0] != '#').Select(l => l.Split('\t', 2))
            .Select(p => (Right: p[0].Split('|'), What: p[1]))
            .Select(r => (r.Right, Read: r.What[0] == '/' ? Read(File.ReadAllBytes(r.What)) : ReplyClass.Of(r.What).ToString(), r.What))
            .ToList();
        var wrong = rows.Where(r => !r.Right.Contains(r.Read)).ToList();
        var closed = wrong.Where(r => Suppresses(r.Read) && !r.Right.Any(Suppresses)).ToList();
        var told = $"{rows.Count - wrong.Count} of {rows.Count} right, {closed.Count} wrongly closed:\n"
            + string.Join('\n', wrong.Select(r => $"{string.Join('|', r.Right)}, not {r.Read}: {r.What}"));
        TestContext.Current.TestOutputHelper?.WriteLine(told);
        Assert.True(closed.Count == 0 && wrong.Count * 20 <= rows.Count, told);
    }

    static void Right(IEnumerable<(string Right, string Read, string What)> rows)
    {
        var all = rows.ToList();
        var wrong = all.Where(r => r.Right != r.Read).ToList();
        Assert.DoesNotContain(wrong, r => Suppresses(r.Read) && !Suppresses(r.Right));
        Assert.True((all.Count - wrong.Count) * 100 >= all.Count * MinPercent,
            $"{all.Count - wrong.Count} of {all.Count}:\n{string.Join('\n', wrong.Select(r => $"{r.Right}, not {r.Read}: {r.What}"))}");
    }

    /// <summary>The classes from which an address rests after one message.</summary>
    static bool Suppresses(string meaning) =>
        meaning is nameof(BounceClass.InvalidMailbox) or nameof(BounceClass.BadDomain) or nameof(BounceClass.Disabled);

    static string Read(string message) => Read(Encoding.UTF8.GetBytes(message));

    static string Read(byte[] message)
    {
        var read = ReturnedMail.Read(message);
        return read.Kind is ReturnKind.Bounce ? read.Recipients.First(r => r.Failed).Class.ToString() : read.Kind.ToString();
    }

    static IEnumerable<string> Lines(string file)
    {
        using var reader = new StreamReader(typeof(CorpusTests).Assembly.GetManifestResourceStream($"Reading.{file}")!);
        while (reader.ReadLine() is { } line) yield return line;
    }
}
