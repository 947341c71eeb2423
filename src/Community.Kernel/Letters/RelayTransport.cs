using System.Collections.Concurrent;
using Community.Mail.Mime;
using Community.Mail.Smtp;
using Microsoft.Extensions.Logging;

namespace Community.Kernel;

/// <summary>Sends over an SMTP relay; connections are kept for the next message.</summary>
public sealed class RelayTransport(SmtpRelay relay, ILogger<RelayTransport> logger) : MailTransport, IDisposable
{
    readonly ConcurrentBag<SmtpClient> idle = [];

    public override async Task<SendResult> Deliver(MimeMessage message, string sender, string recipient, Func<CancellationToken, Task>? beforeFinalDot, CancellationToken ct)
    {
        SmtpClient client;
        try { client = await Open(ct); }
        catch (SmtpException error)
        {
            logger.LogWarning("The relay {Relay} cannot be used: {Reason}", relay, error.Message);
            return new SendResult(SendStatus.NotSent, SmtpPhase.Connect, null, null, error.Message);
        }
        var kept = false;
        try
        {
            var result = await client.DeliverAsync(message, sender, recipient, beforeFinalDot, ct);
            // A kept connection may have died unnoticed: nothing was sent on it, so a new one may try.
            if (result is { Status: SendStatus.NotSent, Phase: SmtpPhase.MailFrom } && client.MessagesSent > 0)
            {
                client.Dispose();
                client = await Open(ct, fresh: true);
                result = await client.DeliverAsync(message, sender, recipient, beforeFinalDot, ct);
            }
            kept = client.IsConnected && !client.IsSpent;
            if (kept) idle.Add(client);
            return result;
        }
        catch (SmtpException error) { return new SendResult(SendStatus.NotSent, SmtpPhase.Connect, null, null, error.Message); }
        finally
        {
            if (!kept) client.Dispose();
        }
    }

    async Task<SmtpClient> Open(CancellationToken ct, bool fresh = false)
    {
        while (!fresh && idle.TryTake(out var kept))
        {
            if (kept.IsConnected && !kept.IsSpent) return kept;
            kept.Dispose();
        }
        return await relay.OpenAsync(cancellationToken: ct);
    }

    public void Dispose()
    {
        while (idle.TryTake(out var client)) client.Dispose();
    }
}
