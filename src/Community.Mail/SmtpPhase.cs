namespace Community.Mail;

/// <summary>Where in the conversation with a server something happened, in the order in which it goes.</summary>
public enum SmtpPhase
{
    /// <summary>Before a byte was sent: an address or the message itself was refused here.</summary>
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

    /// <summary>From the first byte of the final dot to the server's answer: what fails here may have been delivered.</summary>
    FinalDot,
}
