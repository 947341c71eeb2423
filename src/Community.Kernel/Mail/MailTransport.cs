using Community.Mail;
using MimeKit;

namespace Community.Kernel;

/// <summary>Where mail goes: the SMTP relay, or in Development the mailbox at <c>/dev/mail</c>.</summary>
public abstract class MailTransport
{
    /// <summary>Delivers one message and reports exactly how far it got. Never throws for faults of the other side.</summary>
    /// <param name="sender">The envelope's return path; empty for none.</param>
    /// <param name="beforeFinalDot">Called when all but the final dot has been sent: commit here that the message may be delivered.
    /// If it throws, nothing is delivered.</param>
    public abstract Task<SendResult> Deliver(
        MimeMessage message,
        string sender,
        string recipient,
        Func<CancellationToken, Task>? beforeFinalDot = null,
        CancellationToken ct = default
    );

    /// <inheritdoc cref="Deliver(MimeMessage, string, string, Func{CancellationToken, Task}?, CancellationToken)"/>
    /// <param name="message">Written by <see cref="MessageOctets"/>; not to be changed meanwhile.</param>
    public abstract Task<SendResult> Deliver(
        ReadOnlyMemory<byte> message,
        string sender,
        string recipient,
        Func<CancellationToken, Task>? beforeFinalDot = null,
        CancellationToken ct = default
    );
}
