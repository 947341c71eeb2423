using System.Text;
using Community.Mail.Tests.Server;
using static Community.Mail.Tests.Sending.Relay;

namespace Community.Mail.Tests.Sending;

public sealed class ConnectionTests
{
    static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    static async Task<SendResult> Refusal(SmtpRelay relay, bool trust = true)
    {
        var (client, failure) = await RelayClient.Connect(relay, Brief, trust: trust ? (_, _, _, _) => true : null);
        Assert.Null(client);
        Assert.Equal((SendStatus.NotSent, SendVerdict.RelayAway), (failure!.Status, failure.Verdict));
        return failure;
    }

    [Fact]
    public async Task Where_nobody_listens_nothing_is_sent()
    {
        var server = new ScriptedSmtpServer().Start();
        var relay = To(server);
        await server.DisposeAsync();
        Assert.Equal(SmtpPhase.Connect, (await Refusal(relay)).Phase);
    }

    [Fact]
    public async Task A_server_from_before_EHLO_is_greeted_with_HELO()
    {
        await using var server = new ScriptedSmtpServer().On("EHLO", "502 5.5.1 What?").Start();
        Assert.Equal(SendStatus.Accepted, (await DeliverOnce(server, options: "tls=none&helo=web1.example.org")).Status);
        Assert.Equal(["EHLO web1.example.org", "HELO web1.example.org"], server.Commands.Take(2));
    }

    [Fact]
    public async Task Under_TLS_a_message_goes_out_with_its_intent_committed_before_the_dot()
    {
        foreach (var implicitTls in (bool[])[false, true])
        {
            await using var server = new ScriptedSmtpServer { ImplicitTls = implicitTls }.Offer("STARTTLS").Start();
            using var client = await Connect(server, options: "tls=required");
            for (var i = 0; i < 3; i++)
            {
                var seen = -1;
                var result = await client.Deliver(async _ => { await Task.Delay(30); seen = server.Messages.Count; });
                Assert.Equal((SendStatus.Accepted, i), (result.Status, seen));
            }
            Assert.Equal(1, server.Connections);
        }
    }

    [Fact]
    public async Task A_certificate_nobody_vouches_for_is_refused()
    {
        await using var server = new ScriptedSmtpServer().Offer("STARTTLS").Start();
        foreach (var options in (string[])["tls=required", "tls=available"])
            Assert.Equal(SmtpPhase.StartTls, (await Refusal(To(server, options), trust: false)).Phase);
        await using var tls = new ScriptedSmtpServer { ImplicitTls = true }.Start();
        Assert.Equal(SmtpPhase.StartTls, (await Refusal(To(tls), trust: false)).Phase);
    }

    [Fact]
    public async Task What_was_offered_in_the_clear_is_forgotten_under_TLS()
    {
        await using var server = new ScriptedSmtpServer().Offer("STARTTLS")
            .On("EHLO", "250-evil\r\n250-STARTTLS\r\n250-PIPELINING\r\n250 AUTH LOGIN", "250 honest").Start();
        var relay = To(server, "tls=required", "anna:secret@");
        Assert.Equal(SmtpPhase.Authenticate, (await Refusal(relay)).Phase);
        Assert.DoesNotContain(server.Commands, c => c.StartsWith("AUTH", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Words_put_behind_the_leave_to_start_TLS_are_thrown_away()
    {
        await using var server = new ScriptedSmtpServer()
            .Offer("STARTTLS")
            .On("STARTTLS", "220 Go\r\n250-evil\r\n250 AUTH PLAIN\r\n")
            .Start();
        Assert.Equal(SmtpPhase.Authenticate, (await Refusal(To(server, "tls=required", "anna:secret@"))).Phase);
        Assert.DoesNotContain(server.Commands, c => c.StartsWith("AUTH", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("STARTTLS", "454 4.7.0 Not now\r\n", false)]
    [InlineData("STARTTLS", "220 Go\r\n", true)]
    [InlineData("STARTTLS", "what\r\n", false)]
    [InlineData("", "", false)]
    public async Task Where_TLS_is_required_and_does_not_come_nothing_goes_out(string offered, string reply, bool closes)
    {
        var server = new ScriptedSmtpServer();
        if (offered.Length > 0) server.Offer(offered).On(offered, new ScriptedReply(reply) { Closes = closes });
        await using var _ = server.Start();
        Assert.Equal(SmtpPhase.StartTls, (await Refusal(To(server, "tls=required"))).Phase);
        Assert.DoesNotContain(server.Commands, c => c.StartsWith("MAIL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task PLAIN_goes_in_one_line()
    {
        await using var server = new ScriptedSmtpServer().Offer("AUTH LOGIN PLAIN").Start();
        var (client, _) = await RelayClient.Connect(To(server, user: "anna:p%C3%A4ss@"), Brief);
        client!.Dispose();
        Assert.Contains("AUTH PLAIN " + Base64("\0anna\0päss"), server.Commands);
    }

    [Fact]
    public async Task LOGIN_is_taken_where_PLAIN_is_not_offered()
    {
        await using var server = new ScriptedSmtpServer().Offer("AUTH LOGIN").On("AUTH", "334 UGFzc3dvcmQ6")
            .On(Base64("anna"), "334 UGFzc3dvcmQ6").On(Base64("secret"), "235 2.7.0 Welcome").Start();
        var (client, failure) = await RelayClient.Connect(To(server, user: "anna:secret@"), Brief);
        Assert.Null(failure);
        client!.Dispose();
    }

    [Theory]
    [InlineData("535 5.7.8 No")]
    [InlineData("454 4.7.0 Not now")]
    public async Task A_refused_password_is_no_fault_of_a_message(string reply)
    {
        await using var server = new ScriptedSmtpServer().Offer("AUTH PLAIN").On("AUTH", reply).Start();
        var failure = await Refusal(To(server, user: "anna:secret@"));
        Assert.Equal(SmtpPhase.Authenticate, failure.Phase);
        Assert.DoesNotContain("secret", failure.ToString());
    }

    [Theory]
    [InlineData(false, "192.0.2.1", false)]
    [InlineData(true, "192.0.2.1", true)]
    [InlineData(false, "127.0.0.1", true)]
    [InlineData(false, "::ffff:127.0.0.1", true)]
    public void A_password_goes_out_under_TLS_or_to_this_machine(bool secure, string remote, bool may) =>
        Assert.Equal(may, RelayClient.MaySendPassword(secure, System.Net.IPAddress.Parse(remote)));

    [Fact]
    public async Task NUL_in_a_name_or_password_is_refused()
    {
        await using var server = new ScriptedSmtpServer().Offer("AUTH PLAIN").Start();
        foreach (var user in (string[])["anna%00root:x@", "anna:x%00y@"])
            Assert.Equal(SmtpPhase.Authenticate, (await Refusal(To(server, user: user))).Phase);
        Assert.DoesNotContain(server.Commands, c => c.StartsWith("AUTH", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_421_on_an_idle_connection_is_noticed_before_it_is_used_again()
    {
        foreach (var tls in (bool[])[false, true])
        {
            await using var server = new ScriptedSmtpServer { ImplicitTls = tls }
                .On(".", new ScriptedReply("250 2.0.0 Ok\r\n421 4.4.2 Idle for too long\r\n").ThenClose())
                .Start();
            using var client = await Connect(server);
            Assert.Equal(SendStatus.Accepted, (await client.Deliver()).Status);
            await server.IdleAsync();
            if (!tls) Assert.False(client.IsUsable);
            // Nothing was sent on it, so a new connection may try.
            var result = await client.Deliver();
            Assert.NotEqual(SendStatus.Ambiguous, result.Status);
            Assert.Equal(SmtpPhase.MailFrom, result.Phase);
            Assert.Single(server.Messages);
        }
    }

    [Fact]
    public async Task A_connection_is_used_up_by_its_number_of_messages_its_age_and_its_idleness()
    {
        await using var server = new ScriptedSmtpServer().Start();
        var clock = new HandClock();
        using var client = await Connect(server, Brief with { MaxMessages = 2 }, clock: clock);
        Assert.True(client.IsUsable);
        clock.Advance(TimeSpan.FromSeconds(21));
        Assert.False(client.IsUsable);
        await client.Deliver();
        Assert.True(client.IsUsable);
        await client.Deliver();
        Assert.False(client.IsUsable);
        using var old = await Connect(server, clock: clock);
        for (var minutes = 0; minutes < 5; minutes++)
        {
            Assert.True(old.IsUsable);
            await old.Deliver();
            clock.Advance(TimeSpan.FromMinutes(1));
            await old.Deliver();
        }
        Assert.False(old.IsUsable);
    }
}
