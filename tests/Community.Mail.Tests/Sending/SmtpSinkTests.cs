using System.Text;
using Community.Mail.Tests.Server;
using MimeKit;
using static Community.Mail.Tests.Sending.Relay;

namespace Community.Mail.Tests.Sending;

[Trait("needs", "server")]
public sealed class SmtpSinkTests
{
    static async Task<RelayClient> Connect(SmtpSink sink) =>
        (await RelayClient.Connect(SmtpRelay.Parse($"smtp://127.0.0.1:{sink.Port}?tls=none"), Brief)).Client!;

    static MimeMessage Odd() => Message(".\n..\nFrom here on\n\n.hidden", "狂った…😀👨‍👩‍👧‍👦が");

    [Fact]
    public async Task What_Postfix_got_is_what_was_sent()
    {
        await using var sink = await SmtpSink.StartAsync();
        using var client = await Connect(sink);
        var message = Odd();
        Assert.Equal(SendStatus.Accepted, (await client.Deliver(message, Sender, Recipient)).Status);
        var dump = Assert.Single(await sink.MessagesAsync(1));
        Assert.Contains($"X-Mail-Args: <{Sender}>", dump);
        Assert.Contains($"X-Rcpt-Args: <{Recipient}>", dump);
        Assert.EndsWith(
            Encoding.ASCII.GetString(OutgoingMessage.ToBytes(message)).ReplaceLineEndings("\n"),
            dump.TrimEnd('\n') + "\n",
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_server_that_hangs_up_on_the_dot_has_the_message_and_the_client_does_not_know()
    {
        await using var sink = await SmtpSink.StartAsync("-q", ".");
        using var client = await Connect(sink);
        Assert.Equal(SendStatus.Ambiguous, (await client.Deliver(Odd(), Sender, Recipient)).Status);
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
        using var client = await Connect(sink);
        var result = await client.Deliver(Odd(), Sender, Recipient);
        Assert.Equal((status, phase), (result.Status, result.Phase));
    }

    [Fact]
    public async Task A_hundred_messages_on_one_connection_all_arrive_once()
    {
        await using var sink = await SmtpSink.StartAsync();
        using var client = await Connect(sink);
        for (var i = 0; i < 100; i++)
            Assert.Equal(
                SendStatus.Accepted,
                (await client.Deliver(Message(subject: $"number {i}."), Sender, Recipient)).Status
            );
        var dumps = await sink.MessagesAsync(100);
        for (var i = 0; i < 100; i++) Assert.Single(dumps, d => d.Contains($"Subject: number {i}."));
        Assert.False(client.IsUsable);
    }
}
