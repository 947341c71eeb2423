using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>
/// The accounts of a mailing: every recipient has exactly one outcome, and the roll-ups say the same as the rows. Checked before it is
/// finished and again each day.
/// </summary>
/// <param name="Total">The recipients written down at the start; null while that is not done.</param>
/// <param name="Rows">The rows there are, by state.</param>
/// <param name="Counted">What the roll-ups say, by state.</param>
public sealed record Accounting(
    int? Total, IReadOnlyDictionary<DeliveryState, int> Rows, IReadOnlyDictionary<DeliveryState, int> Counted)
{
    int Settled(DeliveryState state) => Rows.GetValueOrDefault(state);

    /// <summary>total = accepted + rejected + suppressed + expired + cancelled + ambiguous, and nothing is under way.</summary>
    public bool Holds => Total == Rows.Values.Sum() && Delivery.Open.All(s => Settled(s) == 0);

    /// <summary>The states of which the roll-ups say something else than the rows.</summary>
    public IReadOnlyList<DeliveryState> Miscounted =>
        [.. Enum.GetValues<DeliveryState>().Except(Delivery.Open).Where(s => Settled(s) != Counted.GetValueOrDefault(s))];

    public static async Task<Accounting> Of(SiteDb db, Mailing mailing, CancellationToken ct = default) => new(
        mailing.Total,
        await db.Deliveries.Where(d => d.MailingId == mailing.Id).GroupBy(d => d.State)
            .ToDictionaryAsync(g => g.Key, g => g.Count(), ct),
        await db.MailingRollups.Where(r => r.MailingId == mailing.Id).GroupBy(r => r.State)
            .ToDictionaryAsync(g => g.Key, g => g.Sum(r => r.N), ct)
    );
}
