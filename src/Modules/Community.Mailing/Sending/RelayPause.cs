using System.Collections.Concurrent;

namespace Community.Mailing;

/// <summary>An exponential back-off: after each pause the next message probes the relay; if that fails, the pause doubles.</summary>
public sealed class GrowingPause(TimeProvider time, TimeSpan longest, TimeSpan? shortest = null)
{
    readonly TimeSpan shortest = shortest ?? TimeSpan.FromSeconds(5);

    DateTimeOffset until;
    TimeSpan last;

    /// <summary>Never more than the pause's full length, even if the clock was set back.</summary>
    public TimeSpan Remaining => until - time.GetUtcNow() is var left && left <= last ? left : TimeSpan.Zero;

    /// <summary>When the first pause began, if nothing has succeeded since.</summary>
    public DateTimeOffset? Since { get; private set; }

    public void Lengthen()
    {
        Since ??= time.GetUtcNow();
        // Several lanes notice the same failure at once.
        if (Remaining > TimeSpan.Zero) return;
        last = last == TimeSpan.Zero ? shortest : last * 2 < longest ? last * 2 : longest;
        until = time.GetUtcNow() + last;
    }

    /// <summary>A pause of this length, which does not grow.</summary>
    public void Wait(TimeSpan length) => (until, last) = (time.GetUtcNow() + length, length);

    public void Clear() => (until, last, Since) = (default, TimeSpan.Zero, null);
}

/// <summary>
/// When this server must not send. Without a connection to the relay, no site sends. If connections drop, or the relay reports trouble,
/// for several recipients of one site in a row, only that site waits, since its mail may be the cause. A single
/// recipient never causes a wait.
/// </summary>
public sealed class RelayPause(TimeProvider time)
{
    /// <summary>This many recipients in a row are no coincidence.</summary>
    public const int SeveralInARow = 5;

    sealed class Row(TimeProvider time)
    {
        public readonly HashSet<long> Deliveries = [];
        public readonly GrowingPause Pause = new(time, TimeSpan.FromMinutes(1));
    }

    /// <summary>Deliveries of whatever site that the relay answered with trouble of its own, one after another.</summary>
    readonly HashSet<(long Site, long Delivery)> blocked = [];
    readonly GrowingPause relay = new(time, TimeSpan.FromMinutes(5));
    readonly ConcurrentDictionary<long, Row> rows = new();

    /// <summary>For how much longer no site may send.</summary>
    public TimeSpan Remaining => relay.Remaining;

    /// <summary>Since when the relay has been unreachable; null if it is reachable.</summary>
    public DateTimeOffset? AwaySince => relay.Since;

    /// <summary>Whether this site alone must wait.</summary>
    public bool Waits(long site) => rows.TryGetValue(site, out var row) && row.Pause.Remaining > TimeSpan.Zero;

    /// <param name="site">The site.</param>
    /// <param name="delivery">Of the site.</param>
    /// <param name="completion">What the outcome means.</param>
    /// <param name="isOfTheWay">See <see cref="Community.Mail.SendResult.IsOfTheWay"/>.</param>
    public void Hear(long site, long delivery, Completion completion, bool isOfTheWay = false)
    {
        if (completion == Completion.RelayAway)
        {
            relay.Lengthen();
            return;
        }
        if (isOfTheWay) Block(site, delivery);
        else
        {
            // Any other outcome proves that the relay is reachable.
            relay.Clear();
            lock (blocked) blocked.Clear();
        }
        if (completion == Completion.Trouble) Count(rows.GetOrAdd(site, _ => new Row(time)), delivery);
        else rows.TryRemove(site, out _);
    }

    /// <summary>From one site alone, its mail may be the cause: then it waits alone.</summary>
    void Block(long site, long delivery)
    {
        lock (blocked)
        {
            blocked.Add((site, delivery));
            if (blocked.Count < SeveralInARow || blocked.Select(b => b.Site).Distinct().Count() < 2) return;
            blocked.Clear();
            relay.Lengthen();
        }
    }

    static void Count(Row row, long delivery)
    {
        lock (row)
        {
            // Repeated failures of the same recipient count once.
            row.Deliveries.Add(delivery);
            if (row.Deliveries.Count < SeveralInARow) return;
            row.Deliveries.Clear();
            row.Pause.Lengthen();
        }
    }
}
