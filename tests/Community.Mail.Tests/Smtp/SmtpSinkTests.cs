using System.Text;
using Community.Mail.Mime;
using Community.Mail.Smtp;
using Community.Mail.Tests.Server;
using static Community.Mail.Tests.Smtp.Sending;

namespace Community.Mail.Tests.Smtp;

[Trait("needs", "server")]
public sealed class SmtpSinkTests
{
    private static async Task<SmtpClient> ConnectAsync(SmtpSink sink)
    {
        var client = new SmtpClient(new() { Timeouts = Brief });
        await client.ConnectAsync("127.0.0.1", sink.Port, SecureSocketOptions.None);
        return client;
    }

    private static byte[] Message()
    {
        var message = new MimeMessage
        {
            Subject = "狂った…😀👨‍👩‍👧‍👦が",
            TextBody = ".\r\n..\r\nFrom here on\r\n\r\n.hidden",
            HtmlBody = "<p>おはよう</p>",
        };
        message.From.Add("コミュニティ", "hello@example.org");
        message.To.Add("Anna", "anna@example.org");
        return message.ToBytes();
    }

    [Fact]
    public async Task What_Postfix_got_is_what_was_sent()
    {
        await using var sink = await SmtpSink.StartAsync();
        using var client = await ConnectAsync(sink);
        Assert.True(client.Capabilities.HasFlag(SmtpCapabilities.Pipelining));
        var message = Message();
        Assert.Equal(SendStatus.Accepted, (await client.DeliverAsync(message, Sender, Recipient)).Status);
        var dump = Assert.Single(await sink.MessagesAsync(1));
        Assert.Contains($"X-Mail-Args: <{Sender}>", dump);
        Assert.Contains($"X-Rcpt-Args: <{Recipient}>", dump);
        Assert.EndsWith(Encoding.ASCII.GetString(message).ReplaceLineEndings("\n"), dump.TrimEnd('\n') + "\n", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lines_of_dots_reach_Postfix_unchanged()
    {
        await using var sink = await SmtpSink.StartAsync();
        using var client = await ConnectAsync(sink);
        await client.DeliverAsync(Encoding.ASCII.GetBytes("Subject: dots\r\n\r\n.\r\n..\n.x\r.y\r\nend"), Sender, Recipient);
        Assert.EndsWith(
            "Subject: dots\n\n.\n..\n.x\n.y\nend",
            Assert.Single(await sink.MessagesAsync(1)).TrimEnd('\n'),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_server_that_hangs_up_on_the_dot_has_the_message_and_the_client_does_not_know()
    {
        await using var sink = await SmtpSink.StartAsync("-q", ".");
        using var client = await ConnectAsync(sink);
        Assert.Equal(SendStatus.Ambiguous, (await client.DeliverAsync(Message(), Sender, Recipient)).Status);
        Assert.Single(await sink.MessagesAsync(1));
    }

    [Theory]
    [InlineData("-f", "RCPT", SendStatus.RejectedPermanent, SmtpPhase.RcptTo)]
    [InlineData("-f", ".", SendStatus.RejectedPermanent, SmtpPhase.FinalDot)]
    [InlineData("-r", "MAIL", SendStatus.RejectedTransient, SmtpPhase.MailFrom)]
    [InlineData("-r", "DATA", SendStatus.RejectedTransient, SmtpPhase.Data)]
    [InlineData("-q", "DATA", SendStatus.NotSent, SmtpPhase.Data)]
    [InlineData("-Q", "RCPT", SendStatus.RejectedTransient, SmtpPhase.RcptTo)]
    [InlineData("-Q", ".", SendStatus.RejectedTransient, SmtpPhase.FinalDot)]
    public async Task Each_way_in_which_Postfix_fails_has_its_name(string option, string verb, SendStatus status, SmtpPhase phase)
    {
        await using var sink = await SmtpSink.StartAsync(option, verb);
        using var client = await ConnectAsync(sink);
        var result = await client.DeliverAsync(Message(), Sender, Recipient);
        Assert.Equal((status, phase), (result.Status, result.Phase));
    }

    [Fact]
    public async Task A_hundred_messages_on_one_connection_all_arrive_once()
    {
        await using var sink = await SmtpSink.StartAsync();
        using var client = await ConnectAsync(sink);
        for (var i = 0; i < 100; i++)
            Assert.Equal(
                SendStatus.Accepted,
                (await client.DeliverAsync(Encoding.ASCII.GetBytes($"Subject: number {i}.\r\n\r\nx\r\n"), Sender, Recipient)).Status
            );
        var dumps = await sink.MessagesAsync(100);
        for (var i = 0; i < 100; i++) Assert.Single(dumps, d => d.Contains($"Subject: number {i}."));
        Assert.True(client.IsSpent);
    }
}
