using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>A member who fits the audience of a mailing and may not get it, and why: the text <c>mailing.why.{Why}</c>.</summary>
public sealed class Unreached
{
    public long Id { get; init; }
    public required string Name { get; init; }
    public string? Email { get; init; }
    public required string Why { get; init; }

    /// <summary>Of several reasons the first one counts, so each member stands under one.</summary>
    public static readonly IReadOnlyList<string> Reasons =
    [
        "suspended",
        "unconfirmed",
        "bounce",
        "complaint",
        "staff",
        "stopped",
        "consent",
    ];

    /// <summary>The exact rest of <see cref="MayMail.MayReceive"/> among those who fit. Runs in the database.</summary>
    public static IQueryable<Unreached> Of(Mailing mailing, SiteDb db)
    {
        var (kind, suppressions, receiving) = (mailing.KindId, db.Suppressions, db.Members.MayReceive(mailing.KindId));
        return mailing.Audience.Apply(db.Members, db).Where(m => !receiving.Any(r => r.Id == m.Id)).Select(m => new Unreached
        {
            Id = m.Id,
            Name = m.Name,
            Email = m.Email,
            Why = m.SuspendedAt != null ? "suspended"
                : m.ConfirmedAt == null ? "unconfirmed"
                : suppressions.Any(s => s.AddressHash == m.AddressHash && s.Reason == "bounce") ? "bounce"
                : suppressions.Any(s => s.AddressHash == m.AddressHash && s.Reason == "complaint") ? "complaint"
                : suppressions.Any(s => s.AddressHash == m.AddressHash) ? "staff"
                : m.MailStoppedAt != null && !m.Consents.Any(c => c.KindId == kind && c.Since > m.MailStoppedAt) ? "stopped"
                : "consent",
        });
    }

    /// <summary>How many there are of each reason.</summary>
    public static async Task<IReadOnlyDictionary<string, int>> Count(Mailing mailing, SiteDb db, CancellationToken ct = default) =>
        (await Of(mailing, db).GroupBy(u => u.Why).Select(g => new { g.Key, N = g.Count() }).ToListAsync(ct)).ToDictionary(
            g => g.Key,
            g => g.N
        );
}
