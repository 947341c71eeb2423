using Community.Mail.Smtp;
using Community.Mail.Tests.Server;
using static Community.Mail.Tests.Smtp.Sending;

namespace Community.Mail.Tests.Smtp;

public sealed class HelloTests
{
    [Fact]
    public async Task Without_a_name_the_address_literal_is_said()
    {
        await using var server = new ScriptedSmtpServer().Start();
        using var client = await ConnectAsync(server);
        Assert.Equal("EHLO [127.0.0.1]", Assert.Single(server.Commands));
    }

    [Theory]
    [InlineData("web\r\nMAIL FROM:<a@b>")]
    [InlineData("web 1")]
    [InlineData("")]
    [InlineData("[1.2.3.4")]
    public void A_name_that_could_be_a_second_command_is_refused(string name) =>
        Assert.Throws<ArgumentException>(() => new SmtpClient { LocalDomain = name });

    [Fact]
    public async Task A_server_from_before_EHLO_is_greeted_with_HELO()
    {
        await using var server = new ScriptedSmtpServer().On("EHLO", "502 5.5.1 What?").Start();
        using var client = new SmtpClient(new() { Timeouts = Brief }) { LocalDomain = "web1.example.org" };
        await client.ConnectAsync(server.Host, server.Port, SecureSocketOptions.None);
        Assert.Equal(SendStatus.Accepted, (await client.DeliverAsync()).Status);
        Assert.Equal("HELO web1.example.org", server.Commands.ElementAt(1));
    }

    [Theory]
    [InlineData("CONNECT", "554 5.7.1 Go away", SendStatus.RejectedPermanent)]
    [InlineData("CONNECT", "421 4.7.0 Busy", SendStatus.RejectedTransient)]
    [InlineData("EHLO", "450 4.7.0 Later", SendStatus.RejectedTransient)]
    public async Task A_server_that_will_not_talk_says_why(string verb, string reply, SendStatus status)
    {
        await using var server = new ScriptedSmtpServer().On(verb, reply).Start();
        var failure = await Assert.ThrowsAsync<SmtpCommandException>(() => ConnectAsync(server));
        Assert.Equal(status, failure.Result.Status);
    }

    [Fact]
    public async Task Where_nobody_listens_nothing_is_sent()
    {
        var server = new ScriptedSmtpServer().Start();
        var port = server.Port;
        await server.DisposeAsync();
        using var client = new SmtpClient();
        var failure = await Assert.ThrowsAsync<SmtpProtocolException>(() =>
            client.ConnectAsync("127.0.0.1", port, SecureSocketOptions.None)
        );
        Assert.Equal((SendStatus.NotSent, SmtpPhase.Connect, false), (failure.Result.Status, failure.Phase, failure.Result.IsPermanent));
    }
}
