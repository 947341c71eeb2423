using Community.Kernel;
using Community.Mail;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>
/// The rule by which an address that mail comes back from gets no more. If there is no such mailbox or domain, it rests for a week, and a
/// second such return, days later and with nothing accepted between, closes it: servers have bad hours. After a second mailing if it is
/// closed by its provider; after returns on three days within at least fifteen, with nothing accepted between, if it is full, filtered or
/// their system fails. Never for a fault of ours, and never while so many addresses of one domain fail within an hour that the domain must
/// be at fault: what was closed in that hour opens again.
/// </summary>
public sealed class CloseAddress(SiteDb db, Suppress suppress)
{
    public const int MinMailingsDisabled = 2, MinSoftDays = 3;
    public static readonly TimeSpan MinSoftTime = TimeSpan.FromDays(15);
    /// <summary>How long an address rests, and how long after the first return a second one counts as another.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromDays(7), MinHardTime = TimeSpan.FromDays(2);
    /// <summary>Failures of a domain within <see cref="BreakerTime"/> from which it is asked how many of its members they are.</summary>
    public const int BreakerCount = 20;
    public static readonly TimeSpan BreakerTime = TimeSpan.FromHours(1);
    /// <summary>Of the domain's members, in percent.</summary>
    public const int BreakerShare = 40;

    /// <summary>Applies the rule to a bounce that was just added, in the open change.</summary>
    public async Task After(Return bounce, CancellationToken ct)
    {
        if (bounce.AddressHash is not { } hash || await Meaning(bounce, hash, ct) is not { } rests || await IsTripped(bounce, ct)) return;
        var until = rests ? bounce.At + Rest : (DateTime?)null;
        if (!await suppress.Hash(hash, SuppressionReason.Bounce, bounce.At, until, ct: ct)) return;
        bounce.Closed = true;
        await db.SaveChangesAsync(ct);
    }

    /// <summary>True: it rests; false: it is closed; null: nothing follows.</summary>
    async Task<bool?> Meaning(Return bounce, string hash, CancellationToken ct)
    {
        var same = db.Returns.Where(r => r.AddressHash == hash && r.Kind == ReturnKind.Bounce);
        switch (bounce.Class)
        {
            case BounceClass.InvalidMailbox or BounceClass.BadDomain:
                var arrived = await Arrived(bounce, ct);
                var before = bounce.At - MinHardTime;
                return !await same.AnyAsync(r => r.At > arrived && r.At <= before
                    && (r.Class == BounceClass.InvalidMailbox || r.Class == BounceClass.BadDomain), ct);
            case BounceClass.Disabled:
                return await same.Where(r => r.Class == BounceClass.Disabled).Select(r => r.MailingId).Distinct().CountAsync(ct)
                    >= MinMailingsDisabled ? false : null;
            case BounceClass.Full or BounceClass.TheirSystem or BounceClass.Filtered:
                var success = await Arrived(bounce, ct);
                var soft = await same.Where(r => r.At > success
                        && (r.Class == BounceClass.Full || r.Class == BounceClass.TheirSystem || r.Class == BounceClass.Filtered))
                    .Select(r => r.At).ToListAsync(ct);
                return soft.Select(at => at.Date).Distinct().Count() >= MinSoftDays && soft.Max() - soft.Min() >= MinSoftTime
                    ? false : null;
            default:
                return null;
        }
    }

    /// <summary>When the member last got a message that did not come back.</summary>
    async Task<DateTime> Arrived(Return bounce, CancellationToken ct)
    {
        var returned = db.Returns.Where(r => r.Kind == ReturnKind.Bounce);
        return await db.Deliveries.Where(d => d.MemberId == bounce.MemberId && d.State == DeliveryState.Accepted
                && !returned.Any(r => r.DeliveryId == d.Id))
            .MaxAsync(d => d.SettledAt, ct) ?? DateTime.MinValue;
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
