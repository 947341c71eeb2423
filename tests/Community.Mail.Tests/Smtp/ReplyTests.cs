using System.Text;
using Community.Mail.Smtp;
using Community.Mail.Tests.Server;
using static Community.Mail.Tests.Smtp.Sending;

namespace Community.Mail.Tests.Smtp;

public sealed class ReplyTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Replies_that_come_byte_by_byte_are_put_together(int octets)
    {
        await using var server = new ScriptedSmtpServer()
            .On("CONNECT", new ScriptedReply("220-welcome\r\n220 here\r\n").InPieces(octets))
            .On("EHLO", new ScriptedReply("250-me\r\n250-SIZE 1000\r\n250-AUTH=LOGIN\r\n250-AUTH PLAIN\r\n250 \r\n").InPieces(octets))
            .On(".", new ScriptedReply("250-2.6.0 fine\r\n250 2.6.0 thanks\r\n").InPieces(octets)).Start();
        using var client = await ConnectAsync(server);
        Assert.Equal((SmtpCapabilities.Size | SmtpCapabilities.Authentication, 1000), (client.Capabilities, client.MaxSize));
        Assert.Equal("2.6.0 fine 2.6.0 thanks", (await client.DeliverAsync()).Text);
    }

    [Theory]
    [InlineData("250\r\n", "", null)]
    [InlineData("250 \n", "", null)]
    [InlineData("250-\n250 2.1.0 fine\n", "2.1.0 fine", "2.1.0")]
    [InlineData("250 5.1.1 liar", "5.1.1 liar", null)]
    [InlineData("250 2.1.0fine", "2.1.0fine", null)]
    public async Task Odd_but_clear_replies_are_understood(string reply, string text, string? enhanced)
    {
        await using var server = new ScriptedSmtpServer().On(".", reply).Start();
        var result = await DeliverOnceAsync(server);
        Assert.Equal((SendStatus.Accepted, text, enhanced), (result.Status, result.Text, result.Enhanced));
    }

    [Fact]
    public async Task A_reply_in_Latin_1_or_with_controls_becomes_clean_text()
    {
        await using var server = new ScriptedSmtpServer().On("MAIL", "550 5.7.1 caf\u00e9 \u0007\u001b[31m").Start();
        Assert.Equal("5.7.1 café   [31m", (await DeliverOnceAsync(server)).Text);
    }

    [Fact]
    public async Task A_reply_of_5_KB_is_read_whole_and_an_endless_one_is_not()
    {
        await using var server = new ScriptedSmtpServer()
            .On("MAIL", "550 " + new string('x', 5000), string.Concat(Enumerable.Repeat("550-and on\r\n", 20_000)))
            .Start();
        using var client = await ConnectAsync(server);
        Assert.Equal(5000, (await client.DeliverAsync()).Text.Length);
        Assert.Equal(SendStatus.NotSent, (await client.DeliverAsync()).Status);
    }

    [Theory]
    [InlineData("250-one\r\n550 two")]
    [InlineData("nonsense")]
    [InlineData("99 two digits")]
    [InlineData("150 too low")]
    [InlineData("354 out of turn")]
    [InlineData("250x")]
    public async Task What_is_no_reply_ends_the_connection_and_nothing_is_sent(string reply)
    {
        await using var server = new ScriptedSmtpServer().On("MAIL", reply).Start();
        using var client = await ConnectAsync(server);
        var result = await client.DeliverAsync();
        Assert.Equal((SendStatus.NotSent, SmtpPhase.MailFrom, false), (result.Status, result.Phase, client.IsConnected));
    }

    [Fact]
    public async Task A_250_to_DATA_is_no_leave_to_send()
    {
        await using var server = new ScriptedSmtpServer().On("DATA", "250 Ok").Start();
        Assert.Equal((SendStatus.NotSent, SmtpPhase.Data), (await DeliverOnceAsync(server)) is var r ? (r.Status, r.Phase) : default);
    }

    [Theory]
    [InlineData("CONNECT", SmtpPhase.Greeting)]
    [InlineData("EHLO", SmtpPhase.Hello)]
    [InlineData("MAIL", SmtpPhase.MailFrom)]
    [InlineData("RCPT", SmtpPhase.RcptTo)]
    [InlineData("DATA", SmtpPhase.Data)]
    public async Task Silence_ends_with_the_time_of_its_phase(string verb, SmtpPhase phase)
    {
        await using var server = new ScriptedSmtpServer().On(verb, ScriptedReply.Silence).Start();
        var options = new SmtpClientOptions { Timeouts = Brief with { Command = Instant, Data = Instant } };
        SendResult result;
        try { result = await DeliverOnceAsync(server, options); }
        catch (SmtpProtocolException e) { result = e.Result; }
        Assert.Equal((SendStatus.NotSent, phase, "Nothing came within 0.15 s."), (result.Status, result.Phase, result.Text));
    }
}
