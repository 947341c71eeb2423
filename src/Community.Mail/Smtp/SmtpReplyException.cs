namespace Community.Mail.Smtp;

/// <summary>The connection ended, or what came is no reply.</summary>
internal sealed class SmtpReplyException(string message) : IOException(message);
