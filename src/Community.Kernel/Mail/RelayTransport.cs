using System.Collections.Concurrent;
using Community.Mail.Mime;
using Community.Mail.Smtp;
using Microsoft.Extensions.Logging;

namespace Community.Kernel;

/// <summary>Sends over an SMTP relay; connections are kept for the next message.</summary>
public sealed class RelayTransport(SmtpRelay relay, ILogger<RelayTransport> logger) : MailTransport, IDisposable
{
    readonly ConcurrentBag<SmtpClient> idle = [];

    public override async Task<SendResult> Deliver(
        MimeMessage message,
        string sender,
        string recipient,
        Func<CancellationToken, Task>? beforeFinalDot,
        CancellationToken ct
    )
    {
        if (Kept() is { } kept)
        {
            var result = await DeliverOn(kept, message, sender, recipient, beforeFinalDot, ct);
            // It may have ended unnoticed, or its server was about to close it: nothing was sent on it, so a new one tries.
            if (!EndedBeforeTheRecipient(result)) return result;
        }
        var (client, away) = await Connect(ct);
        return client is null ? away! : await DeliverOn(client, message, sender, recipient, beforeFinalDot, ct);
    }

    /// <summary>
    /// A new connection, or why there is none. Whatever is answered up to here speaks of the relay or of our settings, never of a message.
    /// </summary>
    async Task<(SmtpClient? Client, SendResult? Away)> Connect(CancellationToken ct)
    {
        try { return (await relay.OpenAsync(cancellationToken: ct), null); }
        catch (SmtpException error)
        {
            logger.LogWarning("The relay {Relay} cannot be used: {Reason}", relay, UntrustedText.Safe(error.Message));
            return (
                null,
                error.Result with
                {
                    Status = SendStatus.NotSent,
                    Phase = error.Phase is > SmtpPhase.Local and <= SmtpPhase.Authenticate ? error.Phase : SmtpPhase.Connect,
                }
            );
        }
        // Settings that do not fit it: it wants a password where there is no TLS, or offers no way to give one.
        catch (Exception error) when (error is InvalidOperationException or ArgumentException)
        {
            logger.LogWarning("The relay {Relay} cannot be used: {Reason}", relay, UntrustedText.Safe(error.Message));
            return (null, new SendResult(SendStatus.NotSent, SmtpPhase.Authenticate, null, null, error.Message));
        }
    }

    async Task<SendResult> DeliverOn(
        SmtpClient client,
        MimeMessage message,
        string sender,
        string recipient,
        Func<CancellationToken, Task>? beforeFinalDot,
        CancellationToken ct
    )
    {
        var kept = false;
        try
        {
            var result = await client.DeliverAsync(message, sender, recipient, beforeFinalDot, ct);
            kept = client.IsConnected && !client.IsSpent;
            if (kept) idle.Add(client);
            return result;
        }
        finally
        {
            if (!kept) client.Dispose();
        }
    }

    static bool EndedBeforeTheRecipient(SendResult result) =>
        result is { Status: SendStatus.NotSent, Phase: SmtpPhase.MailFrom or SmtpPhase.Reset } or { Phase: SmtpPhase.MailFrom, Code: 421 };

    SmtpClient? Kept()
    {
        while (idle.TryTake(out var client))
        {
            if (client.IsConnected && !client.IsSpent) return client;
            client.Dispose();
        }
        return null;
    }

    public void Dispose()
    {
        while (idle.TryTake(out var client)) client.Dispose();
    }
}
