namespace Community.Tests.Harness;

/// <summary>The system's clock, which a test can move forward or back.</summary>
public sealed class TestClock : TimeProvider
{
    long offset;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref offset));
    public void Advance(TimeSpan by) => Interlocked.Add(ref offset, by.Ticks);
    public DateTime Now => GetUtcNow().UtcDateTime;
}
