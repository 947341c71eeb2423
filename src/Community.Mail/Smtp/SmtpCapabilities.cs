namespace Community.Mail.Smtp;

/// <summary>What the server said in its answer to EHLO (RFC 5321 §4.1.1.1).</summary>
[Flags]
public enum SmtpCapabilities
{
    None = 0,
    Size = 1,
    Pipelining = 2,
    StartTls = 4,
    Authentication = 8,
    EightBitMime = 16,
    UTF8 = 32,
    Dsn = 64,
    EnhancedStatusCodes = 128,
}
