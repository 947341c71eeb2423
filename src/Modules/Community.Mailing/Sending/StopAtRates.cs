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
            var (sent, errors, complaints) = await Count(mailing.Id, mailing.RatesFrom, ct);
            if (sent < MinOutcomes) continue;
            if (limits.StopAtErrors > 0 && errors * 100L >= (long)limits.StopAtErrors * sent)
                await settle.Suspend(mailing.Id, StopReason.Errors, Rate(errors, sent));
            else if (
                limits.StopAtComplaints > 0
                && complaints >= MinComplaints
                && complaints * 1000L >= (long)limits.StopAtComplaints * sent
            )
                await settle.Suspend(mailing.Id, StopReason.Complaints, Rate(complaints, sent));
        }
    }

    static string Rate(int some, int all) =>
        string.Create(CultureInfo.InvariantCulture, $"{some:N0} / {all:N0} ({100.0 * some / all:0.0} %)");

    async Task<(int Sent, int Errors, int Complaints)> Count(long mailing, DateTime? from, CancellationToken ct)
    {
        var bucket = from is { } time ? MailingRollup.BucketOf(time) : long.MinValue;
        var sums = await db
            .MailingRollups.AsNoTracking()
            .Where(r => r.MailingId == mailing && r.Bucket > bucket)
            .Where(r => r.State == DeliveryState.Accepted || r.State == DeliveryState.Rejected)
            .GroupBy(r => r.State)
            .Select(g => new { g.Key, N = g.Sum(r => r.N) })
            .ToDictionaryAsync(g => g.Key, g => g.N, ct);
        var since = from ?? DateTime.UnixEpoch;
        // Those of the session are among the rejected.
        var returns = await db
            .Returns.AsNoTracking()
            .Where(r => r.MailingId == mailing && r.At > since && !r.Digest.StartsWith(Return.OfSession))
            .GroupBy(r => r.Kind)
            .Select(g => new { g.Key, N = g.Count() })
            .ToDictionaryAsync(g => g.Key, g => g.N, ct);
        var (accepted, rejected) = (sums.GetValueOrDefault(DeliveryState.Accepted), sums.GetValueOrDefault(DeliveryState.Rejected));
        return (
            accepted + rejected,
            rejected + returns.GetValueOrDefault(ReturnKind.Bounce),
            returns.GetValueOrDefault(ReturnKind.Complaint)
        );
    }
}
