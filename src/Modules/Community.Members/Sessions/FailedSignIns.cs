using System.Net;
using System.Threading.RateLimiting;
using Community.Kernel;
using Microsoft.Extensions.Options;

namespace Community.Members;

/// <summary>
/// Counts failed sign-ins by network, across all accounts of a site. Right passwords are never counted, so an office behind one address
/// is not blocked by its many members, nor at once by one attacker there: guesses are answered with "wait" long before
/// anybody else is affected. Held in this process's memory; each account's own count (<see cref="SignIns"/>) is in the database.
/// </summary>
public sealed class FailedSignIns(IOptions<CommunityOptions> options) : IDisposable
{
    /// <summary>Failures after which further failures are answered with "wait".</summary>
    public const int UntilTold = 20;
    /// <summary>Failures after which a password is only accepted if the member has signed in from this network before.</summary>
    public const int UntilClosed = 100;
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(5);
    /// <summary>The waiting time stated to whoever has to wait.</summary>
    public static readonly TimeSpan Wait = Window / Segments * 2;
    const int Segments = 5;

    readonly PartitionedRateLimiter<(long Site, string Network)> told = Limiter(UntilTold, options), closed = Limiter(UntilClosed, options);

    public bool IsClosed(Site site, IPAddress? from) => !closed.AttemptAcquire((site.Id, Subscriber.Of(from)), 0).IsAcquired;

    /// <summary>Counts a failure; false if the limit is exceeded.</summary>
    public bool Count(Site site, IPAddress? from)
    {
        var key = (site.Id, Subscriber.Of(from));
        closed.AttemptAcquire(key);
        return told.AttemptAcquire(key).IsAcquired;
    }

    public void Dispose()
    {
        told.Dispose();
        closed.Dispose();
    }

    static PartitionedRateLimiter<(long, string)> Limiter(int permits, IOptions<CommunityOptions> options) =>
        PartitionedRateLimiter.Create<(long, string), (long, string)>(key =>
            RateLimitPartition.GetSlidingWindowLimiter(
                key,
                _ =>
                    new()
                    {
                        PermitLimit = permits * options.Value.RateScale,
                        Window = Window,
                        SegmentsPerWindow = Segments,
                    }
            )
        );
}
