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
        { Ours, "host mx.example.com[192.0.2.9] said: 554 No Resent-From field given" },
        { Ours, "554 5.0.0 two Message-ID: header lines" },
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

    /// <summary>
    /// Every code of the registry (RFC 3463, 5248 and those that added to it: 4954, 5336, 6710, 7293, 7372, 7504, 7505, 8616, 8689), with
    /// what it means as 5 and as 4. Where the first digit says nothing the class stands once.
    /// </summary>
    [Theory]
    [InlineData("0.0", BounceClass.Unknown, Theirs), InlineData("1.0", BounceClass.Unknown, Theirs), InlineData("1.1", Invalid, Theirs)]
    [InlineData("1.2", Domain, Theirs), InlineData("1.3", Invalid, Theirs), InlineData("1.4", Invalid, Theirs)]
    [InlineData("1.5", BounceClass.Unknown, Theirs), InlineData("1.6", Invalid, Theirs), InlineData("1.7", Ours), InlineData("1.8", Ours)]
    [InlineData("1.9", Ours), InlineData("1.10", Invalid, Theirs), InlineData("2.0", BounceClass.Unknown, Theirs)]
    [InlineData("2.1", Disabled), InlineData("2.2", Full), InlineData("2.3", Ours), InlineData("2.4", BounceClass.Unknown)]
    [InlineData("3.0", Theirs), InlineData("3.1", Theirs), InlineData("3.2", Theirs), InlineData("3.3", Theirs), InlineData("3.4", Ours)]
    [InlineData("3.5", Theirs), InlineData("3.6", Theirs), InlineData("4.0", Theirs), InlineData("4.1", Theirs), InlineData("4.2", Theirs)]
    [InlineData("4.3", Theirs), InlineData("4.4", Domain, Theirs), InlineData("4.5", Theirs), InlineData("4.6", Theirs)]
    [InlineData("4.7", Theirs), InlineData("5.0", Ours, Theirs), InlineData("5.1", Ours), InlineData("5.2", Ours), InlineData("5.3", Ours)]
    [InlineData("5.4", Ours), InlineData("5.5", Ours), InlineData("5.6", Ours), InlineData("6.0", Ours), InlineData("6.1", Ours)]
    [InlineData("6.2", Ours), InlineData("6.3", Ours), InlineData("6.4", Ours), InlineData("6.5", Ours), InlineData("6.6", Ours)]
    [InlineData("6.7", Ours), InlineData("6.8", Ours), InlineData("6.9", Ours), InlineData("6.10", Ours), InlineData("7.0", Ours)]
    [InlineData("7.1", Ours), InlineData("7.2", Ours), InlineData("7.3", Ours), InlineData("7.4", Ours), InlineData("7.5", Ours)]
    [InlineData("7.6", Ours), InlineData("7.7", Ours), InlineData("7.8", Ours), InlineData("7.9", Ours), InlineData("7.10", Ours)]
    [InlineData("7.11", Ours), InlineData("7.12", Ours), InlineData("7.13", Ours), InlineData("7.14", Ours), InlineData("7.15", Ours)]
    [InlineData("7.16", Ours), InlineData("7.17", Invalid), InlineData("7.18", Domain), InlineData("7.19", Ours), InlineData("7.20", Ours)]
    [InlineData("7.21", Ours), InlineData("7.22", Ours), InlineData("7.23", Ours), InlineData("7.24", Ours), InlineData("7.25", Ours)]
    [InlineData("7.26", Ours), InlineData("7.27", Ours), InlineData("7.28", Ours), InlineData("7.29", Ours), InlineData("7.30", Ours)]
    public void Each_code_of_the_registry_has_one_class(string code, BounceClass permanent, BounceClass? transient = null)
    {
        Assert.Equal(permanent, ReplyClass.Of("", $"5.{code}"));
        Assert.Equal(transient ?? permanent, ReplyClass.Of("", $"4.{code}"));
        // The same where the text has it, and no field.
        if (permanent is not BounceClass.Unknown) Assert.Equal(permanent, ReplyClass.Of($"5.{code}"));
    }

    [Theory]
    [InlineData("421", Theirs), InlineData("450", Theirs), InlineData("451", Theirs), InlineData("452", Theirs), InlineData("471", Theirs)]
    [InlineData("521", Domain), InlineData("556", Domain), InlineData("530", Ours), InlineData("534", Ours), InlineData("535", Ours)]
    [InlineData("538", Ours), InlineData("552", Full), InlineData("550", BounceClass.Unknown), InlineData("551", BounceClass.Unknown)]
    [InlineData("553", BounceClass.Unknown), InlineData("554", BounceClass.Unknown), InlineData("500", BounceClass.Unknown)]
    public void Without_words_and_enhanced_code_the_reply_code_decides(string code, BounceClass expected) =>
        Assert.Equal(expected, ReplyClass.Of($"{code} x"));

    /// <summary>The reasons that other readers of bounces tell apart, each by what servers say for it: each has one class here.</summary>
    [Theory]
    [InlineData("user unknown", Invalid, "550 5.1.1 User unknown"), InlineData("moved", Invalid, "551 5.1.6 User has moved; try another")]
    [InlineData("mailbox full", Full, "552 5.2.2 Mailbox full"), InlineData("host unknown", Domain, "550 5.1.2 Host unknown")]
    [InlineData("no MX", Domain, "556 5.1.10 Recipient address has null MX"), InlineData("suspended", Disabled, "550 Account suspended")]
    [InlineData("filtered", Filtered, "550 5.7.1 Rejected by the recipient's filter"), InlineData("rejected", Ours, "550 Sender rejected")]
    [InlineData("spam", Ours, "554 5.7.1 Spam message rejected"), InlineData("virus", Ours, "554 5.7.1 Virus found in message")]
    [InlineData("blocked", Ours, "554 Client host [192.0.2.1] blocked"), InlineData("reputation", Ours, "550 Poor reputation of domain")]
    [InlineData("authentication", Ours, "550 5.7.26 DKIM did not pass"), InlineData("PTR", Ours, "550 5.7.25 No PTR record for 192.0.2.1")]
    [InlineData("not compliant", Ours, "550 5.7.1 Messages missing a valid Message-ID header are not accepted")]
    [InlineData("policy", Ours, "554 5.7.1 Message refused for policy reasons"), InlineData("no TLS", Ours, "523 5.7.10 Encryption needed")]
    [InlineData("security", Ours, "535 5.7.8 Authentication credentials invalid"), InlineData("relaying", Ours, "554 Relay access denied")]
    [InlineData("too many", Ours, "421 4.7.0 Too many connections from your host"), InlineData("rate", Ours, "452 Rate limit exceeded")]
    [InlineData("speeding", Ours, "421 4.7.0 You are sending too fast"), InlineData("too large", Ours, "552 5.3.4 Message too big")]
    [InlineData("limit", Ours, "550 5.2.3 Message length exceeds the limit"), InlineData("content", Ours, "550 5.6.0 Malformed MIME field")]
    [InlineData("system error", Theirs, "451 4.3.5 Server configuration problem"), InlineData("system full", Theirs, "452 Disk full")]
    [InlineData("network", Theirs, "554 5.4.6 Too many hops"), InlineData("expired", Theirs, "4.4.7 Delivery time expired")]
    [InlineData("mailer error", Theirs, "5.3.0 Command died with status 75"), InlineData("not accepting", Domain, "521 Host takes no mail")]
    [InlineData("on hold", BounceClass.Unknown, "554 5.0.0 Service said nothing"), InlineData("undefined", BounceClass.Unknown, "550")]
    public void Each_reason_has_one_class(string reason, BounceClass expected, string reply) =>
        Assert.True(expected == ReplyClass.Of(reply), $"{reason}: {ReplyClass.Of(reply)}");

    static readonly string[] mailboxes = ["mailbox", "mail box", "inbox", "account", "mbox", "user's mailbox", "recipient mailbox"],
        whoms = ["user", "recipient", "mailbox", "account", "address", "email address", "mbox", "addressee", "person", "alias", "customer",
            "subscriber", "recipient address", "user account", "mail account", "destination address"],
        owners = ["user", "mailbox", "account", "user account", "mail account", "recipient", "subscriber", "mbox"],
        domains = ["domain", "host", "destination domain", "recipient domain", "mail domain", "domain name"],
        messages = ["message", "mail", "e-mail", "your message", "this message", "content", "attachment"],
        senders = ["your ip", "ip address", "your server", "client host", "your domain", "sender domain", "sender", "sender address",
            "sending server", "HELO", "reverse DNS", "PTR record"],
        systems = ["server", "mail server", "service", "system", "database", "disk", "queue", "network", "connection", "host", "backend",
            "LDAP server", "mailbox server"];

    /// <summary>
    /// What is said, of whatever it is called: a word that one of them lacks is lacking in a reply that nobody has met. * is the noun.
    /// </summary>
    public static TheoryData<BounceClass, string, string[]> Families() => new()
    {
        {
            Full,
            "550 * is full|552 * full|452 * over quota|552 * has exceeded its quota|552 * has reached its storage limit|"
                + "the * is at its limit|* size limit reached|no space left in *|not enough space in *",
            mailboxes
        },
        {
            Invalid,
            "550 * unknown|550 unknown *|550 no such *|550 * does not exist|550 * not found|550 invalid *|"
                + "550 * is invalid|550 The * you specified does not exist here|550 * could not be found|"
                + "550 there is no * by that name|550 no * by that name here",
            whoms
        },
        {
            Invalid,
            "550 That * doesn't exist|550 * <kim@example.com> is not known|550 * was deleted|550 * no longer exists|"
                + "550 this * is no longer in use|550 * not recognized|550 nonexistent *|550 cannot find *|"
                + "550 we do not know this *|550 * isn't valid|550 bad *|550 * has been removed|550 * not listed",
            whoms
        },
        {
            Disabled,
            "550 * disabled|550 * has been disabled|550 * suspended|550 * is temporarily disabled|550 * inactive|"
                + "550 * is not active|550 * has been deactivated|550 * closed|550 * is locked|550 * is frozen|550 * expired|"
                + "550 inactive *|550 suspended *|550 * was closed due to inactivity",
            owners
        },
        {
            Domain,
            "550 * unknown|550 unknown *|550 no such *|550 * does not exist|550 * not found|"
                + "550 * example.com has no MX records|550 * is not known|could not resolve *|550 * does not accept mail|"
                + "550 non-existent *",
            domains
        },
        {
            Ours,
            "550 * rejected|550 * blocked|550 * refused|554 * denied by policy|554 * looks like spam|"
                + "550 * is not acceptable here|550 * contains a virus|552 * too large|550 * was rejected by our filter|"
                + "554 * not accepted|550 * violates our policy|550 * has been identified as junk|554 * discarded|"
                + "550 we do not want this *",
            messages
        },
        {
            Ours,
            "550 * rejected|554 * blocked|550 * not allowed|550 * is blacklisted|421 * has a bad reputation|"
                + "550 * invalid|550 * not found|550 * unknown|450 * could not be verified|550 * is not welcome here|"
                + "550 * has been banned|554 * refused",
            senders
        },
        {
            Theirs,
            "451 * busy|451 * temporarily unavailable|421 * not available|451 * error|450 * failure|451 * is down|"
                + "451 * not ready|421 * too busy, try later|451 * timeout|* timed out|451 * overloaded|"
                + "451 * does not respond|554 internal * failure|550 * failed",
            systems
        },
        {
            Theirs,
            "connect E* 192.0.2.1:25|read E*",
            ["CONNREFUSED", "CONNRESET", "TIMEDOUT", "HOSTUNREACH"]
        },
        {
            Ours,
            "550 Sorry, no access for this *|550 unauthorized * <192.0.2.1>|550 * check failed|551 * parse error|"
                + "550 * not welcome",
            ["ip", "network", "line", "interface"]
        },
    };

    [Theory, MemberData(nameof(Families))]
    public void What_is_said_means_the_same_of_each_noun(BounceClass expected, string sentences, string[] nouns)
    {
        var wrong = from sentence in sentences.Split('|')
                    from noun in nouns
                    let reply = sentence.Replace("*", noun)
                    let meaning = ReplyClass.Of(reply)
                    where meaning != expected
                    select $"{meaning}: {reply}";
        Assert.Empty(wrong);
    }

    /// <summary>Postfix asks the next server about a recipient, and repeats its answer.</summary>
    [Theory]
    [InlineData(Ours, "host mx.example.com[192.0.2.1] said: 550 5.7.1 Client host blocked (in reply to RCPT TO command)")]
    [InlineData(Invalid, "host mx.example.com[192.0.2.1] said: 550 5.1.1 User unknown (in reply to RCPT TO command)")]
    [InlineData(Theirs, "mail for example.com loops back to myself"), InlineData(Invalid, "kim")]
    public void What_the_next_server_said_stands_behind_the_colon(BounceClass expected, string answer) => Assert.Equal(
        expected, ReplyClass.Of($"550 5.1.1 <kim@example.com>: Recipient address rejected: undeliverable address: {answer}"));

    /// <summary>Who is turned away before a recipient was named is turned away whatever it is called.</summary>
    [Theory]
    [InlineData("host mx.example.com[192.0.2.9] refused to talk to me: 554 mx.example.com imp12"), InlineData("554 no such account")]
    [InlineData("host mx.example.com[192.0.2.9] refused to talk to me: 550 5.1.1 account disabled"), InlineData("554 user unknown")]
    public void A_greeting_that_refuses_is_about_us(string reply) => Assert.Equal(
        BounceClass.Ours,
        ReplyClass.Of(reply.StartsWith("host", StringComparison.Ordinal) ? reply : $"host mx[192.0.2.9] refused to talk to me: {reply}"));

    /// <summary>Accents are left out by many, and a text is cut anywhere, also within a character.</summary>
    [Fact]
    public void Accents_and_halves_of_characters_change_nothing()
    {
        foreach (var word in new[] { "Usuário não existe", "Usuario nao existe", "Usua\u0301rio na\u0303o existe" })
            Assert.Equal(Invalid, ReplyClass.Of($"550 {word}"));
        Assert.Equal(Invalid, ReplyClass.Of("550 Benutzer existiert nicht \uD83D"));
        Assert.Equal(Full, ReplyClass.Of("552 boîte pleine \uFFFE\uDE00"));
        Assert.Equal(Full, ReplyClass.Of("552 mailbox full é " + string.Concat(Enumerable.Repeat("😀", 2000))));
    }

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

    /// <summary>"For now" is over once the sender has given up.</summary>
    [Fact]
    public void Who_gave_up_after_days_says_what_was_answered_all_the_time()
    {
        foreach (var end in new[] { "retry timeout exceeded", "message has been in the queue too long", "delivery time expired" })
            foreach (var (said, expected) in new[]
            {
                ("450 4.1.1 <kim@example.com>: Recipient address rejected: User unknown in relay table", Invalid),
                ("450 no such mailbox here", Invalid),
                ("450 4.2.1 this account is disabled", Disabled),
                ("452 4.2.2 mailbox full", Full),
                ("451 4.3.0 local error, try again later", Theirs),
                ("450 4.7.1 <kim@example.com>: Recipient address rejected: Greylisted, come back in 5 minutes", Ours),
                ("all hosts have been failing for a long time", Theirs),
            })
                foreach (var text in new[] { $"host mx.example.com [192.0.2.1]: {said}: {end}", $"{end}: {said}" })
                {
                    var meaning = ReplyClass.Of(text);
                    // Being put off by a filter is no word about the mailbox, whichever of the two it is called.
                    Assert.True(meaning == expected || (expected is Ours && meaning is Theirs), $"{text}: {meaning}");
                }
    }

    /// <summary>Whoever sends it decides what it is: neither length nor repetition may cost more than reading it.</summary>
    [Fact]
    public void A_hostile_reply_is_read_in_bounded_time()
    {
        ReplyClass.Of("warm");
        foreach (var part in new[] { "mailbox ", "user user ", "a", "sender is not ", "exceed ", "\r\n", "ユーザ", "5.1", "(", "domain not ",
            "adresse unbekann ", "usuário não ", "用户" })
        {
            var cost = Cpu.Of(() => ReplyClass.Of(string.Concat(Enumerable.Repeat(part, 500_000 / part.Length))));
            Assert.True(cost < TimeSpan.FromSeconds(5), $"{part}: {cost}");
        }
    }
}
