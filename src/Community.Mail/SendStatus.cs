namespace Community.Mail;

/// <summary>How handing over a message ended.</summary>
public enum SendStatus
{
    /// <summary>2xx to the final dot: the server has it now.</summary>
    Accepted,

    /// <summary>4xx: try later.</summary>
    RejectedTransient,

    /// <summary>5xx: never.</summary>
    RejectedPermanent,

    /// <summary>The final dot was not sent, so it was surely not delivered.</summary>
    NotSent,

    /// <summary>The final dot may have left and no answer came: delivered or not, nobody here knows.</summary>
    Ambiguous,
}
