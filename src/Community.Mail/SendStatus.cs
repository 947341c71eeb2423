namespace Community.Mail;

/// <summary>The outcome of handing over a message.</summary>
public enum SendStatus
{
    /// <summary>2xx to the final dot: the server now has the message.</summary>
    Accepted,

    /// <summary>4xx: try later.</summary>
    RejectedTransient,

    /// <summary>5xx: never.</summary>
    RejectedPermanent,

    /// <summary>The final dot was not sent, so the message was certainly not delivered.</summary>
    NotSent,

    /// <summary>The final dot may have been sent and no reply came: we cannot know whether it was delivered.</summary>
    Ambiguous,
}
