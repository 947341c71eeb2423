namespace Community.Mail;

/// <summary>Timeouts of a <see cref="RelayClient"/>, and how long it reuses a connection.</summary>
public sealed record RelayLimits
{
    public static readonly RelayLimits Default = new();

    /// <summary>Timeout for the TCP connection: 30 s.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Timeout for TLS to begin, from STARTTLS to the first reply under it: 60 s. Some begin and never end it.</summary>
    public TimeSpan Tls { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Timeout for each reply except the last, and each block of the message: 300 s (RFC 5321 §4.5.3.2).</summary>
    public TimeSpan Command { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>Timeout for everything up to the final dot, against a server that trickles its replies: 600 s.</summary>
    public TimeSpan Delivery { get; init; } = TimeSpan.FromSeconds(600);

    /// <summary>Timeout for the reply to the final dot: 600 s. A shorter one causes duplicates (RFC 1047).</summary>
    public TimeSpan FinalDot { get; init; } = TimeSpan.FromSeconds(600);

    /// <summary>A connection is not reused after this many messages.</summary>
    public int MaxMessages { get; init; } = 100;

    /// <summary>A connection this old is not reused.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A connection idle for this long is not reused.</summary>
    public TimeSpan MaxIdle { get; init; } = TimeSpan.FromSeconds(20);
}
