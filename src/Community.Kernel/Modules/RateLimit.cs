namespace Community.Kernel;

/// <summary>
/// How often something may be sent. A member is counted by himself wherever he is, a visitor by the network he comes from.
/// </summary>
/// <param name="Name">As it stands on the page: <c>[EnableRateLimiting("post")]</c>.</param>
public sealed record RateLimit(string Name, int Permits, TimeSpan Window)
{
    public const int Segments = 5;

    /// <summary>A sliding window does not say when it has room again; what was sent in its two oldest parts has left by then.</summary>
    public TimeSpan Wait => Window / Segments * 2;
}
