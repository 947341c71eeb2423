using System.Linq.Expressions;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>
/// How many mailings one member gets at most: a number within some days, over all kinds of mail. What the relay took counts, and what is
/// on the way.
/// </summary>
static class MailsOfMember
{
    // Serializes the start of mailings on PostgreSQL, where two could else be written down at once, each without a look at the other.
    const int Freezing = 0x467265;

    /// <summary>Members who have had as many as they get; null if the site sets no limit.</summary>
    public static async Task<Expression<Func<Member, bool>>?> Reached(Mailing mailing, SiteDb db, CancellationToken ct)
    {
        if (await MailingSettings.Of(db, ct) is not { MaxMails: > 0 and var most } settings) return null;
        var (since, id) = (db.Now.AddDays(-settings.MaxMailsDays), mailing.Id);
        var real = db.Mailings.WithoutTests();
        var counted = db.Deliveries.Where(d =>
            d.MailingId != id
            && (Delivery.Open.Contains(d.State)
                || d.State == DeliveryState.Ambiguous
                || (d.State == DeliveryState.Accepted && d.SettledAt >= since))
            && real.Any(m => m.Id == d.MailingId)
        );
        return m => counted.Count(d => d.MemberId == m.Id) >= most;
    }

    /// <summary>Keeps other mailings of the site from being written down until this transaction ends.</summary>
    public static Task Lock(SiteDb db, CancellationToken ct) => db.IsSqlite
        ? Task.CompletedTask
        : db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({Freezing}, 0)", ct);
}
