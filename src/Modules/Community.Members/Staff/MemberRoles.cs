using Community.Kernel;
using Community.Ui;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// Roles, and the rule that a site always keeps an active administrator (the console: an operator): otherwise nobody could give roles.
/// </summary>
/// <exception cref="Denied">The actor may not.</exception>
public sealed class MemberRoles(SiteDb db, Actors actors, Audit audit, Sessions sessions, StaffRoles roles,
    MemberMails mails, TimeProvider time)
{
    /// <summary>
    /// The roles that a member has on a site, derived from the row. The console has only operators, and only the console has them: a row in
    /// a brand's database makes nobody an operator.
    /// </summary>
    internal static IReadOnlyList<string> HeldOn(Site site, string? role)
    {
        if (site.IsConsole) return role == Roles.Operator ? [Roles.Operator] : [];
        return role is not null && Roles.Staff.Contains(role) ? [Roles.Member, role] : [Roles.Member];
    }

    /// <summary>
    /// What the site's row for the role gives (<see cref="StaffRole.Permissions"/>), instead of what the modules give it; null where that
    /// does not count.
    /// </summary>
    internal static IReadOnlySet<string>? Granted(Site site, string? role, string? row) =>
        site.IsConsole || role is null or Roles.Administrator || row is null ? null : StaffRole.Read(row);

    /// <summary>The names of all permissions of a member with this role.</summary>
    internal static IReadOnlySet<string> PermissionsOn(Site site, string? role, string? row, May may) =>
        Granted(site, role, row) is { } granted
            ? granted.Union(may.Of(Roles.Member)).ToHashSet()
            : may.Of(HeldOn(site, role));

    /// <summary>The permissions for single things that count here: the console has none, whatever its database says.</summary>
    internal static IReadOnlyCollection<PermissionOn> SingleOn(Site site, IReadOnlyCollection<PermissionOn> rows) =>
        site.IsConsole ? [] : rows;

    /// <summary>A member as a reader. Who has a permission for a single thing enters the staff's pages, too.</summary>
    internal static Reader ReaderOn(
        Site site,
        long id,
        string name,
        string handle,
        List<long> groups,
        string? role,
        string? granted,
        IReadOnlyCollection<PermissionOn> single,
        May may,
        string? hindrance
    )
    {
        var (permissions, held) = (PermissionsOn(site, role, granted, may), SingleOn(site, single));
        return held.Count == 0
            ? new(id, name, handle, groups.ToHashSet(), permissions) { Hindrance = hindrance }
            : new(id, name, handle, groups.ToHashSet(), permissions.Append(UiPermissions.Staff).ToHashSet())
            {
                Single = held.ToHashSet(),
                Hindrance = hindrance,
            };
    }

    // A role that the modules know is stored as the key of its text, one of the site's own by its name.
    async Task<string> Said(string? role, CancellationToken ct) =>
        role is not null && (await roles.Rows(ct)).TryGetValue(role, out var row) && !row.Names.IsEmpty
            ? row.Names.For(db.Site.Culture).Text
            : "role." + (role ?? "none");

    static string Highest(Site site) => site.IsConsole ? Roles.Operator : Roles.Administrator;

    /// <summary>False if there is no such member, the site has no such role, or it would leave the site without an administrator.</summary>
    public async Task<bool> Give(Reader actor, long id, string? role, CancellationToken ct = default)
    {
        await using var change = await db.Change(ct);
        var staff = await actors.Require(actor, MembersPermissions.Roles);
        if (role is not null && !(await roles.Keys(ct)).Contains(role)) return false;
        if (role != Highest(db.Site) && await IsLast(id, ct)) return false;
        if (await db.Members.FirstOrDefaultAsync(m => m.Id == id, ct) is not { } member) return false;
        if (member.Role == role) return true;
        // Nobody gives, or takes from a colleague, more than they have.
        foreach (var concerned in new[] { role, member.Role })
            if (!(await roles.PermissionsOf(concerned, ct)).All(staff.May)) throw new Refused("staff.roles.more");
        audit.Changed("members.role", id, "role", changes: [new AuditChange("role", await Said(member.Role, ct), await Said(role, ct))]);
        member.Role = role;
        if (role is not null) await Provider.Joins(db, member, ct);
        db.Publish(new MemberRoleChanged(id));
        await change.Commit(ct);
        return true;
    }

    /// <summary>False if there is no such member, or it is the last administrator.</summary>
    /// <exception cref="Refused">The reason is missing or too long.</exception>
    public async Task<bool> Suspend(Reader actor, long id, string reason, CancellationToken ct = default)
    {
        // The member reads the reason at sign-in: without one they could not object.
        if (string.IsNullOrWhiteSpace(reason) || reason.Length > Suspension.MaxReasonLength) throw new Refused(NoReason);
        await using var change = await db.Change(ct);
        var staff = await actors.Require(actor, MembersPermissions.Suspend);
        if (await IsLast(id, ct)) return false;
        if (await db.Members.FirstOrDefaultAsync(m => m.Id == id, ct) is not { } member) return false;
        if (!await MaySuspend(staff, member, ct)) throw new Denied();
        if (member.SuspendedAt is not null) return true;
        await SuspendBy(staff, member, reason, null, ct);
        await change.Commit(ct);
        return true;
    }

    /// <summary>Whether these staff may suspend this member, and lift it.</summary>
    public async Task<bool> MaySuspend(Reader staff, Member member, CancellationToken ct = default) =>
        member.MayBeSuspendedBy(staff) && await roles.Reaches(staff, member, ct);

    /// <summary>Suspends a member who is not, in the open change, as a part of another act.</summary>
    /// <param name="staff">Who acts, as the database has them now.</param>
    /// <param name="member">The member, locked.</param>
    /// <param name="reason">What the member reads at sign-in.</param>
    /// <param name="until">When it ends by itself; null if somebody has to lift it.</param>
    /// <param name="ct">Cancels it.</param>
    /// <exception cref="Refused">The reason is missing or too long, or it would leave the site without an administrator.</exception>
    public async Task<Suspension> SuspendBy(Reader staff, Member member, string reason, DateTime? until, CancellationToken ct = default)
    {
        if (string.IsNullOrWhiteSpace(reason) || reason.Length > Suspension.MaxReasonLength) throw new Refused(NoReason);
        if (!await MaySuspend(staff, member, ct)) throw new Denied();
        if (await IsLast(member.Id, ct)) throw new Refused("staff.done.not-suspended");
        var now = time.GetUtcNow().UtcDateTime;
        member.Suspend(reason, staff.Id!.Value, now, until);
        var suspension = new Suspension { MemberId = member.Id, At = now, Reason = reason, SuspendedBy = staff.Id, EndsAt = until };
        db.Suspensions.Add(suspension);
        db.Publish(new MemberSuspended(member.Id));
        await db.SaveChangesAsync(ct);
        audit.Changed("members.suspend", member.Id, "state", AuditTexts.Named(suspension));
        mails.Measured(member, "suspended", reason, until);
        if (until is { } end) db.Enqueue(new EndSuspension(member.Id), end);
        return suspension;
    }

    /// <summary>Lifts the suspension of a member, in the open change, as a part of another act.</summary>
    public async Task LiftBy(Reader staff, Member member, CancellationToken ct = default)
    {
        member.Lift();
        var now = time.GetUtcNow().UtcDateTime;
        foreach (var suspension in await db.Suspensions.Where(s => s.MemberId == member.Id && s.LiftedAt == null).ToListAsync(ct))
            (suspension.LiftedAt, suspension.LiftedBy) = (now, staff.Id);
        db.Publish(new MemberReinstated(member.Id));
        audit.Changed("members.lift", member.Id, "state");
    }

    public const string NoReason = "staff.suspension.no-reason";

    /// <summary>False if there is no such member.</summary>
    public async Task<bool> Lift(Reader actor, long id, CancellationToken ct = default)
    {
        await using var change = await db.Change<Member>(id, ct);
        var staff = await actors.Require(actor, MembersPermissions.Suspend);
        if (change.Row is not { } member) return false;
        if (!member.MayBeSuspendedBy(staff) || !await roles.Reaches(staff, member, ct)) throw new Denied();
        if (member.SuspendedAt is null) return true;
        await LiftBy(staff, member, ct);
        await change.Commit(ct);
        return true;
    }

    /// <summary>Ends one session of a member, or all of them. False if there is no such member.</summary>
    public async Task<bool> SignOut(Reader actor, long id, long? session, CancellationToken ct = default)
    {
        await using var change = await db.Change<Member>(id, ct);
        var staff = await actors.Require(actor, MembersPermissions.Suspend);
        if (change.Row is not { } member) return false;
        if (!member.MayBeSuspendedBy(staff) || !await roles.Reaches(staff, member, ct)) throw new Denied();
        var ended = session is { } one ? await sessions.End(id, one, ct) : await sessions.EndAll(id, ct: ct) > 0;
        if (!ended) return true;
        audit.Changed("members.end-sessions", id, "sessions");
        await change.Commit(ct);
        return true;
    }

    // Locks all administrators: two who demote each other at the same time must not both succeed.
    async Task<bool> IsLast(long id, CancellationToken ct)
    {
        var role = Highest(db.Site);
        var active = (await db.LockedWhere<Member>(m => m.Role == role, ct)).Where(m => m.State is MemberState.Active).ToList();
        return active.Count == 1 && active[0].Id == id;
    }
}
