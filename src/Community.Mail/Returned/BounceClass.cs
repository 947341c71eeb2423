namespace Community.Mail;

/// <summary>Why a message did not arrive, as far as it matters to the sender.</summary>
public enum BounceClass
{
    /// <summary>Nothing known says why. Counts against nobody; a person may look.</summary>
    Unknown,
    /// <summary>There is no such mailbox, or it has moved: 5.1.1, 5.1.3, 5.1.6, 5.1.10.</summary>
    InvalidMailbox,
    /// <summary>The domain does not exist or takes no mail: 5.1.2, 5.4.4, null MX.</summary>
    BadDomain,
    /// <summary>The mailbox is there and closed: x.2.1.</summary>
    Disabled,
    /// <summary>The mailbox is full: x.2.2, whatever the first digit says.</summary>
    Full,
    /// <summary>
    /// The receiving side takes no mail of ours: reputation, authentication, content, size, rate, relaying. Says nothing about the mailbox,
    /// so that it never closes an address.
    /// </summary>
    Ours,
    /// <summary>Their servers, or the way there, had trouble, or it took too long.</summary>
    TheirSystem,
    /// <summary>The recipient's own filter refused it, without a word about the mailbox.</summary>
    Filtered,
}
