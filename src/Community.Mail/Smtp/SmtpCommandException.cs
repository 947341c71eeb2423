using Community.Mail.Mime;

namespace Community.Mail.Smtp;

/// <summary>The server refused a command with a 4xx or 5xx; the connection may go on.</summary>
public sealed class SmtpCommandException : SmtpException
{
    internal SmtpCommandException(SendResult result, MailboxAddress? mailbox = null) : base(result) => Mailbox = mailbox;

    public SmtpErrorCode ErrorCode => Phase switch
    {
        SmtpPhase.MailFrom => SmtpErrorCode.SenderNotAccepted,
        SmtpPhase.RcptTo => SmtpErrorCode.RecipientNotAccepted,
        SmtpPhase.Data or SmtpPhase.Body or SmtpPhase.FinalDot or SmtpPhase.Local => SmtpErrorCode.MessageNotAccepted,
        _ => SmtpErrorCode.UnexpectedStatusCode,
    };

    /// <summary>The reply code; 0 if the refusal is ours.</summary>
    public int StatusCode => Result.Code ?? 0;

    /// <summary>The recipient refused, if it was one.</summary>
    public MailboxAddress? Mailbox { get; }
}
