using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>A mailing's progress, from its roll-ups: a page never counts recipients row by row.</summary>
public sealed record Progress(int Total, IReadOnlyDictionary<DeliveryState, int> Settled)
{
    public int Of(DeliveryState state) => Settled.GetValueOrDefault(state);
    public int Sent => Of(DeliveryState.Accepted);
    /// <summary>Settled, and definitely not handed over.</summary>
    public int NotSent => Done - Sent - Of(DeliveryState.Ambiguous);
    public int Done => Settled.Values.Sum();
    public int Open => Math.Max(0, Total - Done);

    public static async Task<Progress> Of(SiteDb db, Mailing mailing)
    {
        var sums = await db
            .MailingRollups.AsNoTracking()
            .Where(r => r.MailingId == mailing.Id)
            .GroupBy(r => r.State)
            .Select(g => new { g.Key, N = g.Sum(r => r.N) })
            .ToListAsync();
        return new(mailing.Total ?? mailing.Count, sums.ToDictionary(s => s.Key, s => s.N));
    }

    /// <summary>For a page of mailings, in one query.</summary>
    public static async Task<IReadOnlyDictionary<long, Progress>> Of(SiteDb db, IReadOnlyList<Mailing> mailings)
    {
        var ids = mailings.Select(m => m.Id).ToList();
        var sums = await db
            .MailingRollups.AsNoTracking()
            .Where(r => ids.Contains(r.MailingId))
            .GroupBy(r => new { r.MailingId, r.State })
            .Select(g => new
            {
                g.Key.MailingId,
                g.Key.State,
                N = g.Sum(r => r.N),
            })
            .ToListAsync();
        return mailings.ToDictionary(
            m => m.Id,
            m => new Progress(m.Total ?? m.Count, sums.Where(s => s.MailingId == m.Id).ToDictionary(s => s.State, s => s.N))
        );
    }
}
