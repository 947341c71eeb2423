namespace Community.Mail;

/// <summary>What a reply means for a message and for those queued behind it. Senders must decide by this alone.</summary>
public enum SendVerdict
{
    /// <summary>The relay has the message.</summary>
    Accepted,

    /// <summary>It is unknown whether the relay has the message.</summary>
    Ambiguous,

    /// <summary>
    /// Permanent failure: the message or its address cannot be written, or the relay permanently rejected its recipient or content.
    /// </summary>
    Refused,

    /// <summary>The relay permanently rejected us before the recipient was named: our settings are at fault, not the recipient.</summary>
    SenderRefused,

    /// <summary>Connecting or signing in failed: this says nothing about any message.</summary>
    RelayAway,

    /// <summary>Temporarily rejected for this recipient only (e.g. by greylisting): this says nothing about the relay.</summary>
    RecipientDeferred,

    /// <summary>Temporarily rejected, or the connection was cut: the relay may be in trouble.</summary>
    Deferred,
}
