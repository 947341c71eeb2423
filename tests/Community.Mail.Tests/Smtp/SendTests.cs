using System.Text;
using Community.Mail.Mime;
using Community.Mail.Smtp;
using Community.Mail.Tests.Server;
using static Community.Mail.Tests.Smtp.Sending;

namespace Community.Mail.Tests.Smtp;

public sealed class SendTests
{
    private static MimeMessage Message()
    {
        var message = new MimeMessage { Subject = "こんにちは", TextBody = "Good morning" };
        message.From.Add("Community", "hello@example.org");
        message.To.Add("Anna", "anna@example.org");
        message.Bcc.Add("Eve", "eve@example.org");
        return message;
    }

    [Fact]
    public async Task SendAsync_returns_the_words_of_the_server_and_keeps_Bcc_to_the_envelope()
    {
        await using var server = new ScriptedSmtpServer().Start();
        using var client = await ConnectAsync(server);
        Assert.Equal("2.0.0 Ok: queued as 4F1D2A77", await client.SendAsync(Message()));
        Assert.Contains("RCPT TO:<eve@example.org>", server.Commands);
        Assert.DoesNotContain("eve", Encoding.ASCII.GetString(server.Messages.Single()), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task SendAsync_is_all_or_nothing()
    {
        await using var server = new ScriptedSmtpServer().On("RCPT", "250 Ok", "550 5.1.1 Nobody").Start();
        using var client = await ConnectAsync(server);
        var failure = await Assert.ThrowsAsync<SmtpCommandException>(() => client.SendAsync(Message()));
        Assert.Equal(
            (SmtpErrorCode.RecipientNotAccepted, 550, "eve@example.org"),
            (failure.ErrorCode, failure.StatusCode, failure.Mailbox!.Address)
        );
        Assert.Empty(server.Messages);
        Assert.DoesNotContain("DATA", server.Commands);
    }

    [Fact]
    public async Task An_override_may_send_to_those_who_were_accepted()
    {
        await using var server = new ScriptedSmtpServer().Offer("DSN").On("RCPT", "250 Ok", "550 5.1.1 Nobody").Start();
        using var client = new Lenient();
        await client.ConnectAsync(server.Host, server.Port, SecureSocketOptions.None);
        await client.SendAsync(Message());
        Assert.Single(server.Messages);
        Assert.Equal(["eve@example.org"], client.Refused);
        Assert.Contains("MAIL FROM:<hello@example.org> RET=HDRS ENVID=t1", server.Commands);
    }

    [Fact]
    public async Task SendAsync_tells_a_doubtful_end_from_a_failure()
    {
        await using var server = new ScriptedSmtpServer().On(".", ScriptedReply.Close).Start();
        using var client = await ConnectAsync(server);
        var failure = await Assert.ThrowsAsync<SmtpProtocolException>(() => client.SendAsync(Message()));
        Assert.Equal(SendStatus.Ambiguous, failure.Result.Status);
    }

    [Fact]
    public async Task A_message_that_cannot_be_written_is_not_sent_for_good()
    {
        await using var server = new ScriptedSmtpServer().Start();
        using var client = await ConnectAsync(server);
        var message = Message();
        message.Headers.Add("List-Unsubscribe", "<https://example.org/" + new string('x', 1000) + ">");
        Assert.True((await client.DeliverAsync(message, Sender, Recipient)).IsPermanent);
    }

    private sealed class Lenient : SmtpClient
    {
        public List<string> Refused { get; } = [];

        protected override void OnRecipientNotAccepted(MimeMessage message, MailboxAddress mailbox, SendResult response) =>
            Refused.Add(mailbox.Address);

        protected override string? GetEnvelopeId(MimeMessage message) => "t1";
    }
}
