namespace Community.Mail.Smtp;

/// <summary>Who sends to whom, and what is asked of delivery reports.</summary>
/// <param name="Sender">The return path; empty for none (<c>&lt;&gt;</c>).</param>
/// <param name="Recipients">Bare addresses. One, if the message is personal.</param>
public sealed record SmtpEnvelope(string Sender, IReadOnlyList<string> Recipients)
{
    public SmtpEnvelope(string sender, string recipient) : this(sender, [recipient]) { }

    /// <summary>ENVID (RFC 3461 §4.4): comes back in reports. Printable ASCII, up to 100; sent only where DSN is offered.</summary>
    public string? EnvelopeId { get; init; }

    /// <summary>NOTIFY and ORCPT for each recipient; null asks for nothing.</summary>
    public Func<string, DeliveryStatusNotification?>? Notify { get; init; }
}
