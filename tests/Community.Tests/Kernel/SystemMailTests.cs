using System.Text;
using System.Text.RegularExpressions;
using Community.Mail.Tests.Server;
using Microsoft.EntityFrameworkCore;
using MimeKit;

namespace Community.Tests.Kernel;

[OnBothDatabases]
public sealed class SystemMailTests
{
    static Task<TestHost> With(int port) => TestHost.Start(new() { ["Community:Relay"] = $"smtp://127.0.0.1:{port}" });

    static async Task Send(TestSite site, params string[] to) =>
        await site.Db(async db =>
        {
            foreach (var address in to)
                db.Send(
                    new SystemMail
                    {
                        Kind = "test.mail",
                        To = address,
                        Subject = "件名 " + address,
                        Text = "Your **secret** link",
                        Culture = "en",
                    }
                );
            return await db.SaveChangesAsync();
        });

    static Task<SystemMail> Of(TestSite site, string to) => site.Db(db => db.SystemMails.AsNoTracking().SingleAsync(l => l.To == to));

    static Task Until(TestSite site, string to, Func<SystemMail, bool> so, string what) =>
        TestSite.Until(async () => so(await Of(site, to)), what);

    static IEnumerable<string> MessageIds(ScriptedSmtpServer server) =>
        server.Messages.Select(m =>
            Regex.Match(Encoding.Latin1.GetString(m), "^Message-I[dD]: (<.+>)\r?$", RegexOptions.Multiline).Groups[1].Value
        );

    [Fact]
    public async Task A_mail_refused_for_the_moment_is_sent_again_as_the_same_mail()
    {
        await using var server = new ScriptedSmtpServer().On(".", "451 4.3.0 Later", "250 2.0.0 Ok").Start();
        await using var host = await With(server.Port);
        var site = await host.NewSite();
        await Send(site, "a@example.org");
        await Until(site, "a@example.org", l => l is { State: SystemMailState.Waiting, Attempts: 1, Answer.Length: > 0 }, "refused once");
        Assert.NotNull((await Of(site, "a@example.org")).Text);
        host.Clock.Advance(TimeSpan.FromSeconds(6));
        await Until(site, "a@example.org", l => l.State == SystemMailState.Sent, "sent");
        var sent = await Of(site, "a@example.org");
        Assert.Null(sent.Text);
        Assert.NotNull(sent.SentAt);
        Assert.Equal(2, server.Messages.Count);
        Assert.Single(MessageIds(server).Distinct());
    }

    [Fact]
    public async Task A_mail_refused_for_good_is_kept_and_its_text_deleted_some_days_later()
    {
        await using var server = new ScriptedSmtpServer().On("RCPT", "550 5.1.1 Nobody here").Start();
        await using var host = await With(server.Port);
        var site = await host.NewSite();
        await Send(site, "a@example.org");
        await Until(site, "a@example.org", l => l.State == SystemMailState.Failed, "given up");
        var failed = await Of(site, "a@example.org");
        Assert.NotNull(failed.Text);
        Assert.NotNull(failed.FailedAt);
        Assert.Contains("Nobody here", failed.Answer);
        Assert.Empty(server.Messages);
        host.Clock.Advance(ForgetSystemMailTexts.After + TimeSpan.FromDays(1));
        await Until(site, "a@example.org", l => l.Text is null, "its text is deleted");
        Assert.Equal(SystemMailState.Failed, (await Of(site, "a@example.org")).State);
    }

    [Fact]
    public async Task A_mail_that_is_refused_holds_up_no_other()
    {
        await using var server = new ScriptedSmtpServer().On("RCPT a@example.org", "450 4.2.1 Busy").Start();
        await using var host = await With(server.Port);
        var site = await host.NewSite();
        await Send(site, "a@example.org", "b@example.org", "not an address", "c@example.org");
        await Until(site, "c@example.org", l => l.State == SystemMailState.Sent, "the last is sent");
        await Until(site, "b@example.org", l => l.State == SystemMailState.Sent, "b is sent");
        // Several connections send: each outcome is written down in its own time.
        await Until(site, "a@example.org", l => l is { State: SystemMailState.Waiting, Attempts: > 0 }, "a is put off");
        await Until(site, "not an address", l => l.State == SystemMailState.Failed, "what is no address is given up");
    }

    [Fact]
    public async Task A_relay_that_is_away_is_no_mail_s_fault()
    {
        await using var host = await With(Ports.Free());
        var site = await host.NewSite();
        await Send(site, "a@example.org", "b@example.org");
        await TestSite.Until(
            () => site.Db(db => db.SystemMails.AnyAsync(l => l.Answer != null && l.State == SystemMailState.Waiting)),
            "tried"
        );
        for (var i = 0; i < 3; i++)
        {
            await site.Drained(SiteQueues.SystemMails);
        }
        foreach (var to in new[] { "a@example.org", "b@example.org" })
            Assert.Equal(
                0,
                await site.Db(db =>
                    db.SystemMails.Where(l => l.To == to && l.State == SystemMailState.Waiting).Select(l => l.Attempts).SingleAsync()
                )
            );
        host.Clock.Advance(SystemMailQueue.MaxAge + TimeSpan.FromMinutes(1));
        await TestSite.Until(async () =>
        {
            host.Clock.Advance(TimeSpan.FromSeconds(30));
            return await site.Db(db => db.SystemMails.AllAsync(l => l.State == SystemMailState.Failed));
        }, "given up after two days");
    }

    [Fact]
    public async Task A_mail_whose_fate_is_unknown_is_sent_again()
    {
        await using var server = new ScriptedSmtpServer().On(".", ScriptedReply.Close, "250 2.0.0 Ok").Start();
        await using var host = await With(server.Port);
        var site = await host.NewSite();
        await Send(site, "a@example.org");
        await Until(site, "a@example.org", l => l is { State: SystemMailState.Waiting, Attempts: > 0 }, "unknown");
        host.Clock.Advance(TimeSpan.FromSeconds(6));
        await Until(site, "a@example.org", l => l.State == SystemMailState.Sent, "sent");
        Assert.Single(MessageIds(server).Distinct());
    }

    [Fact]
    public async Task A_mail_of_a_node_that_died_is_taken_over()
    {
        await using var server = new ScriptedSmtpServer().Start();
        await using var host = await With(server.Port);
        var site = await host.NewSite();
        // This node sends for the site already.
        await Send(site, "b@example.org");
        await Until(site, "b@example.org", l => l.State == SystemMailState.Sent, "sent");
        await site.Db(async db =>
        {
            db.Send(new SystemMail { Kind = "test.mail", To = "a@example.org", Subject = "s", Text = "t", Culture = "en" });
            // As the dead node left it.
            foreach (var mail in db.SystemMails.Local)
                (mail.State, mail.DueAt, mail.Attempts) = (SystemMailState.InFlight, host.Clock.Now.AddMinutes(15), 1);
            return await db.SaveChangesAsync();
        });
        await site.Drained(SiteQueues.SystemMails);
        Assert.Single(server.Messages);
        host.Clock.Advance(TimeSpan.FromMinutes(16));
        await Until(site, "a@example.org", l => l.State == SystemMailState.Sent, "sent");
    }

    [Fact]
    public async Task A_rush_of_registrations_delays_nobody_s_new_password()
    {
        // Nothing leaves before all are there.
        var gate = new TaskCompletionSource();
        await using var server = new ScriptedSmtpServer().On(".", new ScriptedReply("250 2.0.0 Ok").When(gate.Task)).Start();
        await using var host = await With(server.Port);
        var site = await host.NewSite();
        await site.Db(async db =>
        {
            for (var i = 0; i < 200; i++)
                db.Send(
                    new SystemMail
                    {
                        Kind = "test.notice",
                        To = $"notice{i}@example.org",
                        Subject = "s",
                        Text = "t",
                        Culture = "en",
                    }
                );
            for (var i = 0; i < 500; i++)
                db.Send(
                    new SystemMail
                    {
                        Kind = "members.confirm",
                        To = $"new{i}@example.org",
                        Subject = "s",
                        Text = "t",
                        Culture = "en",
                    }
                );
            return await db.SaveChangesAsync();
        });
        await TestSite.Until(() => Task.FromResult(server.Messages.Count >= 3), "some are under way");
        await site.Visitor().Submit("/forgotten-password", new() { ["Email"] = "anna@example.com" });
        // One lane is kept for it: it leaves though the relay has not answered for any of the others.
        await TestSite.Until(() => Task.FromResult(To(server).Contains("anna@example.com")), "it leaves");
        Assert.Equal(4, server.Messages.Count);
        gate.SetResult();
        await TestSite.Until(() => site.Db(db => db.SystemMails.AllAsync(l => l.State == SystemMailState.Sent)), "all are sent");
        var order = To(server).ToList();
        Assert.Equal(701, order.Count);
        Assert.Equal(701, order.Distinct().Count());
        // Those for which somebody waits before mere notices. A lane may be held up with its last one while the others go on, hence not the
        // very last.
        Assert.DoesNotContain(order.Take(400), a => a.StartsWith("notice"));
    }

    [Fact]
    public async Task Mails_of_other_sites_leave_though_the_relay_thinks_about_each_of_one()
    {
        var gate = new TaskCompletionSource();
        var server = new ScriptedSmtpServer();
        for (var i = 0; i < 50; i++) server.On($"RCPT slow{i}@example.org", new ScriptedReply("250 Ok").When(gate.Task));
        await using var stops = server.Start();
        await using var host = await With(server.Port);
        var (slow, other) = (await host.NewSite(), await host.NewSite());
        await Send(slow, [.. Enumerable.Range(0, 50).Select(i => $"slow{i}@example.org")]);
        await TestSite.Until(
            () => slow.Db(async db => await db.SystemMails.CountAsync(l => l.State == SystemMailState.InFlight) == 3),
            "they are under way"
        );
        await Send(other, "a@example.org", "b@example.org");
        await Until(other, "a@example.org", l => l.State == SystemMailState.Sent, "a is sent");
        await Until(other, "b@example.org", l => l.State == SystemMailState.Sent, "b is sent");
        gate.SetResult();
        await TestSite.Until(() => slow.Db(db => db.SystemMails.AllAsync(l => l.State == SystemMailState.Sent)), "all are sent");
        Assert.Equal(52, To(server).Distinct().Count());
        Assert.Equal(52, server.Messages.Count);
    }

    static IEnumerable<string> To(ScriptedSmtpServer server) =>
        server.Messages.Select(m => MimeKit.MimeMessage.Load(new MemoryStream(m)).To.Mailboxes.First().Address);

    [Fact, Trait("needs", "server")]
    public async Task Postfix_takes_mails()
    {
        await using var sink = await SmtpSink.StartAsync();
        await using var host = await With(sink.Port);
        var site = await host.NewSite();
        await Send(site, "a@example.org", "b@example.org");
        await Until(site, "a@example.org", l => l.State == SystemMailState.Sent, "a sent");
        await Until(site, "b@example.org", l => l.State == SystemMailState.Sent, "b sent");
        var messages = await sink.MessagesAsync(2);
        Assert.Equal(2, messages.Count);
        Assert.Contains(messages, m => m.Contains("X-Rcpt-Args: <a@example.org>"));
        Assert.All(messages, m => Assert.Contains("Auto-Submitted: auto-generated", m));
    }
}
