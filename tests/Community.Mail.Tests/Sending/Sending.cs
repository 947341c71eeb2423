using System.Text;
using Community.Mail.Tests.Server;
using MimeKit;

namespace Community.Mail.Tests.Sending;

/// <summary>Short ways to what every test of sending does.</summary>
internal static class Relay
{
    public const string Sender = "b1@r.example.org", Recipient = "anna@example.org";

    /// <summary>Limits that no test outlives.</summary>
    public static readonly RelayLimits Brief = new()
    {
        Connect = TimeSpan.FromSeconds(5),
        Command = TimeSpan.FromSeconds(5),
        Delivery = TimeSpan.FromSeconds(5),
        FinalDot = TimeSpan.FromSeconds(5),
    };

    public static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(150);

    public static MimeMessage Message(string text = "Good morning", string subject = "Hello", MailBody? body = null) =>
        OutgoingMessage.Write(
            ("Community", "hello@example.org"),
            ("Anna", "anna@example.org"),
            subject,
            "d1@example.org",
            new DateTime(2026, 11, 22, 0, 30, 0, DateTimeKind.Utc),
            [],
            body ?? new MailBody(text, $"<p>{text}</p>")
        );

    public static SmtpRelay To(ScriptedSmtpServer server, string options = "tls=none", string user = "") =>
        SmtpRelay.Parse(
            $"{(server.ImplicitTls ? "smtps" : "smtp")}://{user}{server.Host}:{server.Port}{(server.ImplicitTls ? "" : "?" + options)}"
        );

    public static async Task<RelayClient> Connect(
        ScriptedSmtpServer server,
        RelayLimits? limits = null,
        string options = "tls=none",
        TimeProvider? clock = null
    )
    {
        var (client, failure) = await RelayClient.Connect(To(server, options), limits ?? Brief, clock, (_, _, _, _) => true);
        return client ?? throw new InvalidOperationException(failure!.ToString());
    }

    public static Task<SendResult> Deliver(
        this RelayClient client,
        Func<CancellationToken, Task>? beforeFinalDot = null,
        CancellationToken ct = default
    ) => client.Deliver(Message(), Sender, Recipient, beforeFinalDot, ct);

    /// <summary>From the connection to the answer, whichever failed.</summary>
    public static async Task<SendResult> DeliverOnce(
        ScriptedSmtpServer server, RelayLimits? limits = null, string options = "tls=none", bool asOctets = false)
    {
        var (client, failure) = await RelayClient.Connect(To(server, options), limits ?? Brief, trust: (_, _, _, _) => true);
        using (client)
            return failure
                ?? await (asOctets ? client!.Deliver(OutgoingMessage.ToBytes(Message()).AsMemory(), Sender, Recipient) : client!.Deliver());
    }

    public static string Text(this byte[] message) => Encoding.Latin1.GetString(message);
}
