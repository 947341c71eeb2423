using Community.Mailing;

namespace Community.Tests.Mailing;

public sealed class TokenBucketTests
{
    /// <summary>
    /// Three hours at a thousand per hour, killed at random: spent tokens are lost, and no hour gets more than rate + burst.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void No_hour_gets_more_than_rate_and_burst_whatever_dies(int seed)
    {
        const int perHour = 1000, burst = 20;
        var (random, period) = (new Random(seed), TimeSpan.TicksPerHour / perHour);
        long now = DateTime.UtcNow.Ticks, tat = 0, end = now + 3 * TimeSpan.TicksPerHour;
        var sent = new List<long>();
        while (now < end)
        {
            var (next, taken, wait) = TokenBucket.Gcra(tat, now, period, burst, random.Next(1, 9));
            if (wait > 0) { now += wait; continue; }
            tat = next;
            // Dies after spending the token; restarts some seconds later.
            if (random.Next(100) == 0) { now += random.Next(60) * TimeSpan.TicksPerSecond; continue; }
            for (var i = 0; i < taken; i++) sent.Add(now);
            now += random.Next(50) * TimeSpan.TicksPerMillisecond;
        }
        var most = Enumerable.Range(0, sent.Count).Max(i => sent.Skip(i).TakeWhile(t => t < sent[i] + TimeSpan.TicksPerHour).Count());
        Assert.InRange(most, 950, perHour + burst);
        Assert.InRange(sent.Count, 2800, 3 * perHour + burst);
    }

    [Fact]
    public void After_a_pause_a_burst_may_follow_and_then_one_a_period()
    {
        var (period, now) = (TimeSpan.FromSeconds(3.6).Ticks, DateTime.UtcNow.Ticks);
        long tat = 0, wait = 0;
        for (var i = 0; i < 20; i++)
        {
            (tat, _, wait) = TokenBucket.Gcra(tat, now, period, 20);
            Assert.Equal(0, wait);
        }
        (tat, _, wait) = TokenBucket.Gcra(tat, now, period, 20);
        Assert.Equal(period, wait);
    }
}
