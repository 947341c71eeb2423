namespace Community.Mail;

/// <summary>How long a <see cref="RelayClient"/> waits, and how long a connection is used.</summary>
public sealed record RelayLimits
{
    public static readonly RelayLimits Default = new();

    /// <summary>The connection itself: 30 s.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Each answer but the last, and each block of the message: 300 s (RFC 5321 §4.5.3.2).</summary>
    public TimeSpan Command { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>All up to the final dot, against a server that drips: 600 s.</summary>
    public TimeSpan Delivery { get; init; } = TimeSpan.FromSeconds(600);

    /// <summary>The answer to the final dot: 600 s. Less makes duplicates (RFC 1047).</summary>
    public TimeSpan FinalDot { get; init; } = TimeSpan.FromSeconds(600);

    /// <summary>A connection that took so many messages takes no more.</summary>
    public int MaxMessages { get; init; } = 100;

    /// <summary>Nor one that is so old,</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>or that lay idle for so long.</summary>
    public TimeSpan MaxIdle { get; init; } = TimeSpan.FromSeconds(20);
}
