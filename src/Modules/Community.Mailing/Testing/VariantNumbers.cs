using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>What became of one variant in the sample.</summary>
/// <param name="Variant">From 0.</param>
/// <param name="Sent">Messages that the relay took.</param>
/// <param name="Opened">Recipients who opened it, without machines.</param>
/// <param name="Clicked">Recipients who clicked in it, without machines.</param>
public sealed record VariantNumbers(byte Variant, int Sent, int Opened, int Clicked)
{
    /// <summary>Of a mailing with several variants.</summary>
    public static async Task<IReadOnlyList<VariantNumbers>> Of(SiteDb db, Mailing mailing, CancellationToken ct = default)
    {
        var sent = await db.Deliveries
            .Where(d => d.MailingId == mailing.Id && d.Variant != null && d.State == DeliveryState.Accepted)
            .GroupBy(d => d.Variant!.Value).ToDictionaryAsync(g => g.Key, g => g.Count(), ct);
        var people = await db.EngagementCounts.AsNoTracking()
            .Where(e => e.MailingId == mailing.Id && e.Verdict == Verdict.Human && e.LinkId == 0)
            .GroupBy(e => new { e.Variant, e.Kind }).Select(g => new { g.Key.Variant, g.Key.Kind, N = g.Sum(e => e.Persons) })
            .ToListAsync(ct);
        int People(byte variant, EngagementKind kind) => people.Find(p => p.Variant == variant && p.Kind == kind)?.N ?? 0;
        return
        [
            .. Enumerable.Range(0, mailing.Variants).Select(v => (byte)v).Select(v => new VariantNumbers(
                v, sent.GetValueOrDefault(v), People(v, EngagementKind.Open), People(v, EngagementKind.Click))),
        ];
    }

    /// <summary>The best by a rule. Where nobody did anything, or two are equal, the first of them.</summary>
    public static byte Best(IEnumerable<VariantNumbers> all, WinnerRule rule) =>
        all.OrderByDescending(v => v.Sent == 0 ? 0m : (decimal)(rule is WinnerRule.Opens ? v.Opened : v.Clicked) / v.Sent)
            .ThenBy(v => v.Variant).First().Variant;
}
