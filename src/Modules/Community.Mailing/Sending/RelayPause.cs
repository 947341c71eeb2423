namespace Community.Mailing;

/// <summary>The relay is away: this server waits, longer each time, and asks with one message whether it is back.</summary>
public sealed class RelayPause(TimeProvider time)
{
    static readonly TimeSpan Shortest = TimeSpan.FromSeconds(5), Longest = TimeSpan.FromMinutes(5);

    DateTimeOffset until;
    TimeSpan last;

    /// <summary>Never more than was begun with: the clock may have been put back.</summary>
    public TimeSpan Remaining => until - time.GetUtcNow() is var left && left <= last ? left : TimeSpan.Zero;

    public void Lengthen()
    {
        // Several lanes notice the same at once.
        if (Remaining > TimeSpan.Zero) return;
        last = last == TimeSpan.Zero ? Shortest : last * 2 < Longest ? last * 2 : Longest;
        until = time.GetUtcNow() + last;
    }

    public void Clear() => (until, last) = (default, TimeSpan.Zero);
}
