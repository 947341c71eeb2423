namespace Community.Mail.Smtp;

/// <summary>Where in the conversation something came to pass.</summary>
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

    /// <summary>From the first byte of the dot to the server's answer: what fails here may have been delivered.</summary>
    FinalDot,
    Reset,
    NoOp,
    Quit,
}
