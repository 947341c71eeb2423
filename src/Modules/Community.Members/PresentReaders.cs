using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// Many members as <see cref="PresentReader"/> makes one of an id: with the groups and permissions that the database has for them now.
/// </summary>
public sealed class PresentReaders(SiteDb db, May may, TimeProvider time)
{
    /// <summary>By id. Who is no active member is left out: unconfirmed, suspended, leaving, gone.</summary>
    public async Task<Dictionary<long, Reader>> Of(IReadOnlyCollection<long> members, CancellationToken ct)
    {
        var rows = await db.Members.AsNoTracking()
            .Where(m => members.Contains(m.Id) && m.ConfirmedAt != null && m.SuspendedAt == null && m.LeavingSince == null)
            .Select(m => new { m.Id, m.Name, m.Handle, m.Role, m.WarnedAt, m.SilencedAt, m.SilencedUntil }).ToListAsync(ct);
        var groups = (await db.GroupMemberships.Where(g => members.Contains(g.MemberId) && g.JoinedAt != null)
            .Select(g => new { g.MemberId, g.GroupId }).ToListAsync(ct)).ToLookup(g => g.MemberId, g => g.GroupId);
        var roles = rows.Select(r => r.Role).OfType<string>().ToHashSet();
        var granted = roles.Count == 0
            ? []
            : await db.Set<StaffRole>().Where(r => roles.Contains(r.Key)).ToDictionaryAsync(r => r.Key, r => r.Permissions, ct);
        var single = (await db.Set<MemberPermission>().Where(p => members.Contains(p.MemberId)).ToListAsync(ct))
            .ToLookup(p => p.MemberId, p => new PermissionOn(p.Permission, p.ThingId));
        var now = time.GetUtcNow().UtcDateTime;
        return rows.ToDictionary(
            r => r.Id,
            r => MemberRoles.ReaderOn(db.Site, r.Id, r.Name, r.Handle, [.. groups[r.Id]], r.Role,
                granted.GetValueOrDefault(r.Role ?? ""), [.. single[r.Id]], may,
                Member.Hindrance(r.WarnedAt, r.SilencedAt, r.SilencedUntil, now))
        );
    }
}
