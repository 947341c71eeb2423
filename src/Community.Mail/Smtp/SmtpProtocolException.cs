namespace Community.Mail.Smtp;

/// <summary>The connection was lost, fell silent, or the server broke the protocol; the client is disconnected.</summary>
public sealed class SmtpProtocolException : SmtpException
{
    internal SmtpProtocolException(SendResult result, Exception? inner = null) : base(result, inner) { }

    internal SmtpProtocolException(SmtpPhase phase, string text, Exception? inner = null)
        : this(SendResult.NotSent(phase, text), inner) { }
}
