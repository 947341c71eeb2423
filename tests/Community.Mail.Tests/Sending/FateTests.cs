using System.Text;
using Community.Mail.Tests.Server;
using static Community.Mail.Tests.Sending.Relay;

namespace Community.Mail.Tests.Sending;

/// <summary>Every way in which handing over a message can end, each made by a server that misbehaves on order.</summary>
public sealed class FateTests
{
    public sealed record Fate(string Verb, ScriptedReply Reply, SendStatus Status, SmtpPhase Phase, int? Code = null)
    {
        public override string ToString() =>
            $"{Verb}: {Reply.Text?.Trim() ?? "nothing"}{(Reply.Closes ? ", and the connection ends" : "")}";
    }

    static ScriptedReply Ends(string text) => new ScriptedReply(text + "\r\n").ThenClose();

    static readonly Fate[] all =
    [
        // The connection ends.
        new("CONNECT", ScriptedReply.Close, SendStatus.NotSent, SmtpPhase.Greeting),
        new("EHLO", ScriptedReply.Close, SendStatus.NotSent, SmtpPhase.Hello),
        new("MAIL", ScriptedReply.Close, SendStatus.NotSent, SmtpPhase.MailFrom),
        new("RCPT", ScriptedReply.Close, SendStatus.NotSent, SmtpPhase.RcptTo),
        new("DATA", ScriptedReply.Close, SendStatus.NotSent, SmtpPhase.Data),
        new(".", ScriptedReply.Close, SendStatus.Ambiguous, SmtpPhase.FinalDot),
        // Not now.
        new("CONNECT", "450 4.7.0 Later", SendStatus.NotSent, SmtpPhase.Greeting, 450),
        new("MAIL", "450 4.2.1 Later", SendStatus.RejectedTransient, SmtpPhase.MailFrom, 450),
        new("RCPT", "450 4.2.1 Later", SendStatus.RejectedTransient, SmtpPhase.RcptTo, 450),
        new("DATA", "450 4.2.1 Later", SendStatus.RejectedTransient, SmtpPhase.Data, 450),
        new(".", "450 4.2.1 Later", SendStatus.RejectedTransient, SmtpPhase.FinalDot, 450),
        // Never.
        new("CONNECT", "554 5.7.1 Go away", SendStatus.NotSent, SmtpPhase.Greeting, 554),
        new("MAIL", "550 5.1.1 Nobody", SendStatus.RejectedPermanent, SmtpPhase.MailFrom, 550),
        new("RCPT", "550 5.1.1 Nobody", SendStatus.RejectedPermanent, SmtpPhase.RcptTo, 550),
        new("DATA", "550 5.1.1 Nobody", SendStatus.RejectedPermanent, SmtpPhase.Data, 550),
        new(".", "550 5.1.1 Nobody", SendStatus.RejectedPermanent, SmtpPhase.FinalDot, 550),
        // Not now, and the connection ends.
        new("CONNECT", Ends("421 4.7.0 Busy"), SendStatus.NotSent, SmtpPhase.Greeting, 421),
        new("MAIL", Ends("421 4.3.2 Closing"), SendStatus.RejectedTransient, SmtpPhase.MailFrom, 421),
        new("RCPT", Ends("421 4.3.2 Closing"), SendStatus.RejectedTransient, SmtpPhase.RcptTo, 421),
        new("DATA", Ends("421 4.3.2 Closing"), SendStatus.RejectedTransient, SmtpPhase.Data, 421),
        new(".", Ends("421 4.3.2 Closing"), SendStatus.RejectedTransient, SmtpPhase.FinalDot, 421),
        // What is no answer, or half of one.
        new("MAIL", "nonsense", SendStatus.NotSent, SmtpPhase.MailFrom),
        new("MAIL", "99 two digits", SendStatus.NotSent, SmtpPhase.MailFrom),
        new("MAIL", "354 out of turn", SendStatus.NotSent, SmtpPhase.MailFrom),
        new("RCPT", "250-one\r\n550 two\r\n", SendStatus.NotSent, SmtpPhase.RcptTo),
        new("DATA", "250 Ok", SendStatus.NotSent, SmtpPhase.Data),
        new(".", "what", SendStatus.Ambiguous, SmtpPhase.FinalDot),
        new(".", "354 Again", SendStatus.Ambiguous, SmtpPhase.FinalDot),
        new(".", "250-half\r\n550 half\r\n", SendStatus.Ambiguous, SmtpPhase.FinalDot),
        new(".", new ScriptedReply("25").ThenClose(), SendStatus.Ambiguous, SmtpPhase.FinalDot),
        // Silence.
        new("CONNECT", ScriptedReply.Silence, SendStatus.NotSent, SmtpPhase.Greeting),
        new("EHLO", ScriptedReply.Silence, SendStatus.NotSent, SmtpPhase.Hello),
        new("MAIL", ScriptedReply.Silence, SendStatus.NotSent, SmtpPhase.MailFrom),
        new("RCPT", ScriptedReply.Silence, SendStatus.NotSent, SmtpPhase.RcptTo),
        new("DATA", ScriptedReply.Silence, SendStatus.NotSent, SmtpPhase.Data),
        new(".", ScriptedReply.Silence, SendStatus.Ambiguous, SmtpPhase.FinalDot),
    ];

    public static TheoryData<string> Names => [.. all.Select(f => f.ToString())];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Each_fate_has_its_name(string name)
    {
        var fate = all.Single(f => f.ToString() == name);
        // Pipelined, an answer that does not come is told from the next by nobody.
        foreach (var offers in (string[][])(fate.Reply == ScriptedReply.Silence && fate.Verb != "." ? [[]] : [[], ["PIPELINING"]]))
            foreach (var asOctets in new[] { false, true })
            {
                await using var server = new ScriptedSmtpServer().Offer(offers).On(fate.Verb, fate.Reply).Start();
                var limits = fate.Reply == ScriptedReply.Silence ? Brief with { Command = Instant, FinalDot = Instant } : Brief;
                var result = await DeliverOnce(server, limits, asOctets: asOctets);
                Assert.Equal((fate.Status, fate.Phase, fate.Code), (result.Status, result.Phase, result.Code));
                Assert.Equal(Expected(fate), result.Verdict);
                Assert.Equal(fate.Verb == "." ? 1 : 0, server.Messages.Count);
            }
    }

    static SendVerdict Expected(Fate fate) => fate.Status switch
    {
        SendStatus.Ambiguous => SendVerdict.Ambiguous,
        SendStatus.NotSent when fate.Phase < SmtpPhase.MailFrom => SendVerdict.RelayAway,
        SendStatus.RejectedPermanent => fate.Phase == SmtpPhase.MailFrom ? SendVerdict.SenderRefused : SendVerdict.Refused,
        SendStatus.RejectedTransient when fate is { Phase: SmtpPhase.RcptTo, Code: not 421 } => SendVerdict.RecipientDeferred,
        _ => SendVerdict.Deferred,
    };

    [Fact]
    public async Task A_message_is_accepted_and_arrives_as_it_was()
    {
        await using var server = new ScriptedSmtpServer().Start();
        var result = await DeliverOnce(server);
        Assert.Equal(new(SendStatus.Accepted, SmtpPhase.FinalDot, 250, "2.0.0", "2.0.0 Ok: queued as 4F1D2A77"), result);
        Assert.Equal(
            OutgoingMessage.ToBytes(Message()).Text().Split("\r\n\r\n")[0].Split("boundary")[0],
            Assert.Single(server.Messages).Text().Split("boundary")[0]
        );
        Assert.Equal(["EHLO [127.0.0.1]", $"MAIL FROM:<{Sender}>", $"RCPT TO:<{Recipient}>", "DATA"], server.Commands);
    }

    [Fact]
    public async Task The_intent_is_committed_when_all_but_the_dot_is_on_the_wire_and_the_dot_leaves_by_itself()
    {
        // As long as several of MailKit's buffers, and shorter than one.
        foreach (var text in (string[])["Good morning", string.Concat(Enumerable.Repeat("A line.\n.\n", 3000))])
            foreach (var asOctets in new[] { false, true })
            {
                await using var server = new ScriptedSmtpServer().Start();
                using var client = await Connect(server);
                var (messages, seen, message) = (-1, "", Message(text));
                var result = await (asOctets
                    ? client.Deliver(OutgoingMessage.ToBytes(message).AsMemory(), Sender, Recipient, Committed)
                    : client.Deliver(message, Sender, Recipient, Committed));
                async Task Committed(CancellationToken ct)
                {
                    while (!string.Concat(server.Writes).EndsWith("--\r\n", StringComparison.Ordinal)) await Task.Delay(5, ct);
                    (messages, seen) = (server.Messages.Count, string.Concat(server.Writes));
                }
                Assert.Equal((SendStatus.Accepted, 0), (result.Status, messages));
                Assert.Equal(".\r\n", string.Concat(server.Writes)[seen.Length..]);
                Assert.Equal(".\r\n", server.Writes.Last());
            }
    }

    [Fact]
    public async Task Octets_arrive_as_they_are_one_message_after_the_other()
    {
        byte[][] all =
        [
            OutgoingMessage.ToBytes(Message(".\n..\n.x\n")),
            // Any field may be the first one, as that of a signature, and a long one.
            Encoding.ASCII.GetBytes("DKIM-Signature: v=1;\r\n\tb=x\r\nFrom: a@example.org\r\nMIME-Version: 1.0\r\n\r\n.\r\n\r\n.a\r\n"),
            OutgoingMessage.ToBytes(Message(string.Concat(Enumerable.Repeat("茶は熱いうちに。\n", 3000)))),
        ];
        foreach (var offers in (string[][])[[], ["PIPELINING"]])
        {
            await using var server = new ScriptedSmtpServer().Offer(offers).Start();
            using var client = await Connect(server);
            foreach (var message in all)
                Assert.Equal(SendStatus.Accepted, (await client.Deliver(message.AsMemory(), Sender, Recipient)).Status);
            Assert.Equal(all.Select(m => m.Text()), server.Messages.Select(m => m.Text()));
        }
    }

    [Fact]
    public async Task Pipelined_the_commands_leave_in_one_write_and_a_short_text_with_its_dot_once_the_intent_is_committed()
    {
        await using var server = new ScriptedSmtpServer().Offer("PIPELINING").Start();
        using var client = await Connect(server);
        for (var i = 0; i < 3; i++)
        {
            var (message, before) = (OutgoingMessage.ToBytes(Message(".\nGood morning " + i)), server.Writes.Count);
            string[] seen = [];
            var result = await client.Deliver(message.AsMemory(), Sender, Recipient, _ =>
            {
                seen = [.. server.Writes.Skip(before)];
                return Task.CompletedTask;
            });
            Assert.Equal(new(SendStatus.Accepted, SmtpPhase.FinalDot, 250, "2.0.0", "2.0.0 Ok: queued as 4F1D2A77"), result);
            Assert.Equal([$"MAIL FROM:<{Sender}>\r\nRCPT TO:<{Recipient}>\r\nDATA\r\n"], seen);
            Assert.EndsWith("--\r\n.\r\n", server.Writes.Skip(before + 1).Single());
            Assert.Equal(message.Text(), server.Messages.Last().Text());
        }
    }

    [Fact]
    public async Task Pipelined_a_message_whose_body_is_written_goes_as_octets_and_one_with_objects_by_the_library()
    {
        await using var server = new ScriptedSmtpServer().Offer("PIPELINING").Start();
        using var client = await Connect(server);
        foreach (var isWritten in new[] { true, false })
        {
            var (text, html) = (".\nGood morning", "<p>Good morning");
            var message = Message(body: isWritten ? MailBody.Written(text, html) : new MailBody(text, html));
            var before = server.Writes.Count;
            Assert.Equal(SendStatus.Accepted, (await client.Deliver(message, Sender, Recipient)).Status);
            Assert.Equal(OutgoingMessage.ToBytes(message).Text(), server.Messages.Last().Text());
            Assert.Equal(isWritten, server.Writes.Count - before == 2);
        }
    }

    [Fact]
    public async Task Pipelined_a_long_text_is_on_the_wire_before_its_intent()
    {
        await using var server = new ScriptedSmtpServer().Offer("PIPELINING").Start();
        using var client = await Connect(server);
        var message = OutgoingMessage.ToBytes(Message(string.Concat(Enumerable.Repeat("A line.\n.\n", 30_000))));
        var messages = -1;
        var result = await client.Deliver(message.AsMemory(), Sender, Recipient, async ct =>
        {
            while (!string.Concat(server.Writes).EndsWith("--\r\n", StringComparison.Ordinal)) await Task.Delay(5, ct);
            messages = server.Messages.Count;
        });
        Assert.Equal((SendStatus.Accepted, 0, ".\r\n"), (result.Status, messages, server.Writes.Last()));
        Assert.Equal(message.Text(), Assert.Single(server.Messages).Text());
    }

    [Fact]
    public async Task Pipelined_a_refused_recipient_leaves_the_connection_if_the_server_wants_no_text_either()
    {
        foreach (var verb in (string[])["MAIL", "RCPT", "DATA", "."])
        {
            await using var server = new ScriptedSmtpServer().Offer("PIPELINING").On(verb, "550 5.1.1 Nobody", "250 Ok").Start();
            if (verb is "MAIL" or "RCPT") server.On("DATA", "503 5.5.1 Nobody", "354 Go on");
            if (verb == "DATA") server.On(verb, "550 5.1.1 Nobody", "354 Go on");
            using var client = await Connect(server);
            var result = await client.Deliver(OutgoingMessage.ToBytes(Message()).AsMemory(), Sender, Recipient);
            Assert.Equal((SendStatus.RejectedPermanent, "5.1.1"), (result.Status, result.Enhanced));
            Assert.True(client.IsUsable);
            Assert.Equal(
                SendStatus.Accepted, (await client.Deliver(OutgoingMessage.ToBytes(Message()).AsMemory(), Sender, Recipient)).Status);
            Assert.Equal((1, 1, verb == "." ? 0 : 1), (server.Connections, client.MessagesSent, server.Commands.Count(c => c == "RSET")));
        }
        // It waits for a text: to end that one with a dot might deliver it.
        await using var waiting = new ScriptedSmtpServer().Offer("PIPELINING").On("RCPT", "550 5.1.1 Nobody").Start();
        using var over = await Connect(waiting);
        Assert.Equal(
            SendStatus.RejectedPermanent, (await over.Deliver(OutgoingMessage.ToBytes(Message()).AsMemory(), Sender, Recipient)).Status);
        Assert.False(over.IsUsable);
        await waiting.IdleAsync();
        Assert.Empty(waiting.Messages);
    }

    [Fact]
    public async Task Pipelined_as_well_nothing_leaves_without_its_intent_and_nothing_is_in_doubt_before_it()
    {
        foreach (var text in (string[])["Good morning", string.Concat(Enumerable.Repeat("A line.\n", 3000))])
        {
            var message = OutgoingMessage.ToBytes(Message(text)).AsMemory();
            await using var server = new ScriptedSmtpServer().Offer("PIPELINING").Start();
            using var client = await Connect(server);
            await Assert.ThrowsAsync<TimeZoneNotFoundException>(
                () => client.Deliver(message, Sender, Recipient, _ => throw new TimeZoneNotFoundException()));
            Assert.False(client.IsUsable);
            await server.IdleAsync();
            Assert.Equal((0, 1), (server.Messages.Count, server.Unfinished));
            // The server leaves while the intent is committed.
            await using var leaving = new ScriptedSmtpServer().Offer("PIPELINING").Start();
            using var left = await Connect(leaving);
            var result = await left.Deliver(
                message, Sender, Recipient, async _ => { await leaving.DisposeAsync(); await Task.Delay(30); });
            Assert.Equal((SendStatus.NotSent, SmtpPhase.Body), (result.Status, result.Phase));
        }
    }

    [Fact]
    public async Task Pipelined_an_answer_before_the_message_ended_keeps_all_of_it_back()
    {
        await using var server = new ScriptedSmtpServer().Offer("PIPELINING").On("DATA", "354 Go\r\n552 5.3.4 Too long\r\n").Start();
        using var client = await Connect(server);
        var result = await client.Deliver(OutgoingMessage.ToBytes(Message()).AsMemory(), Sender, Recipient, _ => Task.CompletedTask);
        Assert.Equal((SendStatus.NotSent, SmtpPhase.Body), (result.Status, result.Phase));
        await server.IdleAsync();
        Assert.Equal((0, 1), (server.Messages.Count, server.Unfinished));
    }

    [Fact]
    public async Task When_the_intent_cannot_be_committed_the_dot_never_leaves()
    {
        await using var server = new ScriptedSmtpServer().Start();
        using var client = await Connect(server);
        await Assert.ThrowsAsync<TimeZoneNotFoundException>(() => client.Deliver(_ => throw new TimeZoneNotFoundException()));
        Assert.False(client.IsUsable);
        await server.IdleAsync();
        Assert.Empty(server.Messages);
        Assert.Equal(1, server.Unfinished);
        Assert.DoesNotContain("QUIT", server.Commands);
    }

    [Fact]
    public async Task A_server_that_leaves_while_the_intent_is_committed_leaves_nothing_in_doubt()
    {
        await using var server = new ScriptedSmtpServer().Start();
        using var client = await Connect(server);
        var result = await client.Deliver(async _ => { await server.DisposeAsync(); await Task.Delay(30); });
        Assert.Equal((SendStatus.NotSent, SmtpPhase.Body), (result.Status, result.Phase));
    }

    [Fact]
    public async Task An_answer_before_the_message_ended_keeps_the_dot_back()
    {
        var reply = new ScriptedReply("354 Go\r\n552 5.3.4 Too long\r\n").InPieces(8) with { Pause = TimeSpan.FromMilliseconds(10) };
        await using var server = new ScriptedSmtpServer().On("DATA", reply).Start();
        using var client = await Connect(server);
        var result = await client.Deliver(reply.Sent.Task.WaitAsync);
        Assert.Equal((SendStatus.NotSent, SmtpPhase.Body), (result.Status, result.Phase));
        await server.IdleAsync();
        Assert.Empty(server.Messages);
    }

    [Fact]
    public async Task A_server_that_greets_nobody_is_away()
    {
        await using var server = new ScriptedSmtpServer().On("EHLO", "450 4.7.0 Later").On("HELO", "450 4.7.0 Later").Start();
        var result = await DeliverOnce(server);
        Assert.Equal((SendVerdict.RelayAway, SmtpPhase.Hello, 450), (result.Verdict, result.Phase, result.Code));
    }

    [Fact]
    public async Task The_conversation_is_the_same_whatever_a_server_offers()
    {
        await using var server = new ScriptedSmtpServer()
            .Offer("SIZE 1000000", "8BITMIME", "SMTPUTF8", "DSN", "CHUNKING", "BINARYMIME", "REQUIRETLS")
            .Start();
        Assert.Equal(SendStatus.Accepted, (await DeliverOnce(server)).Status);
        Assert.Equal([$"MAIL FROM:<{Sender}>", $"RCPT TO:<{Recipient}>", "DATA"], server.Commands.Skip(1));
    }

    [Fact]
    public async Task Cancelling_before_the_dot_throws_and_delivers_nothing()
    {
        foreach (var offers in (string[][])[[], ["PIPELINING"]])
            foreach (var verb in (string[])["MAIL", "RCPT", "DATA", "the intent"])
            {
                // Pipelined, the answer to DATA would be taken for one that does not come.
                if (offers.Length > 0 && verb is "MAIL" or "RCPT") continue;
                await using var server = new ScriptedSmtpServer().Offer(offers).On(verb, ScriptedReply.Silence).Start();
                using var client = await Connect(server);
                using var cancel = new CancellationTokenSource();
                if (verb != "the intent") cancel.CancelAfter(Instant);
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.Deliver(
                    OutgoingMessage.ToBytes(Message()).AsMemory(), Sender, Recipient, _ => cancel.CancelAsync(), cancel.Token));
                await server.IdleAsync();
                Assert.Empty(server.Messages);
            }
    }

    [Fact]
    public async Task Cancelling_while_the_dot_is_unanswered_is_ambiguous_and_does_not_throw()
    {
        await using var server = new ScriptedSmtpServer().On(".", ScriptedReply.Silence).Start();
        using var client = await Connect(server);
        using var cancel = new CancellationTokenSource();
        var result = await client.Deliver(_ => { cancel.CancelAfter(Instant); return Task.CompletedTask; }, cancel.Token);
        Assert.Equal((SendStatus.Ambiguous, SmtpPhase.FinalDot), (result.Status, result.Phase));
    }

    [Fact]
    public async Task A_server_that_drips_is_not_waited_for_longer_than_a_delivery_may_take()
    {
        var drip = new ScriptedReply(string.Concat(Enumerable.Repeat("250-and on and on\r\n", 2000)))
            .InPieces(1)
            .After(TimeSpan.FromMilliseconds(20));
        foreach (var offers in (string[][])[[], ["PIPELINING"]])
        {
            await using var server = new ScriptedSmtpServer().Offer(offers)
                .On("MAIL", drip with { Pause = TimeSpan.FromMilliseconds(20) }).Start();
            var result = await DeliverOnce(server, Brief with { Delivery = 2 * Instant }, asOctets: true);
            Assert.Equal((SendStatus.NotSent, SmtpPhase.MailFrom), (result.Status, result.Phase));
            await using var late = new ScriptedSmtpServer().Offer(offers)
                .On(".", drip with { Pause = TimeSpan.FromMilliseconds(20) }).Start();
            Assert.Equal(SendStatus.Ambiguous, (await DeliverOnce(late, Brief with { FinalDot = 2 * Instant }, asOctets: true)).Status);
        }
    }

    [Fact]
    public async Task Behind_the_final_dot_the_server_may_think_longer_than_about_a_command()
    {
        var answer = new ScriptedReply("250 2.0.0 At last").After(2 * Instant);
        foreach (var offers in (string[][])[[], ["PIPELINING"]])
        {
            await using var server = new ScriptedSmtpServer().Offer(offers).On(".", answer).Start();
            var limits = Brief with { Command = Instant, Delivery = 10 * Instant };
            Assert.Equal(SendStatus.Accepted, (await DeliverOnce(server, limits, asOctets: true)).Status);
        }
        Assert.Equal(600, RelayLimits.Default.FinalDot.TotalSeconds);
        Assert.Equal(300, RelayLimits.Default.Command.TotalSeconds);
    }

    [Fact]
    public async Task After_a_refusal_the_connection_takes_the_next_message()
    {
        foreach (var verb in (string[])["MAIL", "RCPT", "DATA", "."])
        {
            await using var server = new ScriptedSmtpServer().On(verb, "550 5.1.1 Nobody", "250 Ok").Start();
            if (verb == "DATA") server.On(verb, "550 5.1.1 Nobody", "354 Go on");
            using var client = await Connect(server);
            Assert.Equal(SendStatus.RejectedPermanent, (await client.Deliver()).Status);
            Assert.Equal(SendStatus.Accepted, (await client.Deliver()).Status);
            Assert.Equal((1, 1), (server.Connections, client.MessagesSent));
        }
    }
}
