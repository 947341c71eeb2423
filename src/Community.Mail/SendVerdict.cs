namespace Community.Mail;

/// <summary>What an answer means for a message and for those that wait behind it. Whoever sends asks this and nothing else.</summary>
public enum SendVerdict
{
    /// <summary>The relay has it.</summary>
    Accepted,

    /// <summary>Nobody knows whether the relay has it.</summary>
    Ambiguous,

    /// <summary>
    /// It will never go: the message or its address cannot be written, or the relay refused its recipient or its text for good.
    /// </summary>
    Refused,

    /// <summary>The relay refused for good before the recipient was named: it is our settings, not them.</summary>
    SenderRefused,

    /// <summary>There was no connection, or no way to sign in: it says nothing about any message.</summary>
    RelayAway,

    /// <summary>Not now, said of this recipient (as by greylisting): it says nothing about the relay.</summary>
    RecipientDeferred,

    /// <summary>Not now, or cut off: the relay may be in trouble.</summary>
    Deferred,
}
