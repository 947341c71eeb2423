using Community.Tests.Harness;

namespace Community.Mail.Tests.Reading;

/// <summary>What servers answer, and what it means for the sender.</summary>
public sealed class ReplyClassTests
{
    const BounceClass Invalid = BounceClass.InvalidMailbox, Domain = BounceClass.BadDomain, Disabled = BounceClass.Disabled,
        Full = BounceClass.Full, Ours = BounceClass.Ours, Theirs = BounceClass.TheirSystem, Filtered = BounceClass.Filtered;

    public static TheoryData<BounceClass, string> Replies() => new()
    {
        { Invalid, "550 5.1.1 <kim@example.com>: Recipient address rejected: User unknown in local recipient table" },
        { Invalid, "550 5.1.1 <kim@example.com>... User unknown" },
        { Invalid, "550-5.1.1 The email account that you tried to reach does not exist. Please try 550-5.1.1 double-checking the "
            + "recipient's email address for typos or 550-5.1.1 unnecessary spaces. For more information, go to 550 5.1.1 "
            + "https://support.example.com/mail/?p=NoSuchUser" },
        { Invalid, "554 delivery error: dd This user doesn't have a example.com account (kim@example.com) [0] - mta1.example.com" },
        { Invalid, "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302)." },
        { Invalid, "550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [DB5.example.com]" },
        { Invalid, "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient kim@example.com not found by SMTP address lookup" },
        { Invalid, "550 sorry, no mailbox here by that name (#5.1.1 - chkusr)" },
        // au's answer for a subscriber's filter; a mailbox that is not there has its address before the colon.
        { Filtered, "550 : User unknown" },
        { Invalid, "550 <kim@example.ne.jp>: User unknown" },
        { Invalid, "550 El usuario no existe" },
        { Invalid, "550 Endereço kim@example.com inexistente" },
        { Invalid, "550 Адрес получателя не существует" },
        { Invalid, "수신자를 찾을 수 없습니다" },
        { Invalid, "550 用戶不存在" },
        { Invalid, "550 sorry, that address is not in my list of allowed recipients" },
        { Disabled, "550 This mailbox has been blocked due to inactivity" },
        { Theirs, "Sorry, I wasn't able to establish an SMTP connection. (#4.4.1) I'm not going to try again" },
        { Ours, "554 DT:SPM 126 smtp1,DMCowMDo http://mail.example.com/help/help_spam_16.htm" },
        { Ours, "550 5.2.0 Mail rejete. Mail rejected. ofr_506 [506]" },
        { Ours, "554 IP=192.0.2.1 - A problem occurred. (Ask your postmaster for help or to contact tosa@example.de to clarify.) (BL)" },
        { Invalid, "550 Unknown user kim@example.ne.jp" },
        { Invalid, "Sorry, no mailbox here by that name. vpopmail (#5.1.1)" },
        { Invalid, "550 No Such User Here" },
        { Invalid, "550 5.0.0 Unknown recipient address" },
        { Invalid, "550 Invalid recipient <kim@example.com> (#5.1.1)" },
        { Invalid, "550 unrouteable address" },
        { Invalid, "550 5.2.1 Mailbox does not exist" },
        { Invalid, "550 Account kim@example.com does not exist" },
        { Invalid, "511 sorry, no mailbox here by that name (#5.1.1 - chkuser)" },
        { Invalid, "551 not our customer" },
        { Invalid, "550 #5.1.0 Address rejected." },
        { Invalid, "553 5.3.0 <kim@example.com>... No such user" },
        { Invalid, "550 kim@example.com is not a valid mailbox" },
        { Invalid, "550 Empfänger unbekannt" },
        { Invalid, "550 宛先のメールアドレスが見つかりませんでした" },
        { Invalid, "ディレクトリのリストにありません 宛先が存在しません" },
        { Invalid, "553 5.1.3 The recipient address <kim@@example> is not a valid RFC-5321 address." },
        { Invalid, "550 5.1.6 recipient no longer on server: kim@example.com" },
        { Domain, "Host or domain name not found. Name service error for name=nowhere.example type=A: Host not found" },
        { Domain, "550 Host unknown" },
        { Domain, "Domain nowhere.example does not accept mail (nullMX)" },
        { Domain, "5.1.2 Bad destination host 'DNS Hard Error looking up nowhere.example (MX): NXDomain'" },
        { Domain, "Sorry, I couldn't find any host named nowhere.example. (#5.1.2)" },
        { Domain, "all relevant MX records point to non-existent hosts" },
        { Domain, "550 5.4.4 Invalid domain name" },
        { Domain, "556 5.1.10 Domain does not accept mail" },
        { Disabled, "550 5.2.1 The email account that you tried to reach is disabled. Learn more at "
            + "https://support.example.com/mail/?p=DisabledUser" },
        { Disabled, "550 5.2.1 <kim@example.com>... Mailbox disabled for this recipient" },
        { Disabled, "554 delivery error: dd Sorry your message to kim@example.com cannot be delivered. This account has been "
            + "disabled or discontinued [#102]." },
        { Disabled, "550 Account inactive" },
        { Disabled, "550 user account is suspended" },
        { Disabled, "The user(s) account is disabled." },
        { Disabled, "525 5.7.13 Disabled recipient address" },
        { Full, "552-5.2.2 The email account that you tried to reach is over quota. Please direct 552-5.2.2 the recipient to "
            + "https://support.example.com" },
        { Full, "452-4.2.2 The email account that you tried to reach is over quota" },
        { Full, "554 5.2.2 mailbox full" },
        { Full, "552 5.2.2 Over quota" },
        { Full, "The user(s) account is temporarily over quota." },
        { Full, "552 Requested mail action aborted: exceeded storage allocation" },
        { Full, "The number of messages in recipient's mailbox exceeded the local limit." },
        { Full, "550 5.7.1 Mailbox is full, the message was not accepted" },
        { Full, "送信先のメールボックスが一杯のため、送信できませんでした。" },
        { Full, "552 4.2.2 Mailbox size limit exceeded" },
        { Ours, "550 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.org; "
            + "https://www.spamhaus.org/query/ip/192.0.2.7" },
        { Ours, "550 5.7.1 Message rejected as spam by Content Filtering." },
        { Ours, "554 5.7.1 <kim@example.com>: Recipient address rejected: Message rejected due to: SPF fail - not authorized" },
        { Ours, "550-5.7.26 This mail has been blocked because the sender is unauthenticated. 550-5.7.26 requires all senders to "
            + "authenticate with either SPF or DKIM." },
        { Ours, "550-5.7.1 [192.0.2.7] Our system has detected that this message is likely unsolicited mail." },
        { Ours, "421 4.7.0 [TSS04] Messages from 192.0.2.7 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1" },
        { Ours, "553 5.1.8 <news@example.org>... Domain of sender address news@example.org does not exist" },
        { Ours, "550 5.1.1 <kim@example.com> rejected: this message looks like spam" },
        { Ours, "550 5.1.1 kim@example.com: mail from 192.0.2.7 refused, see blocklist" },
        { Ours, "554 5.7.1 <kim@example.com>: Relay access denied" },
        { Ours, "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)" },
        { Ours, "550 5.7.1 Unable to relay for kim@example.com" },
        { Ours, "552 5.3.4 Message size exceeds fixed limit" },
        { Ours, "552 5.7.0 Our system detected an illegal attachment on your message." },
        { Ours, "550 5.7.515 Access denied, sending domain EXAMPLE.ORG does not meet the required authentication level" },
        { Ours, "550 5.7.509 Access denied, sending domain example.org does not pass DMARC verification and has a DMARC policy of "
            + "reject." },
        { Ours, "554 IP=192.0.2.7 - A problem occurred. (Ask your postmaster for help or to contact tosa@rx.example.com to "
            + "clarify.) Sender blacklisted" },
        { Ours, "550 5.7.25 [192.0.2.7] The IP address sending this message does not have a PTR record setup" },
        { Ours, "450 4.7.1 <kim@example.com>: Recipient address rejected: Greylisted" },
        { Ours, "550 SC-001 (COL004) Unfortunately, messages from 192.0.2.7 weren't sent. Please contact your Internet service "
            + "provider since part of their network is on our block list" },
        { Ours, "554 Transaction failed because of policy reasons" },
        { Ours, "530 5.7.0 Must issue a STARTTLS command first" },
        { Ours, "550 This message contains a virus" },
        { Ours, "554 5.6.0 Message contains invalid header" },
        { Ours, "550 5.7.1 Access denied" },
        { Ours, "450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages: rate limit" },
        { Theirs, "connect to mx.example.com[192.0.2.9]:25: Connection timed out" },
        { Theirs, "451 4.3.0 Temporary lookup failure" },
        { Theirs, "421 example.com (smtp)... Deferred: Connection timed out during user open with example.com" },
        { Theirs, "4.4.7 Message expired: unable to deliver in 840 minutes" },
        { Theirs, "451 Requested action aborted: local error in processing" },
        { Theirs, "554 5.3.5 Local configuration error" },
        { Theirs, "550 5.4.6 Routing loop detected" },
        { Theirs, "452 4.3.1 Insufficient system storage" },
        { Theirs, "Delivery time expired" },
        { Filtered, "550 5.7.1 Rejected by the recipient's filter" },
        { BounceClass.Unknown, "550 5.0.0" },
        { BounceClass.Unknown, "554 Transaction failed" },
        { BounceClass.Unknown, "" },
    };

    [Theory, MemberData(nameof(Replies))]
    public void A_reply_is_of_its_class(BounceClass expected, string reply) => Assert.Equal(expected, ReplyClass.Of(reply));

    [Theory]
    [
        InlineData("5.1.1", Invalid),
        InlineData("5.1.3", Invalid),
        InlineData("5.1.6", Invalid),
        InlineData("5.1.10", Invalid),
        InlineData("5.7.17", Invalid)
    ]
    [InlineData("5.1.2", Domain), InlineData("5.4.4", Domain), InlineData("5.7.18", Domain)]
    [InlineData("5.2.1", Disabled), InlineData("4.2.1", Disabled), InlineData("5.2.2", Full), InlineData("4.2.2", Full)]
    [InlineData("5.7.1", Ours), InlineData("5.1.8", Ours), InlineData("5.6.0", Ours), InlineData("4.7.0", Ours), InlineData("5.7.26", Ours)]
    [
        InlineData("4.4.1", Theirs),
        InlineData("5.3.0", Theirs),
        InlineData("5.4.6", Theirs),
        InlineData("4.1.1", Theirs),
        InlineData("4.0.0", Theirs)
    ]
    [InlineData("5.0.0", BounceClass.Unknown), InlineData("5.2.4", BounceClass.Unknown)]
    public void Without_words_the_code_decides(string status, BounceClass expected) => Assert.Equal(expected, ReplyClass.Of("", status));

    /// <summary>Names are chosen by anybody.</summary>
    [Fact]
    public void Names_of_hosts_and_people_mean_nothing()
    {
        Assert.Equal(Invalid, ReplyClass.Of("host spam.blocklist.example.com[192.0.2.9] said: 550 5.1.1 User unknown"));
        Assert.Equal(Invalid, ReplyClass.Of("550 5.1.1 <no.spam.virus@policy.example.com>: User unknown"));
        Assert.Equal(Full, ReplyClass.Of("552 5.2.2 <user.unknown@spamtrap.example.com>: mailbox full"));
        Assert.Equal(
            Domain, ReplyClass.Of("Host or domain name not found. Name service error for name=spam.example type=A: Host not found"));
    }

    [Fact]
    public void Where_report_and_reply_disagree_the_reply_wins()
    {
        Assert.Equal(Theirs, ReplyClass.Of("450 4.3.2 come back", "5.0.0"));
        Assert.Equal(Ours, ReplyClass.Of("550 5.7.1 no", "5.1.1"));
    }

    /// <summary>Whoever sends it decides what it is: neither length nor repetition may cost more than reading it.</summary>
    [Fact]
    public void A_hostile_reply_is_read_in_bounded_time()
    {
        ReplyClass.Of("warm");
        foreach (var part in new[] { "mailbox ", "user user ", "a", "sender is not ", "exceed ", "\r\n", "ユーザ", "5.1", "(", "domain not " })
        {
            var cost = Cpu.Of(() => ReplyClass.Of(string.Concat(Enumerable.Repeat(part, 500_000 / part.Length))));
            Assert.True(cost < TimeSpan.FromSeconds(5), $"{part}: {cost}");
        }
    }
}
