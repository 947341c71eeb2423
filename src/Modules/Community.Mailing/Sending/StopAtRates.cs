using System.Globalization;
using Community.Kernel;
using Community.Mail;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>
/// Stops a running mailing of which too many recipients cannot be reached, or complain, before it costs the sender's good name. Whoever
/// resumes it has seen that: from then on it counts anew.
/// </summary>
public sealed class StopAtRates(SiteDb db, Settings<MailingSettings> settings, SettleDelivery settle)
{
    /// <summary>Fewer say nothing about a rate.</summary>
    public const int MinOutcomes = 100, MinComplaints = 3;

    public async Task Run(CancellationToken ct)
    {
        var limits = await settings.Get(ct);
        if (limits.StopAtErrors == 0 && limits.StopAtComplaints == 0) return;
        var running = await db
            .Mailings.AsNoTracking()
            .WithoutTests()
            .Where(m => m.State == MailingState.Running)
            .Select(m => new { m.Id, m.RatesFrom })
            .ToListAsync(ct);
        foreach (var mailing in running)
        {
            var (accepted, rejected) = await Outcomes(mailing.Id, mailing.RatesFrom, ct);
            var sent = accepted + rejected;
            if (sent < MinOutcomes) continue;
            // The counters may say too much: who is refused in the session is in both, and they do not tell when. So they alone stop
            // nothing; but what does not stop by them needs no look at the returns, of which there are tens of thousands.
            var counted = await db.ReturnCounts.AsNoTracking().Where(c => c.MailingId == mailing.Id).ToListAsync(ct);
            if (Exceeded(rejected + Sum(ReturnKind.Bounce), Sum(ReturnKind.Complaint)) is null) continue;
            var (bounces, complaints) = await Returns(mailing.Id, mailing.RatesFrom, ct);
            var errors = rejected + bounces;
            if (Exceeded(errors, complaints) is { } reason)
                await settle.Suspend(mailing.Id, reason, Rate(reason is StopReason.Errors ? errors : complaints, sent));

            int Sum(ReturnKind kind) => counted.Where(c => c.Kind == kind).Sum(c => c.N);

            StopReason? Exceeded(int errors, int complaints) =>
                limits.StopAtErrors > 0 && errors * 100L >= (long)limits.StopAtErrors * sent ? StopReason.Errors
                : limits.StopAtComplaints > 0 && complaints >= MinComplaints
                    && complaints * 1000L >= (long)limits.StopAtComplaints * sent ? StopReason.Complaints
                : null;
        }
    }

    static string Rate(int some, int all) =>
        string.Create(CultureInfo.InvariantCulture, $"{some:N0} / {all:N0} ({100.0 * some / all:0.0} %)");

    async Task<(int Accepted, int Rejected)> Outcomes(long mailing, DateTime? from, CancellationToken ct)
    {
        var bucket = from is { } time ? MailingRollup.BucketOf(time) : long.MinValue;
        var sums = await db
            .MailingRollups.AsNoTracking()
            .Where(r => r.MailingId == mailing && r.Bucket > bucket)
            .Where(r => r.State == DeliveryState.Accepted || r.State == DeliveryState.Rejected)
            .GroupBy(r => r.State)
            .Select(g => new { g.Key, N = g.Sum(r => r.N) })
            .ToDictionaryAsync(g => g.Key, g => g.N, ct);
        return (sums.GetValueOrDefault(DeliveryState.Accepted), sums.GetValueOrDefault(DeliveryState.Rejected));
    }

    async Task<(int Bounces, int Complaints)> Returns(long mailing, DateTime? from, CancellationToken ct)
    {
        var since = from ?? DateTime.UnixEpoch;
        // Those of the session are among the rejected.
        var returns = await db
            .Returns.AsNoTracking()
            .Where(r => r.MailingId == mailing && r.At > since && !r.Digest.StartsWith(Return.OfSession))
            .GroupBy(r => r.Kind)
            .Select(g => new { g.Key, N = g.Count() })
            .ToDictionaryAsync(g => g.Key, g => g.N, ct);
        return (returns.GetValueOrDefault(ReturnKind.Bounce), returns.GetValueOrDefault(ReturnKind.Complaint));
    }
}
