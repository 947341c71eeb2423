namespace Community.Mail.Smtp;

/// <summary>What was refused.</summary>
public enum SmtpErrorCode
{
    MessageNotAccepted,
    SenderNotAccepted,
    RecipientNotAccepted,
    UnexpectedStatusCode,
}
