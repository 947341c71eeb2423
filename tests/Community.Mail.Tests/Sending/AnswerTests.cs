using Community.Mail.Tests.Server;
using static Community.Mail.Tests.Sending.Relay;

namespace Community.Mail.Tests.Sending;

public sealed class AnswerTests
{
    // By the library, and by the dialogue for octets.
    public static TheoryData<bool> Dialogues => [false, true];

    static ScriptedSmtpServer Server(bool isPipelined) => isPipelined ? new ScriptedSmtpServer().Offer("PIPELINING") : new();

    [Theory]
    [InlineData(1, "SIZE 1000000", false)]
    [InlineData(3, "SIZE 1000000", false)]
    [InlineData(1, "PIPELINING", true)]
    [InlineData(3, "PIPELINING", true)]
    public async Task Answers_that_come_byte_by_byte_are_put_together(int octets, string offer, bool isPipelined)
    {
        await using var server = new ScriptedSmtpServer()
            .On("CONNECT", new ScriptedReply("220-welcome\r\n220 here\r\n").InPieces(octets))
            .On("EHLO", new ScriptedReply($"250-me\r\n250-{offer}\r\n250-AUTH=LOGIN\r\n250-AUTH PLAIN\r\n250 \r\n").InPieces(octets))
            .On("RCPT", new ScriptedReply("250-2.1.5 fine\r\n250 2.1.5 thanks\r\n").InPieces(octets))
            .On(".", new ScriptedReply("250-2.6.0 fine\r\n250 2.6.0 thanks\r\n").InPieces(octets)).Start();
        var result = await DeliverOnce(server, asOctets: isPipelined);
        Assert.Equal((SendStatus.Accepted, "2.6.0"), (result.Status, result.Enhanced));
        Assert.Contains("fine", result.Text);
        Assert.Contains("thanks", result.Text);
    }

    [Theory]
    [InlineData("250\r\n", null)]
    [InlineData("250 \n", null)]
    [InlineData("250-\n250 2.1.0 fine\n", "2.1.0")]
    [InlineData("250 5.1.1 liar", null)]
    [InlineData("250 2.1.0fine", null)]
    public async Task Odd_but_clear_answers_are_understood(string reply, string? enhanced)
    {
        foreach (var isPipelined in new[] { false, true })
        {
            await using var server = Server(isPipelined).On(".", reply).Start();
            var result = await DeliverOnce(server, asOctets: isPipelined);
            Assert.Equal((SendStatus.Accepted, enhanced), (result.Status, result.Enhanced));
        }
    }

    [Theory]
    [MemberData(nameof(Dialogues))]
    public async Task An_answer_with_controls_becomes_one_clean_line(bool isPipelined)
    {
        await using var server = Server(isPipelined).On("MAIL", "550-5.7.1 caf\u00e9 \u0007\u001b[31m\r\n550 5.7.1 ends\r\n").Start();
        var result = await DeliverOnce(server, asOctets: isPipelined);
        Assert.DoesNotContain(result.Text, char.IsControl);
        Assert.StartsWith("5.7.1 caf", result.Text);
        Assert.Equal("5.7.1", result.Enhanced);
    }

    [Theory]
    [MemberData(nameof(Dialogues))]
    public async Task An_answer_of_5_KB_is_read_and_one_without_end_is_not(bool isPipelined)
    {
        await using var server = Server(isPipelined).On("MAIL", "550 " + new string('x', 6000)).Start();
        Assert.Equal(5000, (await DeliverOnce(server, asOctets: isPipelined)).Text.Length);
        // As a banner, as one line, and behind the dot, when the message may have been taken.
        var lines = new ScriptedReply(string.Concat(Enumerable.Repeat("220-and so on\r\n", 100_000)));
        await using var greeting = Server(isPipelined).On("CONNECT", lines).Start();
        var result = await DeliverOnce(greeting);
        Assert.Equal((SendVerdict.RelayAway, "The server's answer has no end."), (result.Verdict, result.Text));
        await using var line = Server(isPipelined).On("RCPT", new ScriptedReply("250 " + new string('x', 2_000_000))).Start();
        result = await DeliverOnce(line, asOctets: isPipelined);
        Assert.Equal((SendStatus.NotSent, "The server's answer has no end."), (result.Status, result.Text));
        await using var last = Server(isPipelined).On(".", lines with { Text = lines.Text!.Replace("220", "250") }).Start();
        result = await DeliverOnce(last, asOctets: isPipelined);
        Assert.Equal((SendVerdict.Ambiguous, "The server's answer has no end."), (result.Verdict, result.Text));
    }

    [Theory]
    [InlineData("251 2.6.0 It will be forwarded"), InlineData("200 Thank you"), InlineData("250")]
    public async Task Each_yes_behind_the_dot_is_one(string reply)
    {
        foreach (var isPipelined in new[] { false, true })
        {
            await using var server = Server(isPipelined).On(".", reply).Start();
            var result = await DeliverOnce(server, asOctets: isPipelined);
            Assert.Equal((SendVerdict.Accepted, int.Parse(reply[..3])), (result.Verdict, result.Code));
        }
    }

    [Fact]
    public async Task An_address_that_could_break_the_envelope_is_refused_for_good_before_a_byte_of_it_is_sent()
    {
        await using var server = new ScriptedSmtpServer().Offer("SMTPUTF8").Start();
        using var client = await Connect(server);
        foreach (var address in Writing.AddressTests.Refused.Select(r => r.Data).Append("\ud800@example.org"))
        {
            var result = await client.Deliver(Message(), Sender, address);
            Assert.Equal((SmtpPhase.Local, SendVerdict.Refused), (result.Phase, result.Verdict));
            if (address.Length > 0) Assert.Equal(SmtpPhase.Local, (await client.Deliver(Message(), address, Recipient)).Phase);
        }
        Assert.Single(server.Commands);
        Assert.Equal(SendStatus.Accepted, (await client.Deliver(Message(), "", "taro..yama.@docomo.example")).Status);
        Assert.Equal(["MAIL FROM:<>", "RCPT TO:<\"taro..yama.\"@docomo.example>"], server.Commands.Skip(1).Take(2));
        Assert.Equal(SendStatus.Accepted, (await client.Deliver(Message(), Sender, "anna@日本語.example")).Status);
        Assert.Contains("RCPT TO:<anna@xn--wgv71a119e.example>", server.Commands);
    }
}
