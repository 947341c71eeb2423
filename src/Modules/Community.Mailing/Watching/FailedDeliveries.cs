using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>Recipients whom a mailing could not reach, until somebody has decided about them.</summary>
/// <param name="Mailing">Its id.</param>
public sealed record FailedDeliveries(long Mailing, string Title, int Rejected, int Expired, bool CanSendAgain)
{
    static IQueryable<Delivery> All(SiteDb db) =>
        db.Deliveries.Where(d => (d.State == DeliveryState.Rejected || d.State == DeliveryState.Expired) && d.DecidedBy == null);

    internal static IQueryable<Delivery> Of(SiteDb db, long mailing) => All(db).Where(d => d.MailingId == mailing);

    public static Task<int> Count(SiteDb db) => All(db).CountAsync();

    /// <summary>The newest mailings first.</summary>
    /// <param name="below">Only mailings with a lower id; 0 for all.</param>
    public static async Task<List<FailedDeliveries>> Find(SiteDb db, long below, int most)
    {
        var counts = await All(db)
            .Where(d => below <= 0 || d.MailingId < below)
            .GroupBy(d => d.MailingId)
            .Select(g => new
            {
                Id = g.Key,
                Rejected = g.Count(d => d.State == DeliveryState.Rejected),
                Expired = g.Count(d => d.State == DeliveryState.Expired),
            })
            .OrderByDescending(g => g.Id)
            .Take(most)
            .ToListAsync();
        var ids = counts.ConvertAll(c => c.Id);
        var mailings = await db.Mailings.AsNoTracking().Where(m => ids.Contains(m.Id)).ToDictionaryAsync(m => m.Id);
        return counts.ConvertAll(c => new FailedDeliveries(
            c.Id,
            mailings[c.Id].Title,
            c.Rejected,
            c.Expired,
            mailings[c.Id].CanSendAgain
        ));
    }
}
