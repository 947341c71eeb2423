using Community.Mail.Tests.Server;
using Community.Mailing;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Mailing;

/// <summary>Outcomes of recipients, with a mail server that misbehaves on demand.</summary>
[OnBothDatabases]
[Trait("takes", "long")]
public sealed class SendTests : IAsyncDisposable
{
    readonly ScriptedSmtpServer server = new();
    TestHost host = null!;
    TestSite site = null!;
    Visitor mailer = null!;

    async Task Start(int perHour = 0, int burst = 1)
    {
        server.Start();
        host = await TestHost.Start(
            new()
            {
                ["Community:Relay"] = $"smtp://127.0.0.1:{server.Port}",
                ["Community:MailingsPerHour"] = perHour.ToString(),
                ["Community:MailingBurst"] = burst.ToString(),
            }
        );
        site = await host.NewSite();
        mailer = await site.SignIn("mailer");
    }

    public async ValueTask DisposeAsync()
    {
        if (host is not null) await host.DisposeAsync();
        await server.DisposeAsync();
    }

    Task<Delivery> Of(long id, string email) => site.Db(db =>
    {
        var members = db.Members.Where(m => m.Email == email);
        return db.Deliveries.AsNoTracking().FirstAsync(d => d.MailingId == id && members.Any(m => m.Id == d.MemberId));
    });

    [Fact]
    public async Task Refused_for_now_it_is_tried_again_later_and_arrives()
    {
        server.On("RCPT", "451 4.2.0 Greylisted", "451 4.2.0 Greylisted", "250 Ok");
        await Start();
        var id = await mailer.Reserve();
        await TestSite.Until(async () => (await site.Counts(id)).GetValueOrDefault(DeliveryState.Deferred) == 2, "both are deferred");
        Assert.Empty(server.Messages);
        host.Clock.Advance(TimeSpan.FromMinutes(6));
        await site.Until(id, MailingState.Finished);
        Assert.Equal(2, server.Messages.Count);
        await site.IdentityHolds(id);
    }

    [Fact]
    public async Task Refused_for_good_it_is_not_tried_again()
    {
        server.On("RCPT", "550 5.1.1 Unknown", "250 Ok");
        await Start();
        var id = await mailer.Reserve();
        await site.Until(id, MailingState.Finished);
        Assert.Single(server.Messages);
        var counts = await site.Counts(id);
        Assert.Equal((1, 1), (counts[DeliveryState.Accepted], counts[DeliveryState.Rejected]));
        await site.IdentityHolds(id);
        Assert.Contains("550", (await mailer.Get($"/staff/mailings/{id}/recipients?state=Rejected")).Text);
    }

    [Fact]
    public async Task Where_the_server_refuses_us_the_mailing_halts_and_nobody_is_marked()
    {
        server.On("MAIL", "553 5.7.1 Sender refused", "553 5.7.1 Sender refused", "553 5.7.1 Sender refused", "250 Ok");
        await Start();
        var id = await mailer.Reserve();
        await site.Until(id, MailingState.Suspended);
        Assert.Contains("Sender refused", (await mailer.Get($"/staff/mailings/{id}")).Text);
        for (var i = 0; i < 4 && (await site.Mailing(id)).State != MailingState.Finished; i++)
        {
            if ((await site.Mailing(id)).State == MailingState.Suspended) await mailer.Press(id, "resume");
            await TestSite.Until(
                async () => (await site.Mailing(id)).State is MailingState.Suspended or MailingState.Finished,
                "it has halted again or is finished"
            );
        }
        await site.Until(id, MailingState.Finished);
        // Beside them, whoever scheduled it was told of each stop.
        Assert.Equal(2, server.Messages.Count(m => System.Text.Encoding.UTF8.GetString(m).Contains("Subject: News of the week")));
        await site.IdentityHolds(id);
    }

    [Fact]
    public async Task Without_an_answer_to_the_dot_it_is_shown_as_unknown_until_a_person_decides()
    {
        server.On(".", ScriptedReply.Close, ScriptedReply.Close, "250 2.0.0 Ok: queued as ABCDEF1");
        await Start();
        var id = await mailer.Reserve();
        await site.Until(id, MailingState.Finished);
        Assert.Equal(2, (await site.Counts(id))[DeliveryState.Ambiguous]);
        await site.IdentityHolds(id);
        host.Clock.Advance(TimeSpan.FromHours(1));
        await site.Rests();
        Assert.Equal(2, server.Messages.Count);

        mailer = await site.SignIn("mailer");
        await mailer.PressOn($"/staff/mailings/{id}/recipients?state=Ambiguous", "count-as-sent");
        await mailer.PressOn($"/staff/mailings/{id}/recipients?state=Ambiguous", "send-again");
        await site.Until(id, MailingState.Finished);
        Assert.Equal(3, server.Messages.Count);
        Assert.Equal(2, (await site.Counts(id))[DeliveryState.Accepted]);
        await site.IdentityHolds(id);
        Assert.Null((await site.Mailing(id)).Salt);
    }

    [Fact]
    public async Task Who_withdraws_after_the_start_gets_nothing_more()
    {
        await Start(perHour: 1);
        var id = await mailer.Reserve();
        await site.Accepted(id, 1);
        await site.Withdraw("anna@example.com");
        await site.Withdraw("ben@example.com");
        host.Clock.Advance(TimeSpan.FromHours(1));
        await site.Until(id, MailingState.Finished);
        Assert.Single(server.Messages);
        var counts = await site.Counts(id);
        Assert.Equal((1, 1), (counts[DeliveryState.Accepted], counts[DeliveryState.Suppressed]));
        await site.IdentityHolds(id);
    }

    [Fact]
    public async Task Paused_it_stands_still_and_resumed_it_goes_on_where_it_was()
    {
        await Start(perHour: 1);
        await site.AddReaders(3);
        var id = await mailer.Reserve();
        await site.Accepted(id, 1);
        Assert.Contains("Nothing more is sent until", (await mailer.Press(id, "pause")).Text);
        host.Clock.Advance(TimeSpan.FromHours(5));
        await site.Rests();
        Assert.Single(server.Messages);
        Assert.Equal(0, (await site.Db(db => db.Deliveries.Where(d => d.State == DeliveryState.Pending).MaxAsync(d => d.Attempts))));
        mailer = await site.SignIn("mailer");
        Assert.Contains("It goes on where it was", (await mailer.Press(id, "resume")).Text);
        for (var sent = 2; sent <= 5; sent++)
        {
            await site.Accepted(id, sent);
            host.Clock.Advance(TimeSpan.FromHours(1));
        }
        await site.Until(id, MailingState.Finished);
        Assert.Equal(5, server.Messages.Count);
        await site.IdentityHolds(id);
    }

    [Fact]
    public async Task Stopped_in_the_middle_the_rest_is_counted_as_stopped()
    {
        await Start(perHour: 1, burst: 2);
        await site.AddReaders(3);
        var id = await mailer.Reserve();
        await site.Accepted(id, 2);
        await mailer.Press(id, "cancel");
        await site.Until(id, MailingState.Cancelled);
        var counts = await site.Counts(id);
        Assert.Equal((2, 3), (counts[DeliveryState.Accepted], counts[DeliveryState.Cancelled]));
        await site.IdentityHolds(id);
        host.Clock.Advance(TimeSpan.FromDays(1));
        await site.Rests();
        Assert.Equal(2, server.Messages.Count);
    }

    [Fact]
    public async Task One_mailbox_gets_one_message_however_its_address_is_written()
    {
        await Start();
        await site.Db(async db =>
        {
            var kind = await db.MailKinds.Where(k => k.Key == "news").Select(k => k.Id).FirstAsync();
            foreach (var email in new[] { "Taro@bücher.example", "taro@xn--bcher-kva.example" })
            {
                var member = Member.Create("Taro", EmailAddress.Parse(email), DateTime.UtcNow);
                member.ConfirmedAt = DateTime.UtcNow;
                // Such members exist from before these addresses counted as equal.
                (member.Email, member.NormalizedEmail, member.NormalizedUserName) = (
                    email,
                    email.ToUpperInvariant(),
                    email.ToUpperInvariant()
                );
                member.AddressHash = email;
                member.Consents.Add(new ConsentState { KindId = kind, Granted = true, Since = DateTime.UtcNow });
                db.Members.Add(member);
            }
            return await db.SaveChangesAsync();
        });
        var id = await mailer.Reserve();
        await site.Until(id, MailingState.Finished);
        Assert.Equal(4, (await site.Mailing(id)).Total);
        Assert.Equal(3, server.Messages.Count);
    }

    [Fact]
    public async Task A_relay_that_is_away_costs_nobody_an_attempt()
    {
        server.On(
            "CONNECT",
            new ScriptedReply("421 4.3.2 Closing").ThenClose(),
            new ScriptedReply("421 4.3.2 Closing").ThenClose(),
            new ScriptedReply("421 4.3.2 Closing").ThenClose(),
            new ScriptedReply("421 4.3.2 Closing").ThenClose(),
            "220 scripted"
        );
        await Start();
        var id = await mailer.Reserve();
        await TestSite.Until(() => site.Db(db => db.DeliveryAttempts.AnyAsync()), "it was tried");
        Assert.Equal(0, (await Of(id, "anna@example.com")).Attempts);
        // The pause grows up to five minutes of clock time; due messages are noticed within a real second.
        await TestSite.Until(
            async () =>
            {
                await site.Pass(minutes: 1);
                return (await site.Mailing(id)).State == MailingState.Finished;
            },
            "the relay has taken all"
        );
        Assert.Equal(2, server.Messages.Count);
        await site.IdentityHolds(id);
    }

    [Fact]
    public async Task Nobody_left_in_the_audience_is_a_mailing_that_ends_at_once()
    {
        await Start();
        var id = await mailer.Reserve(
            local: site.Site.ToLocal(host.Clock.Now.AddHours(1)),
            also: new() { ["Form.c0-key"] = "members.name", ["Form.c0-name"] = "anna" }
        );
        await site.Withdraw("anna@example.com");
        host.Clock.Advance(TimeSpan.FromHours(1.1));
        await site.Until(id, MailingState.Finished);
        Assert.Equal(0, (await site.Mailing(id)).Total);
    }
}
