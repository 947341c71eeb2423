using Community.Mail.Smtp;
using Community.Mail.Tests.Server;
using static Community.Mail.Tests.Smtp.Sending;

namespace Community.Mail.Tests.Smtp;

public sealed class TlsTests
{
    private static readonly SmtpClientOptions AnyCertificate = new() { Timeouts = Brief, AllowUnverifiedTls = true };

    [Fact]
    public async Task A_certificate_nobody_vouches_for_is_refused()
    {
        await using var server = new ScriptedSmtpServer().Offer("STARTTLS").Start();
        foreach (
            var security in (SecureSocketOptions[])
                [SecureSocketOptions.StartTls, SecureSocketOptions.StartTlsWhenAvailable, SecureSocketOptions.Auto]
        )
        {
            var failure = await Assert.ThrowsAsync<SmtpProtocolException>(() => ConnectAsync(server, security: security));
            Assert.Equal((SmtpPhase.StartTls, SendStatus.NotSent), (failure.Phase, failure.Result.Status));
        }
    }

    [Fact]
    public async Task Opportunistic_TLS_takes_any_certificate_and_says_so()
    {
        await using var server = new ScriptedSmtpServer().Offer("STARTTLS", "SIZE 5000").Start();
        using var client = await ConnectAsync(server, AnyCertificate, SecureSocketOptions.StartTlsWhenAvailable);
        Assert.Equal((true, false), (client.IsSecure, client.IsVerified));
        Assert.Equal(SmtpCapabilities.Size, client.Capabilities);
        Assert.Equal(SendStatus.Accepted, (await client.DeliverAsync()).Status);
        Assert.Equal(["EHLO", "STARTTLS", "EHLO"], server.Commands.Take(3).Select(c => c.Split(' ')[0]));
    }

    [Fact]
    public async Task What_was_offered_in_the_clear_is_forgotten_under_TLS()
    {
        await using var server = new ScriptedSmtpServer().Offer("STARTTLS")
            .On("EHLO", "250-evil\r\n250-STARTTLS\r\n250-PIPELINING\r\n250 AUTH LOGIN", "250 honest").Start();
        using var client = await ConnectAsync(server, AnyCertificate, SecureSocketOptions.StartTls);
        Assert.Equal(SmtpCapabilities.None, client.Capabilities);
    }

    [Fact]
    public async Task Words_put_behind_the_leave_to_start_TLS_are_an_attack()
    {
        await using var server = new ScriptedSmtpServer()
            .Offer("STARTTLS")
            .On("STARTTLS", "220 Go\r\n250-evil\r\n250 AUTH PLAIN\r\n")
            .Start();
        var failure = await Assert.ThrowsAsync<SmtpProtocolException>(() =>
            ConnectAsync(server, AnyCertificate, SecureSocketOptions.StartTls)
        );
        Assert.Equal(SmtpPhase.StartTls, failure.Phase);
        Assert.Contains("attack", failure.Message);
    }

    [Theory]
    [InlineData("454 4.7.0 Not now", typeof(SmtpCommandException))]
    [InlineData("220 Go", typeof(SmtpProtocolException))]
    public async Task A_server_that_will_not_start_TLS_gets_nothing(string reply, Type failure)
    {
        await using var server = new ScriptedSmtpServer()
            .Offer("STARTTLS")
            .On("STARTTLS", new ScriptedReply(reply + "\r\n") { Closes = reply[0] == '2' })
            .Start();
        Assert.IsType(
            failure,
            await Record.ExceptionAsync(() => ConnectAsync(server, AnyCertificate, SecureSocketOptions.StartTlsWhenAvailable))
        );
    }

    [Fact]
    public async Task Required_TLS_that_is_not_offered_ends_it()
    {
        await using var server = new ScriptedSmtpServer().Start();
        await Assert.ThrowsAsync<SmtpProtocolException>(() => ConnectAsync(server, security: SecureSocketOptions.StartTls));
        Assert.DoesNotContain("STARTTLS", server.Commands);
    }

    [Fact]
    public async Task TLS_at_once_works_with_a_certificate_the_caller_takes()
    {
        await using var server = new ScriptedSmtpServer { ImplicitTls = true }.Start();
        using var client = new SmtpClient(new() { Timeouts = Brief })
        {
            ServerCertificateValidationCallback = (_, c, _, _) => c!.Subject == "CN=localhost",
        };
        await client.ConnectAsync(server.Host, server.Port, SecureSocketOptions.SslOnConnect);
        Assert.True(client.IsVerified);
        Assert.Equal(SendStatus.Accepted, (await client.DeliverAsync()).Status);
    }
}
