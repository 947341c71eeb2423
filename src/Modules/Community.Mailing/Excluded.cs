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
    /// <summary>Fits an exception of the audience: see <see cref="Audience.Minus"/>.</summary>
    Minus,
    /// <summary>Has had as many mailings as one member gets: see <see cref="MailsOfMember"/>.</summary>
    Frequent,
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

    /// <summary>The exact complement of <see cref="Audience.Receivers"/> among those who are wanted. Runs in the database.</summary>
    public static async Task<IQueryable<Excluded>> Of(Mailing mailing, SiteDb db, CancellationToken ct = default) =>
        await Among(await mailing.Audience.Wanted.Apply(db.Members, db, ct), mailing, db, ct);

    /// <summary>Those of some members who would not get the mailing, whether or not they are wanted.</summary>
    public static async Task<IQueryable<Excluded>> Among(IQueryable<Member> members, Mailing mailing, SiteDb db, CancellationToken ct)
    {
        var (kind, suppressions, receiving) = (mailing.KindId, db.SuppressedNow, db.Members.MayReceive(mailing.KindId));
        var taken = await Taken(mailing, db, ct);
        var frequent = db.Members.Where(await MailsOfMember.Reached(mailing, db, ct) ?? (m => false));
        return members
            .Where(m => !receiving.Any(r => r.Id == m.Id) || taken.Any(t => t.Id == m.Id) || frequent.Any(f => f.Id == m.Id))
            .Select(m => new Excluded
            {
                Id = m.Id,
                Name = m.Name,
                Email = m.Email,
                Why =
                    taken.Any(t => t.Id == m.Id) ? ExclusionReason.Minus
                    : receiving.Any(r => r.Id == m.Id) ? ExclusionReason.Frequent
                    : m.SuspendedAt != null ? ExclusionReason.Suspended
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

    /// <summary>The members who fit an exception of the audience.</summary>
    static async Task<IQueryable<Member>> Taken(Mailing mailing, SiteDb db, CancellationToken ct) =>
        mailing.Audience.Minus is { IsEverybody: false } minus ? await minus.Apply(db.Members, db, ct) : db.Members.Where(m => false);

    /// <summary>The number of excluded members per reason.</summary>
    public static async Task<IReadOnlyDictionary<ExclusionReason, int>> Count(Mailing mailing, SiteDb db, CancellationToken ct = default) =>
        (await (await Of(mailing, db, ct)).GroupBy(u => u.Why).Select(g => new { g.Key, N = g.Count() }).ToListAsync(ct)).ToDictionary(
            g => g.Key,
            g => g.N
        );
}
