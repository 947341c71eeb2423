using System.Collections.Concurrent;

namespace Community.Kernel;

/// <summary>
/// One writer per site at a time on SQLite. Queuing in process cuts tail latency from seconds to tens of milliseconds;
/// busy_timeout still covers other processes.
/// </summary>
public sealed class WriteGates
{
    /// <summary>Longer than any change takes. Code that opens a second change inside one gets an exception instead of a deadlock.</summary>
    static readonly TimeSpan Max = TimeSpan.FromSeconds(30);

    readonly ConcurrentDictionary<long, SemaphoreSlim> gates = new();

    public async Task<IDisposable> Enter(Site site, CancellationToken ct)
    {
        var gate = gates.GetOrAdd(site.Id, _ => new SemaphoreSlim(1));
        if (!await gate.WaitAsync(Max, ct))
            throw new TimeoutException(
                $"Site {site.Key}: its database was written to for {Max.TotalSeconds} s by others, or a change waits for itself."
            );
        return new Leave(gate);
    }

    sealed class Leave(SemaphoreSlim gate) : IDisposable
    {
        int left;
        public void Dispose()
        {
            if (Interlocked.Exchange(ref left, 1) == 0) gate.Release();
        }
    }
}
