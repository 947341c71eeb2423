using System.Text;
using Community.Mail.Smtp;
using Community.Mail.Tests.Server;
using static Community.Mail.Tests.Smtp.Sending;

namespace Community.Mail.Tests.Smtp;

public sealed class AddressTests
{
    private static readonly string X64 = new('x', 64);

    public static TheoryData<string> Refused =>
        [
            "",
            "anna",
            "@example.org",
            "anna@",
            "a b@example.org",
            "anna@exa mple.org",
            "<anna@example.org>",
            "anna@example.org>",
            "anna@example.org\r\nRCPT TO:<eve@example.org>",
            "\"anna\r\n\"@example.org",
            "\"a\0\"@example.org",
            "\"a\"b\"@example.org",
            "\"a\\\"@example.org",
            "anna\t@example.org",
            "anna\u0085@example.org",
            "anna@-example.org",
            "anna@example..org",
            "anna@[1.2.3.4",
            "anna@exam<ple.org",
            X64 + "x@example.org",
            "a@" + string.Join('.', Enumerable.Repeat(X64[..60], 5)),
            "a@" + X64 + ".org",
            "a,b@example.org",
        ];

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task An_address_that_could_break_the_envelope_is_refused_for_good_before_a_byte_is_sent(string address)
    {
        await using var server = new ScriptedSmtpServer().Offer("SMTPUTF8").Start();
        using var client = await ConnectAsync(server);
        var result = await client.DeliverAsync(Letter, Sender, address);
        Assert.Equal((SendStatus.NotSent, SmtpPhase.Local, true), (result.Status, result.Phase, result.IsPermanent));
        if (address.Length > 0) Assert.Equal(SmtpPhase.Local, (await client.DeliverAsync(Letter, address, Recipient)).Phase);
        Assert.Single(server.Commands);
    }

    // By itself: a test's data would reach it with the half character already replaced.
    [Fact]
    public Task An_address_with_half_a_character_is_refused_for_good() =>
        An_address_that_could_break_the_envelope_is_refused_for_good_before_a_byte_is_sent("\ud800@example.org");

    [Theory]
    [InlineData("anna+tag@example.org", "anna+tag@example.org")]
    [InlineData("\"an na\"@example.org", "\"an na\"@example.org")]
    [InlineData("\"a@b\"@example.org", "\"a@b\"@example.org")]
    [InlineData("taro..yama.@docomo.example", "\"taro..yama.\"@docomo.example")]
    [InlineData("anna@日本語.example", "anna@xn--wgv71a119e.example")]
    [InlineData("anna@[192.0.2.1]", "anna@[192.0.2.1]")]
    public async Task Unusual_addresses_go_out_in_their_right_form(string address, string wire)
    {
        await using var server = new ScriptedSmtpServer().Start();
        using var client = await ConnectAsync(server);
        Assert.Equal(SendStatus.Accepted, (await client.DeliverAsync(Letter, Sender, address)).Status);
        Assert.Contains($"RCPT TO:<{wire}>", server.Commands);
    }

    [Fact]
    public async Task An_empty_return_path_is_allowed()
    {
        await using var server = new ScriptedSmtpServer().Start();
        using var client = await ConnectAsync(server);
        Assert.Equal(SendStatus.Accepted, (await client.DeliverAsync(Letter, "", Recipient)).Status);
        Assert.Contains("MAIL FROM:<>", server.Commands);
    }

    [Fact]
    public async Task An_international_local_part_needs_SMTPUTF8()
    {
        await using var plain = new ScriptedSmtpServer().Start();
        using var client = await ConnectAsync(plain);
        Assert.True((await client.DeliverAsync(Letter, Sender, "アンナ@example.org")).IsPermanent);
        await using var server = new ScriptedSmtpServer().Offer("SMTPUTF8").Start();
        using var modern = await ConnectAsync(server);
        Assert.Equal(SendStatus.Accepted, (await modern.DeliverAsync(Letter, Sender, "アンナ@example.org")).Status);
        Assert.Contains($"MAIL FROM:<{Sender}> SMTPUTF8", server.Commands);
        Assert.Contains("RCPT TO:<アンナ@example.org>", server.Commands);
    }

    [Fact]
    public async Task SIZE_is_said_and_a_message_too_long_is_not_offered()
    {
        await using var server = new ScriptedSmtpServer().Offer("SIZE 100").Start();
        using var client = await ConnectAsync(server);
        Assert.True((await client.DeliverAsync(new byte[200], Sender, Recipient)).IsPermanent);
        Assert.Single(server.Commands);
        await client.DeliverAsync();
        Assert.Contains($"MAIL FROM:<{Sender}> SIZE={Letter.Length}", server.Commands);
    }

    [Fact]
    public async Task Eight_bit_text_goes_only_where_it_is_taken()
    {
        var letter = Encoding.UTF8.GetBytes("Subject: x\r\n\r\nおはよう\r\n");
        await using var plain = new ScriptedSmtpServer().Start();
        using var client = await ConnectAsync(plain);
        Assert.True((await client.DeliverAsync(letter, Sender, Recipient)).IsPermanent);
        await using var server = new ScriptedSmtpServer().Offer("8BITMIME").Start();
        using var modern = await ConnectAsync(server);
        Assert.Equal(SendStatus.Accepted, (await modern.DeliverAsync(letter, Sender, Recipient)).Status);
        Assert.Contains($"MAIL FROM:<{Sender}> BODY=8BITMIME", server.Commands);
    }

    [Fact]
    public async Task Reports_are_asked_for_only_where_they_are_offered()
    {
        var envelope = new SmtpEnvelope(Sender, "anna+x@example.org")
        {
            EnvelopeId = "tok=en 1",
            Notify = _ => DeliveryStatusNotification.Failure | DeliveryStatusNotification.Delay,
        };
        await using var server = new ScriptedSmtpServer().Offer("DSN").Start();
        using var client = await ConnectAsync(server);
        await client.DeliverAsync(Letter, envelope);
        Assert.Contains($"MAIL FROM:<{Sender}> RET=HDRS ENVID=tok+3Den+201", server.Commands);
        Assert.Contains("RCPT TO:<anna+x@example.org> NOTIFY=FAILURE,DELAY ORCPT=rfc822;anna+2Bx@example.org", server.Commands);
        Assert.True((await client.DeliverAsync(Letter, envelope with { EnvelopeId = "a\r\nb" })).IsPermanent);
        await using var plain = new ScriptedSmtpServer().Start();
        using var old = await ConnectAsync(plain);
        await old.DeliverAsync(Letter, envelope);
        Assert.Contains($"MAIL FROM:<{Sender}>", plain.Commands);
    }
}
