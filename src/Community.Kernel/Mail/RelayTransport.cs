using System.Collections.Concurrent;
using System.Net;
using Community.Mail;
using Microsoft.Extensions.Logging;
using MimeKit;

namespace Community.Kernel;

/// <summary>Sends through an SMTP relay and reuses its connections.</summary>
/// <param name="relay">The relay.</param>
/// <param name="logger">Is told when it cannot be reached.</param>
/// <param name="mayConnect">See <see cref="RelayClient.Connect"/>.</param>
public sealed class RelayTransport(SmtpRelay relay, ILogger<RelayTransport> logger, Func<IPAddress, bool>? mayConnect = null)
    : MailTransport, IDisposable
{
    readonly ConcurrentBag<RelayClient> idle = [];
    bool isDisposed;

    public override Task<SendResult> Deliver(
        MimeMessage message, string sender, string recipient, Func<CancellationToken, Task>? beforeFinalDot, CancellationToken ct) =>
        Deliver(client => client.Deliver(message, sender, recipient, beforeFinalDot, ct), ct);

    public override Task<SendResult> Deliver(
        ReadOnlyMemory<byte> message,
        string sender,
        string recipient,
        Func<CancellationToken, Task>? beforeFinalDot,
        CancellationToken ct
    ) => Deliver(client => client.Deliver(message, sender, recipient, beforeFinalDot, ct), ct);

    async Task<SendResult> Deliver(Func<RelayClient, Task<SendResult>> hand, CancellationToken ct)
    {
        if (Kept() is { } kept)
        {
            var result = await DeliverOn(kept, hand);
            // The relay may have closed the idle connection. Nothing was sent on it, so try a new one.
            if (!EndedBeforeTheRecipient(result)) return result;
        }
        var (client, failure) = await RelayClient.Connect(relay, mayConnect: mayConnect, ct: ct);
        if (client is not null) return await DeliverOn(client, hand);
        logger.LogWarning("The relay {Relay} cannot be used: {Phase} {Reason}", relay, failure!.Phase, UntrustedText.Safe(failure.Text));
        return failure;
    }

    async Task<SendResult> DeliverOn(RelayClient client, Func<RelayClient, Task<SendResult>> hand)
    {
        var kept = false;
        try
        {
            var result = await hand(client);
            kept = !isDisposed && client.IsOpen;
            if (kept) idle.Add(client);
            return result;
        }
        finally
        {
            if (!kept) client.Dispose();
        }
    }

    static bool EndedBeforeTheRecipient(SendResult result) =>
        result is { Status: SendStatus.NotSent, Phase: SmtpPhase.MailFrom } or { Phase: SmtpPhase.MailFrom, Code: 421 };

    RelayClient? Kept()
    {
        while (idle.TryTake(out var client))
        {
            if (client.IsUsable) return client;
            client.Dispose();
        }
        return null;
    }

    public void Dispose()
    {
        isDisposed = true;
        while (idle.TryTake(out var client)) client.Dispose();
    }
}
