namespace Community.Kernel;

/// <summary>
/// How often something may be sent. Members are counted individually wherever they are, visitors by their network.
/// </summary>
/// <param name="Name">As used on the page: <c>[EnableRateLimiting("post")]</c>.</param>
/// <param name="Permits">So many requests.</param>
/// <param name="Window">In this time.</param>
/// <param name="CountsReads">Whether requests that only read count too: where one costs far more than a page.</param>
public sealed record RateLimit(string Name, int Permits, TimeSpan Window, bool CountsReads = false)
{
    public const int Segments = 5;

    /// <summary>A sliding window does not tell when it has room again; by then its two oldest segments have expired.</summary>
    public TimeSpan Wait => Window / Segments * 2;
}
