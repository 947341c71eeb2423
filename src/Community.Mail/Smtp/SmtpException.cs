namespace Community.Mail.Smtp;

/// <summary>The conversation failed.</summary>
public abstract class SmtpException : Exception
{
    private protected SmtpException(SendResult result, Exception? inner = null)
        : base($"{result.Phase}: {(result.Code is { } code ? code + " " : "")}{result.Text}", inner) => Result = result;

    /// <summary>What it means for the message; for a failure before MAIL it is never more than not sent.</summary>
    public SendResult Result { get; }

    public SmtpPhase Phase => Result.Phase;
}
