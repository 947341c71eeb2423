using Community.Kernel;
using Community.Mail;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>
/// The rule by which an address that mail comes back from gets no more: at once if there is no such mailbox or domain; after a second
/// mailing if it is closed; after returns on three days within at least fifteen, with nothing accepted between, if it is full, filtered or
/// their system fails. Never for a fault of ours, and never while so many addresses of one domain fail within an hour that the domain must
/// be at fault: what was closed in that hour opens again.
/// </summary>
public sealed class CloseAddress(SiteDb db)
{
    public const int MinMailingsDisabled = 2, MinSoftDays = 3;
    public static readonly TimeSpan MinSoftTime = TimeSpan.FromDays(15);
    /// <summary>Failures of a domain within <see cref="BreakerTime"/> from which it is asked how many of its members they are.</summary>
    public const int BreakerCount = 20;
    public static readonly TimeSpan BreakerTime = TimeSpan.FromHours(1);
    /// <summary>Of the domain's members, in percent.</summary>
    public const int BreakerShare = 40;

    /// <summary>Applies the rule to a bounce that was just added, in the open change.</summary>
    public async Task After(Return bounce, CancellationToken ct)
    {
        if (bounce.AddressHash is not { } hash || !await Closes(bounce, hash, ct) || await IsTripped(bounce, ct)) return;
        if (await db.Suppressions.AnyAsync(s => s.AddressHash == hash, ct)) return;
        db.Suppressions.Add(new Suppression { AddressHash = hash, Reason = SuppressionReason.Bounce, At = bounce.At });
        bounce.Closed = true;
        await db.SaveChangesAsync(ct);
    }

    async Task<bool> Closes(Return bounce, string hash, CancellationToken ct)
    {
        var same = db.Returns.Where(r => r.AddressHash == hash && r.Kind == ReturnKind.Bounce);
        switch (bounce.Class)
        {
            case BounceClass.InvalidMailbox or BounceClass.BadDomain:
                return true;
            case BounceClass.Disabled:
                return await same.Where(r => r.Class == BounceClass.Disabled).Select(r => r.MailingId).Distinct().CountAsync(ct)
                    >= MinMailingsDisabled;
            case BounceClass.Full or BounceClass.TheirSystem or BounceClass.Filtered:
                var returned = db.Returns.Where(r => r.Kind == ReturnKind.Bounce);
                var success = await db.Deliveries.Where(d => d.MemberId == bounce.MemberId && d.State == DeliveryState.Accepted
                        && !returned.Any(r => r.DeliveryId == d.Id))
                    .MaxAsync(d => d.SettledAt, ct) ?? DateTime.MinValue;
                var soft = await same.Where(r => r.At > success
                        && (r.Class == BounceClass.Full || r.Class == BounceClass.TheirSystem || r.Class == BounceClass.Filtered))
                    .Select(r => r.At).ToListAsync(ct);
                return soft.Select(at => at.Date).Distinct().Count() >= MinSoftDays && soft.Max() - soft.Min() >= MinSoftTime;
            default:
                return false;
        }
    }

    /// <summary>Whether the domain is at fault; the first bounce that shows it opens again what the hour before closed.</summary>
    async Task<bool> IsTripped(Return bounce, CancellationToken ct)
    {
        var since = bounce.At - BreakerTime;
        var recent = db.Returns.Where(r => r.Domain == bounce.Domain && r.At >= since && r.Kind == ReturnKind.Bounce);
        if (await recent.AnyAsync(r => r.Tripped, ct)) return true;
        var failed = await recent.Where(r => r.Class != BounceClass.Ours).Select(r => r.MemberId).Distinct().CountAsync(ct);
        // Counting a domain's members reads them all: it is asked at every twentieth failure.
        if (failed < BreakerCount || failed % BreakerCount != 0) return false;
        var ending = "@" + bounce.Domain.ToUpperInvariant();
        var all = await db.Members.CountAsync(m => m.NormalizedEmail!.EndsWith(ending), ct);
        if (failed * 100 < all * BreakerShare) return false;
        bounce.Tripped = true;
        var closed = recent.Where(r => r.Closed && r.AddressHash != null).Select(r => r.AddressHash);
        await db.Suppressions.Where(s => s.Reason == SuppressionReason.Bounce && s.At >= since && closed.Contains(s.AddressHash))
            .ExecuteDeleteAsync(ct);
        await db.SaveChangesAsync(ct);
        return true;
    }
}
