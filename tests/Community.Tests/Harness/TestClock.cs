namespace Community.Tests.Harness;

/// <summary>The system's clock, which a test can move forward or back, and stop.</summary>
public sealed class TestClock : TimeProvider
{
    long offset, stoppedAt;

    public override DateTimeOffset GetUtcNow() =>
        (Interlocked.Read(ref stoppedAt) is > 0 and var ticks ? new(ticks, TimeSpan.Zero) : base.GetUtcNow())
        + TimeSpan.FromTicks(Interlocked.Read(ref offset));

    public void Advance(TimeSpan by) => Interlocked.Add(ref offset, by.Ticks);

    /// <summary>
    /// From now on <see cref="Advance"/> alone moves it: for tests in which some seconds make a difference. A busy machine takes them for a
    /// single request.
    /// </summary>
    /// <returns>Disposed of, the clock goes on.</returns>
    public IDisposable Stop()
    {
        Interlocked.Exchange(ref stoppedAt, base.GetUtcNow().UtcTicks);
        return new Stopped(this);
    }

    sealed class Stopped(TestClock clock) : IDisposable
    {
        public void Dispose() => Interlocked.Exchange(ref clock.stoppedAt, 0);
    }

    public DateTime Now => GetUtcNow().UtcDateTime;
}
