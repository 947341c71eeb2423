using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>
/// Why a matching member may not receive a mailing. The first applicable reason counts, so each member has exactly one.
/// </summary>
public enum ExclusionReason
{
    Suspended,
    Unconfirmed,
    /// <summary>Mail to the address bounced.</summary>
    Bounce,
    /// <summary>Reported our mail as spam.</summary>
    Complaint,
    /// <summary>Staff stopped all mail to the address.</summary>
    Staff,
    /// <summary>Stopped all direct mail.</summary>
    Stopped,
    /// <summary>Did not consent to this kind of mail.</summary>
    Consent,
    /// <summary>Has left; erased when the period of grace is over.</summary>
    Leaving,
}

public static class ExclusionReasons
{
    /// <summary>The reason in URLs and in the text key <c>mailing.why.{word}</c>.</summary>
    public static string Word(this ExclusionReason reason) => reason.ToString().ToLowerInvariant();
}

/// <summary>A member who matches a mailing's audience but may not receive it, with the reason.</summary>
public sealed class Excluded
{
    public long Id { get; init; }
    public required string Name { get; init; }
    public string? Email { get; init; }
    public required ExclusionReason Why { get; init; }

    /// <summary>The exact complement of <see cref="MayMail.MayReceive"/> among matching members. Runs in the database.</summary>
    public static async Task<IQueryable<Excluded>> Of(Mailing mailing, SiteDb db, CancellationToken ct = default)
    {
        var (kind, suppressions, receiving) = (mailing.KindId, db.Suppressions, db.Members.MayReceive(mailing.KindId));
        return (await mailing.Audience.Apply(db.Members, db, ct))
            .Where(m => !receiving.Any(r => r.Id == m.Id))
            .Select(m => new Excluded
            {
                Id = m.Id,
                Name = m.Name,
                Email = m.Email,
                Why =
                    m.SuspendedAt != null ? ExclusionReason.Suspended
                    : m.LeavingSince != null ? ExclusionReason.Leaving
                    : m.ConfirmedAt == null ? ExclusionReason.Unconfirmed
                    : suppressions.Any(s => s.AddressHash == m.AddressHash && s.Reason == SuppressionReason.Bounce) ? ExclusionReason.Bounce
                    : suppressions.Any(s => s.AddressHash == m.AddressHash && s.Reason == SuppressionReason.Complaint)
                        ? ExclusionReason.Complaint
                    : suppressions.Any(s => s.AddressHash == m.AddressHash) ? ExclusionReason.Staff
                    : m.MailStoppedAt != null && !m.Consents.Any(c => c.KindId == kind && c.Since >= m.MailStoppedAt)
                        ? ExclusionReason.Stopped
                    : ExclusionReason.Consent,
            });
    }

    /// <summary>The number of excluded members per reason.</summary>
    public static async Task<IReadOnlyDictionary<ExclusionReason, int>> Count(Mailing mailing, SiteDb db, CancellationToken ct = default) =>
        (await (await Of(mailing, db, ct)).GroupBy(u => u.Why).Select(g => new { g.Key, N = g.Count() }).ToListAsync(ct)).ToDictionary(
            g => g.Key,
            g => g.N
        );
}
