using System.Text;
using Community.Mail.Smtp;
using Community.Mail.Tests.Server;
using static Community.Mail.Tests.Smtp.Sending;

namespace Community.Mail.Tests.Smtp;

public sealed class DeliveryTests
{
    [Fact]
    public async Task A_message_is_accepted_and_arrives_as_it_was()
    {
        await using var server = new ScriptedSmtpServer().Start();
        var result = await DeliverOnceAsync(server);
        Assert.Equal(
            (SendStatus.Accepted, SmtpPhase.FinalDot, 250, "2.0.0", "4F1D2A77"),
            (result.Status, result.Phase, result.Code, result.Enhanced, result.QueueId)
        );
        Assert.Equal(Letter.ToArray(), Assert.Single(server.Messages));
    }

    [Theory]
    [InlineData("MAIL", SmtpPhase.MailFrom)]
    [InlineData("RCPT", SmtpPhase.RcptTo)]
    [InlineData("DATA", SmtpPhase.Data)]
    [InlineData(".", SmtpPhase.FinalDot)]
    public async Task A_421_at_any_verb_is_a_transient_refusal_and_ends_the_connection(string verb, SmtpPhase phase)
    {
        await using var server = new ScriptedSmtpServer().On(verb, new ScriptedReply("421 4.3.2 Closing\r\n").ThenClose()).Start();
        using var client = await ConnectAsync(server);
        var result = await client.DeliverAsync();
        Assert.Equal((SendStatus.RejectedTransient, phase, 421, "4.3.2"), (result.Status, result.Phase, result.Code, result.Enhanced));
        Assert.False(client.IsConnected);
    }

    [Theory]
    [InlineData("MAIL", SmtpPhase.MailFrom)]
    [InlineData("RCPT", SmtpPhase.RcptTo)]
    [InlineData("DATA", SmtpPhase.Data)]
    public async Task A_connection_lost_before_the_dot_means_not_sent(string verb, SmtpPhase phase)
    {
        await using var server = new ScriptedSmtpServer().On(verb, ScriptedReply.Close).Start();
        var result = await DeliverOnceAsync(server);
        Assert.Equal((SendStatus.NotSent, phase, false), (result.Status, result.Phase, result.IsPermanent));
    }

    [Theory]
    [InlineData("450 4.2.1 Later", SendStatus.RejectedTransient)]
    [InlineData("550 5.1.1 Nobody", SendStatus.RejectedPermanent)]
    public async Task The_class_of_the_reply_decides_what_a_refusal_is(string reply, SendStatus status)
    {
        foreach (var verb in (string[])["MAIL", "RCPT", "DATA", "."])
        {
            await using var server = new ScriptedSmtpServer().On(verb, reply).Start();
            Assert.Equal(status, (await DeliverOnceAsync(server)).Status);
        }
    }

    [Fact]
    public async Task After_the_dot_silence_a_lost_connection_and_nonsense_are_all_ambiguous()
    {
        var options = new SmtpClientOptions { Timeouts = Brief with { FinalDot = Instant } };
        foreach (
            var reply in (ScriptedReply[])
                [
                    ScriptedReply.Silence,
                    ScriptedReply.Close,
                    "354 Again",
                    "what",
                    "250-half\r\n550 half",
                    new ScriptedReply("25").ThenClose(),
                ]
        )
        {
            await using var server = new ScriptedSmtpServer().On(".", reply).Start();
            using var client = await ConnectAsync(server, options);
            var result = await client.DeliverAsync();
            Assert.Equal((SendStatus.Ambiguous, SmtpPhase.FinalDot), (result.Status, result.Phase));
            Assert.False(client.IsConnected);
            Assert.Single(server.Messages);
        }
    }

    [Fact]
    public async Task Cancelling_while_the_dot_is_unanswered_is_ambiguous_and_does_not_throw()
    {
        await using var server = new ScriptedSmtpServer().On(".", ScriptedReply.Silence).Start();
        using var client = await ConnectAsync(server);
        using var cancel = new CancellationTokenSource();
        cancel.CancelAfter(Instant);
        Assert.Equal(SendStatus.Ambiguous, (await client.DeliverAsync(cancellationToken: cancel.Token)).Status);
    }

    [Fact]
    public async Task Cancelling_before_the_dot_throws_and_delivers_nothing()
    {
        await using var server = new ScriptedSmtpServer().Start();
        using var client = await ConnectAsync(server);
        using var cancel = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.DeliverAsync(_ => cancel.CancelAsync(), cancel.Token));
        await server.IdleAsync();
        Assert.Empty(server.Messages);
        Assert.Equal(1, server.Unfinished);
    }

    [Fact]
    public async Task When_the_intent_cannot_be_written_down_the_dot_never_leaves()
    {
        await using var server = new ScriptedSmtpServer().Start();
        using var client = await ConnectAsync(server);
        await Assert.ThrowsAsync<TimeZoneNotFoundException>(() => client.DeliverAsync(_ => throw new TimeZoneNotFoundException()));
        Assert.False(client.IsConnected);
        await server.IdleAsync();
        Assert.Empty(server.Messages);
        Assert.Equal(1, server.Unfinished);
        Assert.DoesNotContain("QUIT", server.Commands);
    }

    [Fact]
    public async Task The_intent_is_asked_for_after_the_body_and_before_the_dot()
    {
        await using var server = new ScriptedSmtpServer().Start();
        using var client = await ConnectAsync(server);
        var seen = -1;
        await client.DeliverAsync(async _ => { await Task.Delay(50); seen = server.Messages.Count; });
        Assert.Equal(0, seen);
        Assert.EndsWith("Good morning\r\n", string.Concat(server.Writes.SkipLast(1)), StringComparison.Ordinal);
        Assert.Equal(".\r\n", server.Writes.Last());
    }

    [Fact]
    public async Task A_server_that_leaves_while_the_intent_is_written_leaves_nothing_in_doubt()
    {
        await using var server = new ScriptedSmtpServer().Start();
        using var client = await ConnectAsync(server);
        var result = await client.DeliverAsync(async _ => { await server.DisposeAsync(); await Task.Delay(30); });
        Assert.Equal((SendStatus.NotSent, SmtpPhase.Body), (result.Status, result.Phase));
    }

    [Fact]
    public async Task Of_several_recipients_the_refused_are_named_and_the_others_served()
    {
        await using var server = new ScriptedSmtpServer()
            .Offer("PIPELINING")
            .On("RCPT", "250 Ok", "550 5.1.1 Nobody", "450 4.2.2 Full")
            .Start();
        using var client = await ConnectAsync(server);
        var result = await client.DeliverAsync(Letter, new SmtpEnvelope(Sender, ["a@example.org", "b@example.org", "c@example.org"]));
        Assert.Equal(SendStatus.Accepted, result.Status);
        Assert.Equal(
            [("b@example.org", 550, "5.1.1"), ("c@example.org", 450, "4.2.2")],
            result.Refused.Select(r => (r.Address, r.Code, r.Enhanced!))
        );
    }

    [Fact]
    public async Task If_one_of_the_refused_may_be_tried_again_the_whole_is_transient()
    {
        await using var server = new ScriptedSmtpServer().On("RCPT", "550 5.1.1 Nobody", "450 4.2.2 Full").Start();
        using var client = await ConnectAsync(server);
        var result = await client.DeliverAsync(Letter, new SmtpEnvelope(Sender, ["a@example.org", "b@example.org"]));
        Assert.Equal((SendStatus.RejectedTransient, 450), (result.Status, result.Code));
    }

    [Fact]
    public async Task A_transaction_that_failed_is_reset_before_the_next_and_a_good_one_is_not()
    {
        await using var server = new ScriptedSmtpServer().On("RCPT", "550 5.1.1 Nobody", "250 Ok").Start();
        using var client = await ConnectAsync(server);
        await client.DeliverAsync();
        Assert.Equal(SendStatus.Accepted, (await client.DeliverAsync()).Status);
        Assert.Equal(SendStatus.Accepted, (await client.DeliverAsync()).Status);
        Assert.Equal(["EHLO", "MAIL", "RCPT", "RSET", "MAIL", "RCPT", "DATA", "MAIL", "RCPT", "DATA"], server.Commands.Select(c => c[..4]));
        Assert.Equal(2, client.MessagesSent);
    }

    [Fact]
    public async Task A_refusal_in_the_middle_of_a_long_message_is_heard()
    {
        await using var server = new ScriptedSmtpServer().On("DATA", new ScriptedReply("354 Go\r\n552 5.3.4 Too long\r\n")).Start();
        using var client = await ConnectAsync(server);
        var result = await client.DeliverAsync(
            Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("line\r\n", 100_000))),
            Sender,
            Recipient
        );
        Assert.Equal((SendStatus.RejectedPermanent, SmtpPhase.Body, 552), (result.Status, result.Phase, result.Code));
    }
}
