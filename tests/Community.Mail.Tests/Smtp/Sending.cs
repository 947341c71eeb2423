using System.Text;
using Community.Mail.Smtp;
using Community.Mail.Tests.Server;

namespace Community.Mail.Tests.Smtp;

/// <summary>Short ways to what every SMTP test does.</summary>
internal static class Sending
{
    public const string Sender = "b1@r.example.org", Recipient = "anna@example.org";

    public static readonly ReadOnlyMemory<byte> Letter = Encoding.ASCII.GetBytes("Subject: Hello\r\n\r\nGood morning\r\n");

    /// <summary>Time-outs that no test outlives.</summary>
    public static readonly SmtpTimeouts Brief = new()
    {
        Connect = TimeSpan.FromSeconds(5),
        Command = TimeSpan.FromSeconds(5),
        Data = TimeSpan.FromSeconds(5),
        Tls = TimeSpan.FromSeconds(5),
        Block = TimeSpan.FromSeconds(5),
        FinalDot = TimeSpan.FromSeconds(5),
        Reset = TimeSpan.FromSeconds(5),
    };

    public static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(150);

    public static async Task<SmtpClient> ConnectAsync(
        ScriptedSmtpServer server,
        SmtpClientOptions? options = null,
        SecureSocketOptions security = SecureSocketOptions.None,
        ProtocolLogger? log = null
    )
    {
        var client = new SmtpClient(options ?? new() { Timeouts = Brief }, log);
        await client.ConnectAsync(server.Host, server.Port, security);
        return client;
    }

    public static Task<SendResult> DeliverAsync(
        this SmtpClient client,
        Func<CancellationToken, Task>? beforeFinalDot = null,
        CancellationToken cancellationToken = default
    ) => client.DeliverAsync(Letter, Sender, Recipient, beforeFinalDot, cancellationToken);

    public static async Task<SendResult> DeliverOnceAsync(ScriptedSmtpServer server, SmtpClientOptions? options = null)
    {
        using var client = await ConnectAsync(server, options);
        return await client.DeliverAsync();
    }
}
