using System.Collections.Concurrent;
using Community.Mail;

namespace Community.Mailing;

/// <summary>
/// Domains that the relay puts off: after several recipients in a row, nothing more is tried there but one message after each pause. So a
/// block of two days costs the other recipients of the domain no attempt, and the other domains no time. Each site has rests of its own:
/// what is put off may be its mail.
/// </summary>
public sealed class DomainRests(TimeProvider time)
{
    /// <summary>This many recipients in a row are no coincidence.</summary>
    public const int SeveralInARow = 5;
    static readonly TimeSpan BetweenProbes = TimeSpan.FromSeconds(30);

    sealed class Row(TimeProvider time)
    {
        public readonly HashSet<long> Deliveries = [];
        public readonly GrowingPause Pause = new(time, TimeSpan.FromHours(1), TimeSpan.FromMinutes(1));
        public DateTime ProbedAt;
    }

    readonly ConcurrentDictionary<(long Site, string Domain), Row> rows = new();

    public void Hear(long site, string domain, long delivery, SendResult result)
    {
        if (result.Verdict == SendVerdict.Accepted || result.Status == SendStatus.RejectedPermanent)
        {
            rows.TryRemove((site, domain), out _);
            return;
        }
        if (result is not { Status: SendStatus.RejectedTransient, Phase: >= SmtpPhase.RcptTo }) return;
        var row = rows.GetOrAdd((site, domain), _ => new Row(time));
        lock (row)
        {
            row.Deliveries.Add(delivery);
            // A probe is enough, once it rests.
            if (row.Deliveries.Count >= SeveralInARow || row.Pause.Since is not null) row.Pause.Lengthen();
        }
    }

    /// <summary>How many of so many may be tried now, and when the others may.</summary>
    public (int Now, DateTime Later) May(long site, string domain, int wanted)
    {
        if (!rows.TryGetValue((site, domain), out var row)) return (wanted, default);
        lock (row)
        {
            var now = time.GetUtcNow().UtcDateTime;
            // After days they are all tried once more, and expire.
            if (row.Pause.Since is not { } since || now - since.UtcDateTime > SettleDelivery.Patience) return (wanted, default);
            if (row.Pause.Remaining is var left && left > TimeSpan.Zero) return (0, now + left);
            if (row.ProbedAt <= now && now - row.ProbedAt < BetweenProbes) return (0, row.ProbedAt + BetweenProbes);
            row.ProbedAt = now;
            return (1, now + BetweenProbes);
        }
    }

    /// <summary>Since when the domain has taken nothing; null if it does not rest.</summary>
    public DateTime? Since(long site, string domain) => rows.TryGetValue((site, domain), out var row) ? row.Pause.Since?.UtcDateTime : null;
}
