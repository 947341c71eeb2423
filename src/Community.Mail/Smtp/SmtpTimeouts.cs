namespace Community.Mail.Smtp;

/// <summary>How long each phase may take as a whole. Defaults are Postfix's, within RFC 5321 §4.5.3.2.</summary>
public sealed record SmtpTimeouts
{
    /// <summary>30 s; 5 s is right for bulk mail to many hosts.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Greeting, EHLO, AUTH, MAIL and RCPT: 300 s each.</summary>
    public TimeSpan Command { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>The handshake itself: 60 s.</summary>
    public TimeSpan Tls { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The answer to DATA: 120 s.</summary>
    public TimeSpan Data { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Each block of the message: 180 s.</summary>
    public TimeSpan Block { get; init; } = TimeSpan.FromSeconds(180);

    /// <summary>The answer to the dot: 600 s. Less makes duplicates (RFC 1047).</summary>
    public TimeSpan FinalDot { get; init; } = TimeSpan.FromSeconds(600);

    /// <summary>RSET and NOOP: 20 s.</summary>
    public TimeSpan Reset { get; init; } = TimeSpan.FromSeconds(20);
}
