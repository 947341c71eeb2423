using System.Text;
using Community.Mail.Smtp;
using Community.Mail.Tests.Server;
using static Community.Mail.Tests.Smtp.Sending;

namespace Community.Mail.Tests.Smtp;

public sealed class AuthenticationTests
{
    private const string Password = "pässword ☃";

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    [Fact]
    public async Task PLAIN_goes_in_one_line_and_no_second_EHLO_follows()
    {
        await using var server = new ScriptedSmtpServer().Offer("AUTH LOGIN PLAIN").Start();
        using var client = await ConnectAsync(server);
        await client.AuthenticateAsync("anna", Password);
        Assert.True(client.IsAuthenticated);
        Assert.Equal("AUTH PLAIN " + Base64($"\0anna\0{Password}"), server.Commands.Last());
        Assert.Single(server.Commands, c => c.StartsWith("EHLO", StringComparison.Ordinal));
    }

    [Fact]
    public async Task LOGIN_is_taken_where_PLAIN_is_not_known()
    {
        await using var server = new ScriptedSmtpServer().Offer("AUTH PLAIN LOGIN").On("AUTH", "504 5.5.4 No", "334 VXNlcm5hbWU6")
            .On(Base64("anna"), "334 UGFzc3dvcmQ6").On(Base64(Password), "235 2.7.0 Welcome").Start();
        using var client = await ConnectAsync(server);
        await client.AuthenticateAsync("anna", Password);
        Assert.True(client.IsAuthenticated);
    }

    [Fact]
    public async Task A_wrong_password_is_a_refusal_and_no_lost_connection()
    {
        await using var server = new ScriptedSmtpServer().Offer("AUTH PLAIN").On("AUTH", "535 5.7.8 No").Start();
        using var client = await ConnectAsync(server);
        var failure = await Assert.ThrowsAsync<SmtpCommandException>(() => client.AuthenticateAsync("anna", Password));
        Assert.Equal(
            (535, SmtpPhase.Authenticate, true, false),
            (failure.StatusCode, failure.Phase, client.IsConnected, client.IsAuthenticated)
        );
    }

    [Fact]
    public async Task No_password_reaches_the_log()
    {
        await using var server = new ScriptedSmtpServer().Offer("AUTH PLAIN LOGIN").On("AUTH", "504 5.5.4 No", "334 VXNlcm5hbWU6")
            .On(Base64("anna"), "334 UGFzc3dvcmQ6").On(Base64(Password), "235 2.7.0 Welcome").Start();
        var log = new StringWriter();
        using var client = await ConnectAsync(server, log: new ProtocolLogger(log));
        await client.AuthenticateAsync("anna", Password);
        await client.DeliverAsync();
        foreach (var secret in (string[])[Password, Base64("anna"), Base64(Password), Base64($"\0anna\0{Password}"), "Good morning"])
            Assert.DoesNotContain(secret, log.ToString(), StringComparison.Ordinal);
        Assert.Contains("C: AUTH PLAIN ********", log.ToString());
        Assert.Contains("S: 235 2.7.0 Welcome", log.ToString());
        Assert.Contains($"C: [{Letter.Length} octets of message]", log.ToString());
    }

    [Theory]
    [InlineData(false, false, "192.0.2.1", false)]
    [InlineData(true, false, "192.0.2.1", false)]
    [InlineData(true, true, "192.0.2.1", true)]
    [InlineData(false, false, "127.0.0.1", true)]
    [InlineData(false, false, "::ffff:127.0.0.1", true)]
    public void A_password_goes_out_under_verified_TLS_or_to_this_machine(bool secure, bool verified, string remote, bool may) =>
        Assert.Equal(may, SmtpClient.MayAuthenticate(secure, verified, System.Net.IPAddress.Parse(remote)));

    [Fact]
    public async Task NUL_in_a_name_or_password_is_refused()
    {
        await using var server = new ScriptedSmtpServer().Offer("AUTH PLAIN").Start();
        using var client = await ConnectAsync(server);
        await Assert.ThrowsAsync<ArgumentException>(() => client.AuthenticateAsync("anna\0root", "x"));
        await Assert.ThrowsAsync<ArgumentException>(() => client.AuthenticateAsync("anna", "x\0y"));
    }
}
