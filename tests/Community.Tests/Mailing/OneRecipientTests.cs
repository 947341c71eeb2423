using Community.Mail;
using Community.Mail.Tests.Server;
using Community.Mailing;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Mailing;

/// <summary>A reply for one recipient affects only that recipient: nobody else waits, and undeliverable messages expire.</summary>
[Trait("takes", "long")]
public sealed class OneRecipientTests : IAsyncDisposable
{
    readonly ScriptedSmtpServer server = new();
    TestHost host = null!;
    TestSite unlucky = null!;

    async Task Start()
    {
        server.Start();
        host = await TestHost.Start(new() { ["Community:Relay"] = $"smtp://127.0.0.1:{server.Port}" });
        unlucky = await host.NewSite();
    }

    public async ValueTask DisposeAsync()
    {
        if (host is not null) await host.DisposeAsync();
        await server.DisposeAsync();
    }

    static readonly Dictionary<string, ScriptedReply> breaks = new()
    {
        ["421"] = new ScriptedReply("421 4.3.2 Closing\r\n").ThenClose(),
        ["close"] = ScriptedReply.Close,
        ["451"] = "451 4.3.0 Later",
        ["rubbish"] = "hello",
    };

    [Theory]
    [InlineData("RCPT", "421")]
    [InlineData("RCPT", "close")]
    [InlineData("RCPT", "rubbish")]
    [InlineData("DATA", "421")]
    [InlineData("DATA", "close")]
    [InlineData(".", "421")]
    [InlineData(".", "451")]
    public async Task One_recipient_with_whom_the_relay_breaks_off_makes_nobody_wait_and_comes_to_an_end(string verb, string how)
    {
        server.On($"{verb} anna@example.com", breaks[how]);
        await Start();
        var first = await (await unlucky.SignIn("mailer")).Reserve();
        await TestSite.Until(
            async () =>
                await unlucky.Counts(first) is var counts
                && (counts.GetValueOrDefault(DeliveryState.Accepted), counts.GetValueOrDefault(DeliveryState.Deferred)) == (1, 1),
            "the one is deferred, the other accepted"
        );
        var other = await host.NewSite();
        await other.Db(db =>
            db.Members.Where(m => m.Email == "anna@example.com").ExecuteUpdateAsync(s => s.SetProperty(m => m.Email, "anne@example.com"))
        );
        var second = await (await other.SignIn("mailer")).Reserve();
        // The clock stands still, so anything waiting for a later time would not proceed.
        await other.Until(second, MailingState.Finished);
        var counts = await unlucky.Counts(first);
        Assert.Equal((1, 1), (counts[DeliveryState.Accepted], counts[DeliveryState.Deferred]));
        // 421 is about the relay itself, and costs its recipient nothing.
        Assert.Equal(
            how == "421" ? 0 : 1,
            await unlucky.Db(db => db.Deliveries.Where(d => d.State == DeliveryState.Deferred).Select(d => d.Attempts).SingleAsync())
        );
        host.Clock.Advance(SettleDelivery.Patience + TimeSpan.FromMinutes(1));
        await unlucky.Until(first, MailingState.Finished);
        Assert.Equal(1, (await unlucky.Counts(first))[DeliveryState.Expired]);
        await unlucky.IdentityHolds(first);
    }

    [Theory]
    [InlineData("RCPT", "421")]
    [InlineData("RCPT", "close")]
    [InlineData("DATA", "421")]
    [InlineData(".", "451")]
    public async Task A_mail_with_which_the_relay_breaks_off_holds_up_no_other_and_comes_to_an_end(string verb, string how)
    {
        server.On($"{verb} anna@example.com", breaks[how]);
        await Start();
        await unlucky.Db(async db =>
        {
            foreach (var to in new[] { "anna@example.com", "ben@example.com", "carla@example.com" })
                db.Send(new SystemMail { Kind = "test.mail", To = to, Subject = "s", Text = "t", Culture = "en" });
            return await db.SaveChangesAsync();
        });
        await TestSite.Until(
            () => unlucky.Db(async db => await db.SystemMails.CountAsync(l => l.State == SystemMailState.Sent) == 2),
            "the others are sent"
        );
        await TestSite.Until(
            () =>
                unlucky.Db(db =>
                    db.SystemMails.AnyAsync(l => l.To == "anna@example.com" && l.State == SystemMailState.Waiting && l.Attempts == 1)
                ),
            "the one waits"
        );
        host.Clock.Advance(SystemMailQueue.MaxAge + TimeSpan.FromMinutes(1));
        await TestSite.Until(
            () => unlucky.Db(db => db.SystemMails.AnyAsync(l => l.To == "anna@example.com" && l.State == SystemMailState.Failed)),
            "it is given up"
        );
    }

    [Fact]
    public async Task A_site_whose_recipients_fail_in_a_row_waits_alone()
    {
        for (var i = 1; i <= 30; i++) server.On($"RCPT m{i}@example.com", breaks["421"]);
        await Start();
        await unlucky.AddReaders(30);
        var first = await (await unlucky.SignIn("mailer")).Reserve();
        await TestSite.Until(
            async () => (await unlucky.Counts(first)).GetValueOrDefault(DeliveryState.Deferred) >= RelayPause.SeveralInARow,
            "several failed"
        );
        var other = await host.NewSite();
        var second = await (await other.SignIn("mailer")).Reserve();
        await other.Until(second, MailingState.Finished);
        // Includes those on the eight connections when the pause began, and those before each of the members whose message is accepted,
        // which ends a row.
        var accepted = (await unlucky.Counts(first)).GetValueOrDefault(DeliveryState.Accepted);
        Assert.InRange((await unlucky.Counts(first))[DeliveryState.Deferred],
            RelayPause.SeveralInARow, RelayPause.SeveralInARow * (accepted + 1) + 8);
        for (var i = 1; i <= 30; i++) server.On($"RCPT m{i}@example.com", "250 Ok");
        await TestSite.Until(async () =>
        {
            await unlucky.Pass();
            return (await unlucky.Mailing(first)).State == MailingState.Finished;
        }, "its pauses end");
        Assert.Equal(32, (await unlucky.Counts(first))[DeliveryState.Accepted]);
    }

    [Fact]
    public async Task Mailings_wait_for_a_person_when_the_relay_was_away_for_days()
    {
        server.On("CONNECT", new ScriptedReply("421 4.3.2 Closing").ThenClose());
        await Start();
        var mailer = await unlucky.SignIn("mailer");
        var id = await mailer.Reserve();
        // A site has four lanes, so by the fifth attempt the sender knows that the relay is unreachable, and since when.
        await TestSite.Until(async () =>
        {
            host.Clock.Advance(TimeSpan.FromSeconds(10));
            return await unlucky.Db(db => db.DeliveryAttempts.CountAsync()) > 4;
        }, "it was tried again");
        host.Clock.Advance(SettleDelivery.Patience + TimeSpan.FromMinutes(1));
        await unlucky.Until(id, MailingState.Suspended);
        mailer = await unlucky.SignIn("mailer");
        Assert.Contains("could not be reached for three days", (await mailer.Get($"/staff/mailings/{id}")).Text);
        server.On("CONNECT", "220 scripted");
        await mailer.Press(id, "resume");
        await TestSite.Until(async () =>
        {
            await unlucky.Pass();
            return (await unlucky.Mailing(id)).State == MailingState.Finished;
        }, "it is finished");
        await unlucky.IdentityHolds(id);
    }

    [Theory]
    [InlineData(SendStatus.NotSent, SmtpPhase.Connect, null, DeliveryState.Pending)]
    [InlineData(SendStatus.NotSent, SmtpPhase.Authenticate, 535, DeliveryState.Pending)]
    // A timeout, or a dropped connection.
    [InlineData(SendStatus.NotSent, SmtpPhase.MailFrom, null, DeliveryState.Deferred)]
    [InlineData(SendStatus.NotSent, SmtpPhase.RcptTo, null, DeliveryState.Deferred)]
    [InlineData(SendStatus.NotSent, SmtpPhase.Body, null, DeliveryState.Deferred)]
    [InlineData(SendStatus.RejectedTransient, SmtpPhase.MailFrom, 421, DeliveryState.Deferred)]
    [InlineData(SendStatus.RejectedTransient, SmtpPhase.RcptTo, 421, DeliveryState.Deferred)]
    [InlineData(SendStatus.RejectedTransient, SmtpPhase.FinalDot, 452, DeliveryState.Deferred)]
    public void Every_answer_but_no_connection_comes_to_an_end(SendStatus status, SmtpPhase phase, int? code, DeliveryState early)
    {
        var result = new SendResult(status, phase, code, null, "");
        Assert.Equal(early, SettleDelivery.Judge(result, 1, TimeSpan.Zero).State);
        Assert.Equal(
            early == DeliveryState.Pending ? Completion.RelayAway : Completion.Trouble,
            SettleDelivery.Judge(result, 1, TimeSpan.Zero).Completion
        );
        Assert.Equal(DeliveryState.Expired, SettleDelivery.Judge(result, 1, SettleDelivery.Patience + TimeSpan.FromSeconds(1)).State);
        // 421 is about the relay: only time ends it.
        if (early == DeliveryState.Deferred)
            Assert.Equal(
                result.IsOfTheWay ? early : DeliveryState.Expired,
                SettleDelivery.Judge(result, SettleDelivery.MaxAttempts, TimeSpan.Zero).State
            );
    }
}
