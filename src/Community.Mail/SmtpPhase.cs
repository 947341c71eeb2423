namespace Community.Mail;

/// <summary>The phases of an SMTP dialogue, in order.</summary>
public enum SmtpPhase
{
    /// <summary>Before any byte was sent: an address or the message itself was rejected locally.</summary>
    Local,
    Connect,
    Greeting,
    Hello,
    StartTls,
    Authenticate,
    MailFrom,
    RcptTo,
    Data,
    Body,

    /// <summary>From the first byte of the final dot to the server's reply: a message that fails here may have been delivered.</summary>
    FinalDot,
}
