using System.Diagnostics;
using System.Net;
using Community.Mail.Tests.Server;
using Community.Mailing;
using Community.Members;
using Community.Tests.Mailing;
using Microsoft.EntityFrameworkCore;
using MimeKit;

namespace Community.Tests.Crashes;

/// <summary>The mail relay is down, rejects connections, or does not reply.</summary>
[Trait("takes", "long")]
public sealed class RelayTests
{
    static readonly ScriptedReply closing = new ScriptedReply("421 4.3.2 Closing").ThenClose(),
        refusing = new ScriptedReply("554 5.3.2 No service").ThenClose();

    [Fact]
    public async Task A_mail_that_is_refused_at_one_stage_after_the_other_arrives_in_the_end()
    {
        await using var relay = new ScriptedSmtpServer()
            .On("CONNECT", closing, refusing, ScriptedReply.Close, "220 scripted")
            .On("MAIL", "451 4.3.0 Later", "553 5.7.1 Sender refused", "530 5.7.0 Authenticate first", "250 Ok")
            .On("RCPT", "451 4.2.0 Greylisted", "250 Ok")
            .On("DATA", "451 4.3.0 Later", "354 Go on")
            .On(".", "452 4.3.1 No room", "250 2.0.0 Ok")
            .Start();
        await using var host = await TestHost.Start(new() { ["Community:Relay"] = $"smtp://127.0.0.1:{relay.Port}" });
        var site = await host.NewSite();
        await Register(site, "dora@example.com");
        await TestSite.Until(async () =>
        {
            await site.Pass(minutes: 1);
            return await site.Db(db => db.SystemMails.AnyAsync(l => l.State == SystemMailState.Sent));
        }, "the mail is sent");
        Assert.Equal(2, relay.Messages.Count);
        Assert.Single(relay.Messages.Select(m => MimeMessage.Load(new MemoryStream(m)).MessageId).Distinct());
    }

    [Fact]
    public async Task With_the_relay_away_for_ten_minutes_pages_stay_quick_and_everything_is_sent_once_afterwards()
    {
        await using var relay = new ScriptedSmtpServer().On("CONNECT", closing).Start();
        await using var host = await TestHost.Start(new() { ["Community:Relay"] = $"smtp://127.0.0.1:{relay.Port}" });
        var site = await host.NewSite();
        await site.AddReaders(8);
        var (mailing, began) = (await (await site.SignIn("mailer")).Reserve(), Stopwatch.GetTimestamp());
        for (var i = 0; i < 5; i++) await Quick(() => Register(site, $"dora{i}@example.com"));
        for (var minutes = 0; minutes < 10; minutes += 2)
        {
            var before = relay.Connections;
            host.Clock.Advance(TimeSpan.FromMinutes(2));
            await TestSite.Until(() => Task.FromResult(relay.Connections > before), "it is tried again");
        }
        await Quick(() => site.SignIn("anna"));
        // Per pause, each sender makes one attempt per lane of the site: four lanes of direct mail, one of system e-mail.
        // The pauses of a slow machine's own minutes are among them; the shortest has five seconds.
        Assert.InRange(relay.Connections, 6, 60 + Stopwatch.GetElapsedTime(began).TotalSeconds);
        // What is under way counts its attempt, and gives it back.
        await TestSite.Until(
            () => site.Db(async db =>
                await db.SystemMails.MaxAsync(l => l.Attempts) == 0 && await db.Deliveries.MaxAsync(d => d.Attempts) == 0),
            "nobody is charged for it");

        relay.On("CONNECT", "220 scripted");
        await TestSite.Until(
            async () =>
            {
                await site.Pass(minutes: 1);
                return (await site.Mailing(mailing)).State == MailingState.Finished
                    && await site.Db(db => db.SystemMails.AllAsync(l => l.State == SystemMailState.Sent));
            },
            "all is sent"
        );
        await EverybodyOnce(relay, site, mailing, 10, mails: 5);
    }

    [Fact]
    public async Task With_a_relay_that_takes_messages_and_says_nothing_nobody_is_mailed_twice_and_pages_stay_quick()
    {
        var gate = new TaskCompletionSource();
        await using var relay = new ScriptedSmtpServer().On(".", new ScriptedReply("250 2.0.0 Ok").When(gate.Task)).Start();
        await using var host = await TestHost.Start(new() { ["Community:Relay"] = $"smtp://127.0.0.1:{relay.Port}" });
        var site = await host.NewSite();
        await site.AddReaders(8);
        var mailing = await (await site.SignIn("mailer")).Reserve();
        await Register(site, "dora0@example.com");
        await TestSite.Until(() => Task.FromResult(relay.Messages.Count == 9), "eight connections and a mail wait for an answer");
        host.Clock.Advance(TimeSpan.FromMinutes(10));
        await Quick(() => Register(site, "dora1@example.com"));
        await Quick(() => site.SignIn("anna"));
        // Longer than a server may take to reply: the deliveries become ambiguous and are shown as such.
        host.Clock.Advance(LeaseDeliveries.Lease);
        await TestSite.Until(
            async () => (await site.Counts(mailing)).GetValueOrDefault(DeliveryState.Ambiguous) == 8,
            "they are of unknown fate"
        );
        gate.SetResult();
        await site.Until(mailing, MailingState.Finished);
        await TestSite.Until(() => site.Db(db => db.SystemMails.AllAsync(l => l.State == SystemMailState.Sent)), "mails are sent");
        // The late reply is accepted. The second e-mail may also have been leased for the whole time.
        await EverybodyOnce(relay, site, mailing, 10, mails: 2, again: 2);
    }

    /// <param name="again">How many e-mails may be sent twice, because their lease expired without a reply.</param>
    static async Task EverybodyOnce(ScriptedSmtpServer relay, TestSite site, long mailing, int recipients, int mails, int again = 0)
    {
        // A late reply may still be on its way into the rows.
        await site.Accepted(mailing, recipients);
        await site.IdentityHolds(mailing);
        var messages = relay.Messages.Select(m => MimeMessage.Load(new MemoryStream(m))).ToLookup(m => m.Subject == "News of the week");
        Assert.Equal(recipients, messages[true].Count());
        Assert.Equal(recipients, messages[true].Select(m => m.To.Mailboxes.First().Address).Distinct().Count());
        Assert.Equal(mails, messages[false].Select(m => m.MessageId).Distinct().Count());
        Assert.InRange(messages[false].Count(), mails, mails + again);
    }

    static async Task Register(TestSite site, string email)
    {
        var page = await site.Visitor()
            .Submit(
                "/register",
                new()
                {
                    ["Name"] = "Dora",
                    ["Email"] = email,
                    ["Password"] = "a violet bicycle rests",
                }
            );
        Assert.True(page.Status == HttpStatusCode.OK && page.Text.Contains(email), page.Text);
    }

    /// <summary>Asserts that the action does not wait for the relay, which may take ten minutes to answer.</summary>
    static Task Quick(Func<Task> act) => act().WaitAsync(TestSite.Patience);
}
