using MailKit.Security;

namespace Community.Mail.Tests.Sending;

public sealed class RelayTests
{
    [Theory]
    [InlineData("smtp://mail.example.org", 587, SecureSocketOptions.StartTls, "smtp://mail.example.org:587?tls=required")]
    [InlineData(
        "smtp://mail.example.org:25?tls=available",
        25,
        SecureSocketOptions.StartTlsWhenAvailable,
        "smtp://mail.example.org:25?tls=available"
    )]
    [InlineData("smtp://mail.example.org:465", 465, SecureSocketOptions.SslOnConnect, "smtps://mail.example.org:465")]
    [InlineData("smtps://mail.example.org", 465, SecureSocketOptions.SslOnConnect, "smtps://mail.example.org:465")]
    [InlineData("smtp://localhost", 25, SecureSocketOptions.None, "smtp://localhost:25?tls=none")]
    [InlineData("smtp://[::1]:2525?tls=required", 2525, SecureSocketOptions.StartTls, "smtp://[::1]:2525?tls=required")]
    [InlineData("smtp://10.0.0.1:25?tls=none", 25, SecureSocketOptions.None, "smtp://10.0.0.1:25?tls=none")]
    public void A_relay_is_read_from_a_URI(string uri, int port, SecureSocketOptions security, string shown)
    {
        var relay = SmtpRelay.Parse(uri);
        Assert.Equal((port, security, shown, null), (relay.Port, relay.Security, relay.ToString(), relay.UserName));
    }

    [Fact]
    public void The_password_is_never_shown()
    {
        var relay = SmtpRelay.Parse("smtp://anna%40example.org:s%3Acret%2F@mail.example.org?helo=web1.example.org");
        Assert.Equal(("anna@example.org", "s:cret/", "web1.example.org"), (relay.UserName, relay.Password, relay.LocalDomain));
        Assert.Equal("smtp://anna%40example.org:***@mail.example.org:587?tls=required", relay.ToString());
    }

    [Theory]
    [InlineData("http://secret@mail.example.org")]
    [InlineData("smtp://x:secret@")]
    [InlineData("secret")]
    [InlineData("smtp://x:secret@mail.example.org?tls=perhaps")]
    [InlineData("smtp://x:secret@mail.example.org?tsl=required")]
    [InlineData("smtp://x:secret@mail.example.org/path")]
    public void What_is_no_relay_is_refused_without_repeating_it(string uri) =>
        Assert.DoesNotContain("secret", Assert.Throws<FormatException>(() => SmtpRelay.Parse(uri)).Message);

    [Theory]
    [InlineData("web%0D%0AMAIL FROM:<a@b>")]
    [InlineData("web%201")]
    [InlineData("")]
    [InlineData("[1.2.3.4")]
    public void A_name_for_EHLO_that_could_be_a_second_command_is_refused(string name) =>
        Assert.Throws<FormatException>(() => SmtpRelay.Parse("smtp://mail.example.org?helo=" + name));
}
