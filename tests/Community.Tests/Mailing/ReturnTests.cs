using System.Text;
using Community.Mail;
using Community.Mail.Tests.Server;
using Community.Mailing;
using Community.Members;
using MailKit.Net.Smtp;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using MimeKit;

namespace Community.Tests.Mailing;

/// <summary>What comes back to the envelope senders of direct mail, over the door behind the mail server.</summary>
[OnBothDatabases]
public sealed class ReturnTests : IAsyncDisposable
{
    const string Domain = "r.example.test";
    readonly ScriptedSmtpServer server = new();
    readonly int door = Ports.Free();
    TestHost host = null!;
    TestSite site = null!;
    Visitor mailer = null!;

    async Task Start()
    {
        server.Start();
        host = await TestHost.Start(new()
        {
            ["Community:Relay"] = $"smtp://127.0.0.1:{server.Port}",
            ["Community:ReturnDomain"] = Domain,
            ["Community:ReturnListen"] = $"127.0.0.1:{door}",
        });
        site = await host.NewSite();
        mailer = await site.SignIn("mailer");
    }

    public async ValueTask DisposeAsync()
    {
        if (host is not null) await host.DisposeAsync();
        await server.DisposeAsync();
    }

    /// <summary>A finished mailing, and the return path of each address.</summary>
    async Task<(long Id, Dictionary<string, string> Paths)> Sent()
    {
        var id = await mailer.Reserve();
        await site.Until(id, MailingState.Finished);
        var sent = await site.Db(db => db.Deliveries.Where(d => d.MailingId == id && d.State == DeliveryState.Accepted)
            .Join(db.Members, d => d.MemberId, m => m.Id, (d, m) => new { d.Id, m.Email, m.AddressHash }).ToListAsync());
        var paths = new Dictionary<string, string>();
        foreach (var each in sent)
            paths[each.Email!] = (await site.With<ReturnAddresses, string?>(r => r.Of(each.Id, each.AddressHash!, default)))!;
        // These are what was said to the relay.
        Assert.All(paths.Values, path => Assert.Contains(server.Commands, c => c.Contains($"<{path}>", StringComparison.Ordinal)));
        return (id, paths);
    }

    static string Bounce(string text, string status = "5.0.0", string action = "failed") => $"""
        From: MAILER-DAEMON@mx.example
        Subject: Undelivered
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status; boundary=b

        --b

        Sorry. {Guid.NewGuid():N}
        --b
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.example

        Final-Recipient: rfc822; somebody@else.example
        Action: {action}
        Status: {status}
        Diagnostic-Code: smtp; {text}

        --b--
        """;

    const string Vacation = "From: anna@example.com\nSubject: Re: News\nAuto-Submitted: auto-replied\n\nAway. User unknown.\n";

    static string Complaint() => $"From: fbl@provider.example\nSubject: x\nMIME-Version: 1.0\n"
        + $"Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\n\nx {Guid.NewGuid()}\n--b\n"
        + $"Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nOriginal-Rcpt-To: redacted\n\n--b--\n";

    async Task Return(string to, string message)
    {
        // The door opens beside the host.
        await TestSite.Until(
            async () =>
            {
                using var client = new SmtpClient();
                try
                {
                    await client.ConnectAsync("127.0.0.1", door, MailKit.Security.SecureSocketOptions.None);
                }
                catch (System.Net.Sockets.SocketException)
                {
                    return false;
                }
                using var stream = new MemoryStream(Encoding.UTF8.GetBytes(message.ReplaceLineEndings("\r\n")));
                await client.SendAsync(
                    await MimeMessage.LoadAsync(stream),
                    new MailboxAddress("", "mailer-daemon@mx.example"),
                    [MailboxAddress.Parse(to)]
                );
                await client.DisconnectAsync(true);
                return true;
            },
            "it is taken"
        );
    }

    Task<SuppressionReason?> Closed(string email) =>
        site.With<AddressHashes, SuppressionReason?>(async hashes =>
        {
            var hash = await hashes.Of(email);
            return await site.Db(db =>
                db.Suppressions.Where(s => s.AddressHash == hash).Select(s => (SuppressionReason?)s.Reason).FirstOrDefaultAsync()
            );
        });

    [Fact]
    public async Task What_comes_back_counts_for_the_delivery_that_its_address_names_and_closes_by_the_rule()
    {
        await Start();
        var (id, paths) = await Sent();
        var (to, path) = paths.First();
        Assert.All(paths.Values, p => Assert.Matches($"^b[0-9a-f]{{20,63}}@{Domain}$", p));
        Assert.Equal(paths.Count, paths.Values.Distinct().Count());
        // Holiday notes, delays and faults of ours close nothing.
        await Return(path, Vacation);
        // That it has no sender is said by the session alone.
        Assert.Equal("250 after", await FromNobody(path, "From: anna@example.com\nSubject: Hello\n\nThe address is no longer valid.\n"));
        await Return(path, Bounce("we keep trying", "4.4.1", "delayed"));
        await Return(path, Bounce("550 5.7.1 blocked, see blocklist", "5.1.1"));
        Assert.Null(await Closed(to));
        // Whoever it says it is about: the address names the delivery. In capitals, as some systems write it.
        var gone = Bounce("550 5.1.1 User unknown");
        await Return(path.ToUpperInvariant(), gone);
        await Return(path, gone);
        Assert.Equal(SuppressionReason.Bounce, await Closed(to));
        var rows = await site.Db(db => db.Returns.OrderBy(r => r.Id).ToListAsync());
        Assert.Equal(
            [(ReturnKind.AutoReply, BounceClass.Unknown, false), (ReturnKind.AutoReply, BounceClass.Unknown, false),
                (ReturnKind.Report, BounceClass.Unknown, false),
                (ReturnKind.Bounce, BounceClass.Ours, false), (ReturnKind.Bounce, BounceClass.InvalidMailbox, true)],
            rows.Select(r => (r.Kind, r.Class, r.Closed)));
        Assert.All(rows, r => Assert.Equal(id, r.MailingId));
        var page = (await mailer.Get($"/staff/mailings/{id}")).Text;
        foreach (var words in new[] { "What came back", "No such mailbox", "Refused for a reason on our side", "Automatic "
            + "answers" }) Assert.Contains(words, page);
        // The next mailing leaves it out, and says why.
        var (next, others) = await Sent();
        Assert.DoesNotContain(to, others.Keys);
        var why = await mailer.Submit($"/staff/mailings/{next}/member", new() { ["as"] = to }, "form[role=search]:has([name=as])");
        Assert.Matches(@"Address undeliverable \(came back on .*: No such mailbox\)\. It gets no mail until ", why.Text);
        await site.IdentityHolds(id);
    }

    [Fact]
    public async Task A_complaint_takes_the_kind_back_and_closes_the_address_for_direct_mail()
    {
        await Start();
        var (to, path) = (await Sent()).Paths.First();
        await Return(path, Complaint());
        Assert.Equal(SuppressionReason.Complaint, await Closed(to));
        Assert.Equal(
            [ConsentSource.Complaint],
            await site.Db(db => db.ConsentEvents.Where(e => e.Action == ConsentAction.Withdraw).Select(e => e.Source).ToListAsync())
        );
        // A word to the member is no direct mail.
        Assert.False(await site.With<DeadAddress, bool>(dead => dead(to, SystemMailPrecedence.Notice, default)));
    }

    /// <summary>As a provider reports it at the one address that is registered with it: whose it is, the message itself says.</summary>
    static string Report(string fields, string original, string type = "message/rfc822") =>
        "From: fbl@provider.example\nSubject: FW: News\nMIME-Version: 1.0\n"
        + $"Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\n\nx {Guid.NewGuid()}\n--b\n"
        + $"Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: x/1\nVersion: 1\n{fields}\n\n--b\n"
        + $"Content-Type: {type}\n\n{original}\n\n--b--\n";

    static string Original(string more) => $"From: news@acme.example\nTo: redacted@provider.example\nSubject: News\n{more}";

    async Task<List<(string? Email, ReturnKind Kind, bool Present)>> Complained(long mailing) =>
    [
        .. (await site.Db(db => db.Returns.Where(r => r.MailingId == mailing).OrderBy(r => r.Id)
                .Join(db.Members, r => r.MemberId, m => m.Id, (r, m) => new { m.Email, r.Kind, r.AddressHash }).ToListAsync()))
            .Select(r => (r.Email, r.Kind, r.AddressHash != null)),
    ];

    [Fact]
    public async Task A_complaint_at_the_registered_address_is_of_the_message_that_only_we_can_have_signed()
    {
        await Start();
        var (id, paths) = await Sent();
        var (anna, ben) = (paths.Keys.Order(StringComparer.Ordinal).First(), paths.Keys.Order(StringComparer.Ordinal).Last());
        Assert.NotEqual(anna, ben);
        async Task<string> Link(string email)
        {
            var (member, kind) = await site.Db(async db => (
                await db.Members.Where(m => m.Email == email).Select(m => m.Id).SingleAsync(),
                await db.Mailings.Where(m => m.Id == id).Select(m => m.KindId).SingleAsync()));
            return await site.With<UnsubscribeLinks, string>(
                async links => $"List-Unsubscribe: <{UnsubscribeLinks.OneClickOf(await links.To(member, kind, default, id))}>");
        }

        const string at = $"complaints@{Domain}";
        // Nothing of ours in it; one that others made; a person's mail; and what is no complaint.
        var (mail, link) = (paths[anna], await Link(anna));
        await Return(at, Report("Original-Rcpt-To: " + anna, Original("Message-ID: <a.1@acme.example>")));
        await Return(at, Report($"Original-Mail-From: <{mail[..^30]}{(mail[^30] == 'a' ? 'b' : 'a')}{mail[^29..]}>", Original("X: y")));
        await Return(at, Report("", Original(link.Replace("/one-click", "x/one-click", StringComparison.Ordinal))));
        await Return(at, $"From: anna@example.com\nSubject: Hello\n\n{mail} {link}\n");
        await Return(at, Bounce("550 5.1.1 User unknown") + $"\n{link}\nReturn-Path: <{mail}>\n");
        Assert.Empty(await Complained(id));
        Assert.Null(await Closed(anna));

        // Comcast and others blot out all addresses: the link to unsubscribe names the member, but none. Folded, as it may be.
        await Return(at, Report("Original-Mail-From: redacted", Original((await Link(anna)).Replace(": <", ":\n <"))));
        Assert.Null(await Closed(anna));
        // RFC 5965: the envelope sender in the report. With it the address is proven, too.
        await Return(at, Report($"Original-Mail-From: <{paths[anna]}>", Original("X: y"), "text/rfc822-headers"));
        Assert.Equal(SuppressionReason.Complaint, await Closed(anna));
        // Outlook.com has no report, and the reader's address on top of the message.
        await Return(
            at,
            "From: staff@hotmail.com\nSubject: complaint about message from 192.0.2.1\nMIME-Version: 1.0\n"
                + "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n"
                + $"X-HmXmrOriginalRecipient: <{ben}>\n{Original(await Link(ben))}\n\nHello\n--b--\n");
        Assert.Equal(SuppressionReason.Complaint, await Closed(ben));
        // Yahoo: in the header of the message.
        await Return(at, Report("Original-Rcpt-To: redacted", $"Return-Path: <{paths[ben]}>\n{Original("X: y")}"));
        Assert.Equal(
            [(anna, ReturnKind.Complaint, false), (anna, ReturnKind.Complaint, true), (ben, ReturnKind.Complaint, true),
                (ben, ReturnKind.Complaint, true)],
            await Complained(id));
        // Both have taken the kind of mail back.
        Assert.Equal(2, await site.Db(db => db.ConsentEvents.Where(e => e.Source == ConsentSource.Complaint)
            .Select(e => e.MemberId).Distinct().CountAsync()));
        await site.IdentityHolds(id);
    }

    /// <summary>Where no door can be opened: the mail server pipes it into a command, or lays it into a folder.</summary>
    [Fact]
    public async Task A_complaint_at_the_registered_address_is_taken_from_a_pipe_and_from_a_folder()
    {
        await Start();
        var (id, paths) = await Sent();
        var (anna, ben) = (paths.Keys.Order(StringComparer.Ordinal).First(), paths.Keys.Order(StringComparer.Ordinal).Last());
        const string at = $"X-Original-To: complaints@{Domain}\n";
        var said = new StringWriter();
        var folder = Directory.CreateTempSubdirectory("returns").FullName;
        SiteCommandCall Call() => new(host.Services.GetRequiredService<SiteScopes>(), site.Site, [folder], said, default);

        var complaint = at + Report($"Original-Mail-From: <{paths[anna]}>", Original("X: y"));
        await MailCommands.Take(Call(), new MemoryStream(Encoding.UTF8.GetBytes(complaint)));
        Assert.Equal("Taken", said.ToString().Trim());
        Assert.Equal(SuppressionReason.Complaint, await Closed(anna));
        // What is signed by nobody is not the site's: it stays where it is, for another site or a person.
        await MailCommands.Take(Call(), new MemoryStream(Encoding.UTF8.GetBytes(at + Report("", Original("X: y")))));
        Assert.EndsWith("NoSuchAddress", said.ToString().Trim());

        try
        {
            var inbox = Directory.CreateDirectory(Path.Combine(folder, "new")).FullName;
            await File.WriteAllTextAsync(Path.Combine(inbox, "1"), complaint);
            await File.WriteAllTextAsync(
                Path.Combine(inbox, "2"), at + Report($"Original-Mail-From: <{paths[ben]}>", Original("X: y")));
            await File.WriteAllTextAsync(Path.Combine(inbox, "3"), at + Report("", Original("X: y")));
            Assert.Equal(0, await MailCommands.All.Single(c => c.Name == "maildir").Run(Call()));
            Assert.EndsWith("2 taken, 1 left", said.ToString().Trim());
            Assert.Equal(["3"], Directory.GetFiles(inbox).Select(Path.GetFileName));
            Assert.Equal(2, Directory.GetFiles(Path.Combine(folder, "cur")).Length);
        }
        finally { Directory.Delete(folder, recursive: true); }
        // The one that was piped before counts once.
        Assert.Equal(
            [(anna, ReturnKind.Complaint, true), (ben, ReturnKind.Complaint, true)], await Complained(id));
        Assert.Equal(SuppressionReason.Complaint, await Closed(ben));
    }

    /// <summary>The door's answer to a message that is written to it by hand.</summary>
    async Task<string> FromNobody(string path, string message, int octets = 0)
    {
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync("127.0.0.1", door);
        await using var stream = client.GetStream();
        using var reader = new StreamReader(stream, Encoding.ASCII);
        await reader.ReadLineAsync();
        try
        {
            (string, string)[] commands = [("HELO x", "250"), ("MAIL FROM:<>", "250"), ($"RCPT TO:<{path}>", "250"), ("DATA", "354")];
            foreach (var (command, answer) in commands)
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"));
                Assert.StartsWith(answer, await reader.ReadLineAsync());
            }
            await stream.WriteAsync(Encoding.ASCII.GetBytes(message.ReplaceLineEndings("\r\n") + "\r\n"));
            var line = Encoding.ASCII.GetBytes(new string('x', 998) + "\r\n");
            for (var i = 0; i < octets / line.Length; i++) await stream.WriteAsync(line);
            await stream.WriteAsync("\r\n.\r\n"u8.ToArray());
            return await reader.ReadLineAsync() is { } said ? said[..3] + " after" : "closed";
        }
        catch (IOException) { return "closed"; }
    }

    [Fact]
    public async Task What_is_too_large_is_refused_and_who_comes_in_a_crowd_is_asked_to_come_again()
    {
        await Start();
        var (to, path) = (await Sent()).Paths.First();
        await Return(path, Vacation);
        // Fifty megabytes, whose size is not said before: it is refused, or the connection ends, and nothing of it counts.
        Assert.DoesNotContain("250 after", await FromNobody(path, Bounce("550 5.1.1 User unknown"), 50_000_000));
        Assert.Null(await Closed(to));
        Assert.Equal(1, await site.Db(db => db.Returns.CountAsync()));

        // A thousand that say nothing: the next is put off, not refused for good, so that its mail server keeps what came back.
        var crowd = new List<System.Net.Sockets.TcpClient>();
        try
        {
            for (var i = 0; i < 1_000; i++)
            {
                var one = new System.Net.Sockets.TcpClient();
                crowd.Add(one);
                await one.ConnectAsync("127.0.0.1", door);
            }
            var later = 0;
            await TestSite.Until(
                async () =>
                {
                    try
                    {
                        await Return(path, Vacation);
                        return false;
                    }
                    catch (Exception error) when (error is SmtpCommandException or SmtpProtocolException or IOException)
                    {
                        later = error is SmtpCommandException { StatusCode: var code } ? (int)code : 0;
                        return later == 421;
                    }
                },
                "it is put off"
            );
            Assert.Equal(421, later);
        }
        finally
        {
            foreach (var one in crowd) one.Dispose();
        }
        await TestSite.Until(
            async () =>
            {
                try
                {
                    await Return(path, Bounce("550 5.1.1 User unknown"));
                    return true;
                }
                catch (Exception error) when (error is SmtpCommandException or SmtpProtocolException or IOException)
                {
                    return false;
                }
            },
            "the crowd has gone"
        );
        Assert.Equal(SuppressionReason.Bounce, await Closed(to));
    }

    [Fact]
    public async Task An_e_mail_that_comes_back_stops_those_that_nobody_asked_for_and_its_member_is_told()
    {
        await Start();
        const string To = "anna@example.com";
        var anna = await site.SignIn("anna");
        async Task<SystemMail> Mail(string to)
        {
            var id = await site.Db(async db =>
            {
                var mail = new SystemMail { Kind = "test.mail", To = to, Subject = "s", Text = "t", Culture = "en" };
                db.Send(mail);
                await db.SaveChangesAsync();
                return mail.Id;
            });
            await TestSite.Until(
                () => site.Db(db =>
                    db.SystemMails.AnyAsync(m => m.Id == id && (m.State == SystemMailState.Sent || m.State == SystemMailState.Failed))),
                "the mail has an end"
            );
            return await site.Db(db => db.SystemMails.AsNoTracking().SingleAsync(m => m.Id == id));
        }
        var mail = await Mail(To);
        var path = (await site.With<SystemMailBounces, string?>(b => b.PathOf(mail, default)))!;
        Assert.Contains(server.Commands, c => c.Contains($"<{path}>", StringComparison.Ordinal));
        // A delay closes nothing; a failure does, counted once.
        await Return(path, Bounce("we keep trying", "4.4.1", "delayed"));
        Assert.Null(await Closed(To));
        var gone = Bounce("550 5.1.1 User unknown");
        await Return(path, gone);
        await Return(path, gone);
        Assert.Equal(SuppressionReason.Bounce, await Closed(To));
        Assert.Equal(2, await site.Db(db => db.Returns.CountAsync()));
        // What nobody asked for is not sent any more; the member is told where the address is changed.
        Assert.Equal(SystemMailState.Failed, (await Mail(To)).State);
        // It rests, and the pages do not say more than that.
        var said = (await anna.Get("/account")).Document.QuerySelector("main .notice.warn")!.TextContent;
        Assert.Contains("come back to us", said);
        Assert.Contains("what you ask for yourself, such as a new password, is still sent", said);
        Assert.DoesNotContain("not even those you ask for", said);

        // Refused in the session it is the same fact; of somebody who is no member only the hash is kept.
        server.On("RCPT nobody@example.com", "550 5.1.1 User unknown nobody@example.com");
        Assert.Equal(SystemMailState.Failed, (await Mail("nobody@example.com")).State);
        Assert.Equal(SuppressionReason.Bounce, await Closed("nobody@example.com"));
        var kept = await site.Db(db => db.Returns.AsNoTracking().OrderBy(r => r.Id).LastAsync());
        Assert.Equal((0, "", "example.com", true), (kept.MemberId, kept.Text, kept.Domain, kept.Closed));

        // An address of one kind names nothing of the other.
        Assert.All(
            await site.Db(db => db.Returns.ToListAsync()),
            row => Assert.Equal((0, 0), (row.DeliveryId, row.MailingId))
        );
    }

    [Fact]
    public async Task Addresses_that_nobody_signed_are_refused()
    {
        await Start();
        var path = (await Sent()).Paths.First().Value;
        var other = await host.NewSite();
        Assert.Equal(
            TakenReturn.NoSuchAddress,
            await other.With<TakeReturn, TakenReturn>(t => t.Take(path.Split('@')[0], default, default))
        );
        foreach (
            var forged in new[]
            {
                "b00@" + Domain,
                "anna@" + Domain,
                path.Replace(Domain, "example.com"),
                "b" + new string('a', 40) + "@" + Domain,
                Changed(path),
            }
        )
            await Assert.ThrowsAsync<SmtpCommandException>(() => Return(forged, Bounce("550 5.1.1 User unknown")));
        Assert.Equal(0, await site.Db(db => db.Returns.CountAsync()));

        static string Changed(string path) => path[..5] + (path[5] == '0' ? '1' : '0') + path[6..];
    }

    [Fact]
    public async Task A_bounce_of_an_address_that_was_changed_meanwhile_closes_no_new_one()
    {
        await Start();
        var (to, path) = (await Sent()).Paths.First();
        var hash = await site.With<AddressHashes, string>(h => h.Of("renewed@example.com"));
        await site.Db(async db =>
        {
            var member = await db.Members.SingleAsync(m => m.Email == to);
            member.ChangeEmail(EmailAddress.Parse("renewed@example.com"));
            member.AddressHash = hash;
            return await db.SaveChangesAsync();
        });
        await Return(path, Bounce("550 5.1.1 User unknown"));
        Assert.Equal((null, null), (await Closed(to), await Closed("renewed@example.com")));
        Assert.Equal(1, await site.Db(db => db.Returns.CountAsync(r => r.Class == BounceClass.InvalidMailbox)));
    }

    [Fact]
    public async Task Refused_in_the_session_is_the_same_fact()
    {
        server.On("RCPT", "550 5.1.1 User unknown", "550 5.7.1 Blocked by our policy");
        await Start();
        var id = await mailer.Reserve();
        await site.Until(id, MailingState.Finished);
        Assert.Equal(
            [(BounceClass.InvalidMailbox, true), (BounceClass.Ours, false)],
            (await site.Db(db => db.Returns.OrderBy(r => r.Class).ToListAsync())).Select(r => (r.Class, r.Closed)));
        Assert.Equal(1, await site.Db(db => db.Suppressions.CountAsync()));
    }

    [Fact]
    public async Task The_rule_counts_mailings_days_and_what_arrived_between()
    {
        await Start();
        var (id, paths) = await Sent();
        var (to, other) = (paths.Keys.First(), paths.Keys.Last());
        var now = host.Clock.Now;
        // No such mailbox: it rests for a week; the second time, days later, it is closed.
        Assert.True(await After(to, BounceClass.InvalidMailbox, now, mailing: id));
        Assert.Equal(now + CloseAddress.Rest, (await Until())!.Value, TimeSpan.FromSeconds(1));
        Assert.False(await After(to, BounceClass.BadDomain, now.AddDays(1), mailing: id));
        Assert.True(await After(to, BounceClass.InvalidMailbox, now.AddDays(8), mailing: id));
        Assert.Null(await Until());
        await site.Db(async db => await db.Suppressions.ExecuteDeleteAsync() + await db.Returns.ExecuteDeleteAsync());
        // Closed by its provider: the second mailing.
        Assert.False(await After(to, BounceClass.Disabled, now, mailing: id));
        Assert.False(await After(to, BounceClass.Disabled, now, mailing: id));
        Assert.True(await After(to, BounceClass.Disabled, now, mailing: id + 1000));
        // Full: three days within fifteen at least, from the last that arrived.
        Assert.False(await After(other, BounceClass.Full, now.AddDays(-30), mailing: id));
        foreach (var (days, closes) in new[] { (1, false), (1, false), (2, false), (14, false), (17, true) })
            Assert.Equal(
                closes,
                await After(other, days == 2 ? BounceClass.TheirSystem : BounceClass.Full, now.AddDays(days), mailing: id)
            );
    }

    [Fact]
    public async Task A_domain_that_fails_as_a_whole_closes_nobody_and_opens_what_it_closed()
    {
        await Start();
        var hashes = await site.With<AddressHashes, List<string>>(async h =>
        {
            var made = new List<string>();
            for (var i = 0; i < 40; i++) made.Add(await h.Of($"m{i}@down.example"));
            return made;
        });
        var ids = await site.Db(async db =>
        {
            var members = hashes.Select((hash, i) =>
            {
                var member = Member.Create($"Member {i}", EmailAddress.Parse($"m{i}@Down.example"), db.Now);
                (member.AddressHash, member.ConfirmedAt) = (hash, db.Now);
                return member;
            }).ToList();
            db.Members.AddRange(members);
            await db.SaveChangesAsync();
            return members.Select(m => m.Id).ToList();
        });
        var now = host.Clock.Now;
        for (var i = 0; i < 30; i++)
            Assert.Equal(
                i < 19,
                await Add(
                    new()
                    {
                        MemberId = ids[i],
                        AddressHash = hashes[i],
                        Domain = "down.example",
                        At = now.AddSeconds(i),
                        Kind = ReturnKind.Bounce,
                        Class = BounceClass.InvalidMailbox,
                        Digest = $"{i}",
                    }
                )
            );
        Assert.Equal(0, await site.Db(db => db.Suppressions.CountAsync()));
        // Two hours later it counts again.
        Assert.True(
            await Add(
                new()
                {
                    MemberId = ids[35],
                    AddressHash = hashes[35],
                    Domain = "down.example",
                    At = now.AddHours(2),
                    Kind = ReturnKind.Bounce,
                    Class = BounceClass.InvalidMailbox,
                    Digest = "later",
                }
            )
        );
    }

    Task<DateTime?> Until() => site.Db(db => db.Suppressions.Select(s => s.Until).SingleAsync());

    async Task<bool> After(string email, BounceClass meaning, DateTime at, long mailing)
    {
        var hash = await site.With<AddressHashes, string>(h => h.Of(email));
        var member = await site.Db(db => db.Members.Where(m => m.Email == email).Select(m => m.Id).SingleAsync());
        return await Add(
            new()
            {
                MemberId = member,
                MailingId = mailing,
                AddressHash = hash,
                Domain = "example.com",
                At = at,
                Kind = ReturnKind.Bounce,
                Class = meaning,
                Digest = Guid.NewGuid().ToString("N"),
            }
        );
    }

    Task<bool> Add(Return row) => site.With<IServiceProvider, bool>(async services =>
    {
        var db = services.GetRequiredService<SiteDb>();
        await using var change = await db.Change();
        await db.AddReturn(row);
        await services.GetRequiredService<CloseAddress>().After(row, default);
        await change.Commit();
        return row.Closed;
    });
}
