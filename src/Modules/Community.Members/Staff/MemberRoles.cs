using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// Roles, and the rule that a site always keeps an active administrator (the console: an operator): else nobody could let anybody in.
/// </summary>
public sealed class MemberRoles(SiteDb db, Audit audit, TimeProvider time)
{
    /// <summary>Roles that can be given on a site.</summary>
    public static IReadOnlyList<string> Of(Site site) => site.IsConsole ? [Roles.Operator] : Roles.Staff;

    static string Word(string? role) => "role." + (role ?? "none");

    static string Highest(Site site) => site.IsConsole ? Roles.Operator : Roles.Administrator;

    /// <summary>False if nobody is there, the role is none of this site, or it would leave the site without an administrator.</summary>
    public async Task<bool> Give(long id, string? role, CancellationToken ct = default)
    {
        if (role is not null && !Of(db.Site).Contains(role)) return false;
        await using var change = await db.Change(ct);
        if (role != Highest(db.Site) && await IsLast(id, ct)) return false;
        if (await db.Members.FirstOrDefaultAsync(m => m.Id == id, ct) is not { } member) return false;
        if (member.Role == role) return true;
        audit.Changed("members.role", id, "role", changes: [new AuditChange("role", Word(member.Role), Word(role))]);
        member.Role = role;
        db.Publish(new MemberRoleChanged(id));
        await change.Commit(ct);
        return true;
    }

    /// <summary>False if nobody is there, or it is the last administrator.</summary>
    public async Task<bool> Suspend(long id, string reason, long by, CancellationToken ct = default)
    {
        await using var change = await db.Change(ct);
        if (await IsLast(id, ct)) return false;
        if (await db.Members.FirstOrDefaultAsync(m => m.Id == id, ct) is not { } member) return false;
        if (member.SuspendedAt is not null) return true;
        var now = time.GetUtcNow().UtcDateTime;
        member.Suspend(reason, by, now);
        var suspension = new Suspension { MemberId = id, At = now, Reason = reason, SuspendedBy = by };
        db.Suspensions.Add(suspension);
        db.Publish(new MemberSuspended(id));
        await db.SaveChangesAsync(ct);
        audit.Changed("members.suspend", id, "state", AuditTexts.Named(suspension));
        await change.Commit(ct);
        return true;
    }

    /// <summary>False if nobody is there.</summary>
    public async Task<bool> Lift(long id, long by, CancellationToken ct = default)
    {
        await using var change = await db.Change<Member>(id, ct);
        if (change.Row is not { } member) return false;
        if (member.SuspendedAt is null) return true;
        member.Lift();
        var now = time.GetUtcNow().UtcDateTime;
        foreach (var suspension in await db.Suspensions.Where(s => s.MemberId == id && s.LiftedAt == null).ToListAsync(ct))
            (suspension.LiftedAt, suspension.LiftedBy) = (now, by);
        db.Publish(new MemberReinstated(id));
        audit.Changed("members.lift", id, "state");
        await change.Commit(ct);
        return true;
    }

    // All of them under lock: two administrators who demote each other at the same time must not both succeed.
    async Task<bool> IsLast(long id, CancellationToken ct)
    {
        var role = Highest(db.Site);
        var rows = db.IsSqlite
            ? db.Members.Where(m => m.Role == role)
            : db.Members.FromSql($"SELECT * FROM members WHERE role = {role} ORDER BY id FOR UPDATE");
        var active = (await rows.ToListAsync(ct)).Where(m => m.State is MemberState.Active).ToList();
        return active.Count == 1 && active[0].Id == id;
    }
}
