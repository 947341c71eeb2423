using Community.Mail.Smtp;
using Community.Mail.Tests.Server;
using static Community.Mail.Tests.Smtp.Sending;

namespace Community.Mail.Tests.Smtp;

public sealed class IdleTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_421_on_an_idle_connection_is_noticed_before_it_is_used_again(bool tls)
    {
        await using var server = new ScriptedSmtpServer { ImplicitTls = tls }
            .On(".", new ScriptedReply("250 2.0.0 Ok\r\n421 4.4.2 Idle for too long\r\n").ThenClose())
            .Start();
        using var client = new SmtpClient(new() { Timeouts = Brief }) { ServerCertificateValidationCallback = (_, _, _, _) => true };
        await client.ConnectAsync(server.Host, server.Port, tls ? SecureSocketOptions.SslOnConnect : SecureSocketOptions.None);
        Assert.Equal(SendStatus.Accepted, (await client.DeliverAsync()).Status);
        await server.IdleAsync();
        var result = await client.DeliverAsync();
        Assert.Equal((SendStatus.NotSent, SmtpPhase.MailFrom, 421, false), (result.Status, result.Phase, result.Code, client.IsConnected));
        Assert.Equal(3, server.Commands.Count(c => !c.StartsWith("EHLO", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Over_TLS_a_session_ticket_is_not_taken_for_a_farewell()
    {
        await using var server = new ScriptedSmtpServer { ImplicitTls = true }.Start();
        using var client = new SmtpClient(new() { Timeouts = Brief }) { ServerCertificateValidationCallback = (_, _, _, _) => true };
        await client.ConnectAsync(server.Host, server.Port, SecureSocketOptions.SslOnConnect);
        for (var i = 0; i < 3; i++) Assert.Equal(SendStatus.Accepted, (await client.DeliverAsync()).Status);
        await client.NoOpAsync();
    }

    [Fact]
    public async Task A_connection_is_spent_after_its_number_of_messages_its_age_or_its_idleness()
    {
        await using var server = new ScriptedSmtpServer().Start();
        var clock = new HandClock();
        using var client = await ConnectAsync(server, new() { Timeouts = Brief, MaxMessages = 2, Clock = clock });
        Assert.False(client.IsSpent);
        clock.Advance(TimeSpan.FromSeconds(21));
        Assert.True(client.IsSpent);
        await client.DeliverAsync();
        Assert.False(client.IsSpent);
        await client.DeliverAsync();
        Assert.True(client.IsSpent);
    }

    [Fact]
    public async Task QUIT_is_said_and_not_waited_for()
    {
        await using var server = new ScriptedSmtpServer().On("QUIT", ScriptedReply.Silence).Start();
        using var client = await ConnectAsync(server);
        await client.DisconnectAsync(true).WaitAsync(TimeSpan.FromSeconds(1));
        await server.IdleAsync();
        Assert.Equal("QUIT", server.Commands.Last());
    }
}
