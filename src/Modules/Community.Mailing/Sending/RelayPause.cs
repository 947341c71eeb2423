using System.Collections.Concurrent;

namespace Community.Mailing;

/// <summary>A wait that grows: at its end the next message asks whether all is well again, and if not, the wait is longer.</summary>
public sealed class GrowingPause(TimeProvider time, TimeSpan longest)
{
    static readonly TimeSpan Shortest = TimeSpan.FromSeconds(5);

    DateTimeOffset until;
    TimeSpan last;

    /// <summary>Never more than was begun with: the clock may have been put back.</summary>
    public TimeSpan Remaining => until - time.GetUtcNow() is var left && left <= last ? left : TimeSpan.Zero;

    /// <summary>When it first began, with no success since.</summary>
    public DateTimeOffset? Since { get; private set; }

    public void Lengthen()
    {
        Since ??= time.GetUtcNow();
        // Several lanes notice the same at once.
        if (Remaining > TimeSpan.Zero) return;
        last = last == TimeSpan.Zero ? Shortest : last * 2 < longest ? last * 2 : longest;
        until = time.GetUtcNow() + last;
    }

    public void Clear() => (until, last, Since) = (default, TimeSpan.Zero, null);
}

/// <summary>
/// When this server must not send. No connection to the relay: nobody sends. Connections that end or a relay in trouble with several
/// recipients of one site one after the other: that site waits, and the others go on, for it may be something in that site's mail. One
/// recipient makes nobody wait.
/// </summary>
public sealed class RelayPause(TimeProvider time)
{
    /// <summary>So many recipients in a row are no chance.</summary>
    public const int SeveralInARow = 5;

    sealed class Row(TimeProvider time)
    {
        public readonly HashSet<long> Deliveries = [];
        public readonly GrowingPause Pause = new(time, TimeSpan.FromMinutes(1));
    }

    readonly GrowingPause relay = new(time, TimeSpan.FromMinutes(5));
    readonly ConcurrentDictionary<long, Row> rows = new();

    /// <summary>How long nobody sends.</summary>
    public TimeSpan Remaining => relay.Remaining;

    /// <summary>Since when there was no connection; null if there is one.</summary>
    public DateTimeOffset? AwaySince => relay.Since;

    /// <summary>This site waits, the others need not.</summary>
    public bool Waits(long site) => rows.TryGetValue(site, out var row) && row.Pause.Remaining > TimeSpan.Zero;

    public void Hear(long site, long delivery, Completion completion)
    {
        if (completion == Completion.RelayAway)
        {
            relay.Lengthen();
            return;
        }
        // Somebody was heard of: there is a connection.
        relay.Clear();
        if (completion == Completion.Trouble) Count(rows.GetOrAdd(site, _ => new Row(time)), delivery);
        else rows.TryRemove(site, out _);
    }

    static void Count(Row row, long delivery)
    {
        lock (row)
        {
            // The same recipient again and again is one.
            row.Deliveries.Add(delivery);
            if (row.Deliveries.Count < SeveralInARow) return;
            row.Deliveries.Clear();
            row.Pause.Lengthen();
        }
    }
}
