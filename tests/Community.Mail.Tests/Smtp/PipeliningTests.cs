using Community.Mail.Smtp;
using Community.Mail.Tests.Server;
using static Community.Mail.Tests.Smtp.Sending;

namespace Community.Mail.Tests.Smtp;

public sealed class PipeliningTests
{
    private const string Mail = $"MAIL FROM:<{Sender}>\r\n", Rcpt = $"RCPT TO:<{Recipient}>\r\n";

    [Fact]
    public async Task MAIL_and_RCPT_go_together_where_it_is_offered_and_DATA_alone()
    {
        await using var server = new ScriptedSmtpServer().Offer("PIPELINING").Start();
        await DeliverOnceAsync(server);
        Assert.Equal([Mail + Rcpt, "DATA\r\n"], server.Writes.Skip(1).Take(2));
    }

    [Fact]
    public async Task Where_it_is_not_offered_or_not_wanted_each_command_goes_alone()
    {
        await using var plain = new ScriptedSmtpServer().Start();
        await DeliverOnceAsync(plain);
        Assert.Equal([Mail, Rcpt, "DATA\r\n"], plain.Writes.Skip(1).Take(3));
        await using var server = new ScriptedSmtpServer().Offer("PIPELINING").Start();
        await DeliverOnceAsync(server, new() { Timeouts = Brief, NoPipelining = true });
        Assert.Equal([Mail, Rcpt, "DATA\r\n"], server.Writes.Skip(1).Take(3));
    }

    [Fact]
    public async Task All_answers_of_a_group_are_read_before_any_is_judged()
    {
        await using var server = new ScriptedSmtpServer()
            .Offer("PIPELINING")
            .On("MAIL", "550 5.1.8 Not you", "250 Ok")
            .On("RCPT", "503 5.5.1 No MAIL", "250 Ok")
            .Start();
        using var client = await ConnectAsync(server);
        Assert.Equal((SmtpPhase.MailFrom, 550), await client.DeliverAsync() is var r ? (r.Phase, r.Code) : default);
        Assert.Equal(SendStatus.Accepted, (await client.DeliverAsync()).Status);
    }

    [Fact]
    public async Task A_server_that_promises_it_and_loses_commands_is_asked_one_by_one_the_next_time()
    {
        await using var server = new ScriptedSmtpServer { LosesPipelinedCommands = true }.Offer("PIPELINING").Start();
        using var client = await ConnectAsync(server, new() { Timeouts = Brief with { Command = Instant } });
        Assert.Equal((SendStatus.NotSent, SmtpPhase.RcptTo), await client.DeliverAsync() is var r ? (r.Status, r.Phase) : default);
        await client.ConnectAsync(server.Host, server.Port, SecureSocketOptions.None);
        Assert.Equal(SendStatus.Accepted, (await client.DeliverAsync()).Status);
    }

    [Fact]
    public async Task To_a_trusted_relay_DATA_may_go_along()
    {
        await using var server = new ScriptedSmtpServer().Offer("PIPELINING").Start();
        Assert.Equal(SendStatus.Accepted, (await DeliverOnceAsync(server, new() { Timeouts = Brief, PipelineData = true })).Status);
        Assert.Equal(Mail + Rcpt + "DATA\r\n", server.Writes.ElementAt(1));
    }

    [Fact]
    public async Task A_354_without_recipients_is_answered_with_a_lone_dot_and_nothing_of_the_message()
    {
        await using var server = new ScriptedSmtpServer()
            .Offer("PIPELINING")
            .On("RCPT", "550 5.1.1 Nobody", "250 Ok")
            .On(".", "554 5.5.1 No recipients", "250 Ok")
            .Start();
        using var client = await ConnectAsync(server, new() { Timeouts = Brief, PipelineData = true });
        Assert.Equal(
            (SendStatus.RejectedPermanent, SmtpPhase.RcptTo),
            await client.DeliverAsync() is var r ? (r.Status, r.Phase) : default
        );
        Assert.Empty(Assert.Single(server.Messages));
        Assert.Equal(SendStatus.Accepted, (await client.DeliverAsync()).Status);
    }

    [Fact]
    public async Task Two_hundred_recipients_are_asked_in_groups()
    {
        await using var server = new ScriptedSmtpServer().Offer("PIPELINING").Start();
        using var client = await ConnectAsync(server);
        var result = await client.DeliverAsync(
            Letter,
            new SmtpEnvelope(Sender, [.. Enumerable.Range(0, 200).Select(i => $"m{i}@example.org")])
        );
        Assert.Equal(SendStatus.Accepted, result.Status);
        Assert.Equal(200, server.Commands.Count(c => c.StartsWith("RCPT", StringComparison.Ordinal)));
    }
}
