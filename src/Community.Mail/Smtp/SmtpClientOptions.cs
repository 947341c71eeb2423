namespace Community.Mail.Smtp;

/// <summary>How an <see cref="SmtpClient"/> behaves.</summary>
public sealed record SmtpClientOptions
{
    public SmtpTimeouts Timeouts { get; init; } = new();

    /// <summary>For hosts that promise PIPELINING and lose commands.</summary>
    public bool NoPipelining { get; init; }

    /// <summary>Send DATA together with MAIL and RCPT: for a relay of one's own only.</summary>
    public bool PipelineData { get; init; }

    /// <summary>Take any certificate: for opportunistic TLS to mail exchangers (RFC 7435). Passwords are then refused.</summary>
    public bool AllowUnverifiedTls { get; init; }

    /// <summary>A connection that took so many messages is <see cref="SmtpClient.IsSpent"/>. Default 100.</summary>
    public int MaxMessages { get; init; } = 100;

    /// <summary>A connection that old is <see cref="SmtpClient.IsSpent"/>. Default 5 minutes.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A connection unused for so long is <see cref="SmtpClient.IsSpent"/>. Default 20 s.</summary>
    public TimeSpan MaxIdle { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The clock for time-outs, age and idleness.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
