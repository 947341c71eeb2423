using Community.Mail.Mime;

namespace Community.Mail.Smtp;

public partial class SmtpClient
{
    /// <summary>Sends from Sender or the first From to every To, Cc and Bcc.</summary>
    /// <inheritdoc cref="SendAsync(MimeMessage, MailboxAddress, IEnumerable{MailboxAddress}, CancellationToken)"/>
    public Task<string> SendAsync(MimeMessage message, CancellationToken cancellationToken = default) =>
        SendAsync(
            message,
            message.Sender ?? message.From.FirstOrDefault() ?? throw new InvalidOperationException("The message has no sender."),
            message.To.Concat(message.Cc).Concat(message.Bcc).DistinctBy(m => m.Address),
            cancellationToken
        );

    /// <summary>Sends one message; all or nothing, unless <see cref="OnRecipientNotAccepted"/> says otherwise.</summary>
    /// <returns>The server's text.</returns>
    /// <exception cref="SmtpCommandException">Sender, recipient or message was refused.</exception>
    /// <exception cref="SmtpProtocolException">The connection failed; its <see cref="SmtpException.Result"/> says whether the
    /// message may have been delivered.</exception>
    public async Task<string> SendAsync(
        MimeMessage message,
        MailboxAddress sender,
        IEnumerable<MailboxAddress> recipients,
        CancellationToken cancellationToken = default
    )
    {
        var byAddress = recipients.DistinctBy(m => m.Address).ToDictionary(m => m.Address);
        var envelope = Envelope(message, sender.Address, [.. byAddress.Keys]);
        var result = await TransactAsync(envelope, message.ToBytes(), Refuse, null, cancellationToken);
        return result.Status switch
        {
            SendStatus.Accepted => result.Text,
            SendStatus.RejectedTransient or SendStatus.RejectedPermanent => throw new SmtpCommandException(
                result,
                result.Refused.Count > 0 ? byAddress[result.Refused[0].Address] : null
            ),
            SendStatus.NotSent when result.Phase == SmtpPhase.Local => throw new SmtpCommandException(result),
            _ => throw new SmtpProtocolException(result),
        };

        void Refuse(RefusedRecipient refused)
        {
            var status = refused.Code < 500 ? SendStatus.RejectedTransient : SendStatus.RejectedPermanent;
            OnRecipientNotAccepted(
                message,
                byAddress[refused.Address],
                new(status, SmtpPhase.RcptTo, refused.Code, refused.Enhanced, refused.Text)
            );
        }
    }

    /// <summary>Hands over one message and says how it ended, instead of throwing.</summary>
    /// <param name="message">What to send; written to 7 bits.</param>
    /// <param name="sender">The return path; empty for none.</param>
    /// <param name="recipient">One bare address.</param>
    /// <param name="beforeFinalDot">Called when all but the dot has been sent: write down here that the message may be delivered.
    /// If it throws, the connection is dropped, nothing is delivered, and the exception comes out of this method.</param>
    /// <param name="cancellationToken">Before the dot: throws, nothing is delivered. After it: <see cref="SendStatus.Ambiguous"/>.</param>
    /// <exception cref="InvalidOperationException">Not connected.</exception>
    public Task<SendResult> DeliverAsync(
        MimeMessage message,
        string sender,
        string recipient,
        Func<CancellationToken, Task>? beforeFinalDot = null,
        CancellationToken cancellationToken = default
    ) => DeliverAsync(message, Envelope(message, sender, [recipient]), beforeFinalDot, cancellationToken);

    /// <remarks>For bytes as <see cref="MimeMessage.ToBytes"/> makes them; line ends are put right and dots stuffed here.</remarks>
    /// <inheritdoc cref="DeliverAsync(MimeMessage, string, string, Func{CancellationToken, Task}?, CancellationToken)"/>
    public Task<SendResult> DeliverAsync(
        ReadOnlyMemory<byte> message,
        string sender,
        string recipient,
        Func<CancellationToken, Task>? beforeFinalDot = null,
        CancellationToken cancellationToken = default
    ) => DeliverAsync(message, new SmtpEnvelope(sender, recipient), beforeFinalDot, cancellationToken);

    /// <summary>As above, to several recipients: delivered to those accepted, the others are in <see cref="SendResult.Refused"/>.</summary>
    /// <inheritdoc cref="DeliverAsync(MimeMessage, string, string, Func{CancellationToken, Task}?, CancellationToken)"/>
    public Task<SendResult> DeliverAsync(
        MimeMessage message,
        SmtpEnvelope envelope,
        Func<CancellationToken, Task>? beforeFinalDot = null,
        CancellationToken cancellationToken = default
    )
    {
        byte[] bytes;
        try { bytes = message.ToBytes(); }
        catch (FormatException e) { return Task.FromResult(SendResult.NotSent(SmtpPhase.Local, e.Message)); }
        return TransactAsync(envelope, bytes, null, beforeFinalDot, cancellationToken);
    }

    /// <inheritdoc cref="DeliverAsync(MimeMessage, SmtpEnvelope, Func{CancellationToken, Task}?, CancellationToken)"/>
    public Task<SendResult> DeliverAsync(
        ReadOnlyMemory<byte> message,
        SmtpEnvelope envelope,
        Func<CancellationToken, Task>? beforeFinalDot = null,
        CancellationToken cancellationToken = default
    ) => TransactAsync(envelope, message, null, beforeFinalDot, cancellationToken);

    /// <summary>
    /// Called by SendAsync for each recipient refused while others were accepted. Throws; return instead to send to the others.
    /// </summary>
    protected virtual void OnRecipientNotAccepted(MimeMessage message, MailboxAddress mailbox, SendResult response) =>
        throw new SmtpCommandException(response, mailbox);

    /// <summary>ENVID for this message (RFC 3461 §4.4); null for none.</summary>
    protected virtual string? GetEnvelopeId(MimeMessage message) => null;

    /// <summary>Which reports to ask for (RFC 3461 §4.1); null leaves it to the server.</summary>
    protected virtual DeliveryStatusNotification? GetDeliveryStatusNotifications(MimeMessage message, MailboxAddress mailbox) => null;

    private SmtpEnvelope Envelope(MimeMessage message, string sender, string[] recipients) => new(sender, recipients)
    {
        EnvelopeId = GetEnvelopeId(message),
        Notify = address => GetDeliveryStatusNotifications(message, MailboxAddress.FromWire("", address)),
    };
}
