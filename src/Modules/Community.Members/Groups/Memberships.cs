using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// Every way of joining and leaving a group, under the group's lock so that its member count stays right. All methods are idempotent.
/// </summary>
/// <exception cref="Denied">The actor may not.</exception>
public sealed class Memberships(SiteDb db, Actors actors, Audit audit, MemberMails mails, TimeProvider time)
{
    public const int MaxMessageLength = 300;
    public const string Full = "groups.full";

    /// <summary>
    /// Joins an open group, or requests to join one that needs approval. False if only staff can add members, or there is no such group.
    /// </summary>
    public Task<bool> Join(Reader actor, long group, string message, CancellationToken ct) =>
        At(
            group,
            async g =>
            {
                var member = (await actors.Require(actor, MembersPermissions.Meet)).Id!.Value;
                if (g.Joining is Joining.Staff || g.IsHidden)
                    return false;
                if (await Of(group, member, ct) is { } already)
                {
                    // Requested again with another message: staff see the latest.
                    if (already.JoinedAt is null && message.Length > 0)
                        already.Message = Truncate.To(MaxMessageLength, message);
                    return true;
                }
                var inside = g.Joining is Joining.Open;
                if (inside && g.IsFull) throw new Refused(Full);
                db.GroupMemberships.Add(
                    new GroupMembership
                    {
                        GroupId = group,
                        MemberId = member,
                        RequestedAt = Now,
                        JoinedAt = inside ? Now : null,
                        Message = Truncate.To(MaxMessageLength, message),
                    }
                );
                if (inside)
                    g.MemberCount++;
                db.Publish(inside ? new GroupJoined(group, member) : new GroupRequested(group, member));
                return true;
            },
            ct
        );

    /// <summary>Leaves, or withdraws a waiting request. False if there is neither.</summary>
    public Task<bool> Leave(Reader actor, long group, CancellationToken ct) => At(group, async g =>
    {
        var member = (await actors.Require(actor, MembersPermissions.Meet)).Id!.Value;
        if (await Of(group, member, ct) is not { } row) return false;
        Remove(g, row, member, GroupDecision.TakenBack);
        return true;
    }, ct);

    /// <summary>Decides on a request and notifies the member. False if none is waiting, as when a colleague was faster.</summary>
    public Task<bool> Decide(Reader actor, long group, long member, bool admit, CancellationToken ct) => At(group, async g =>
    {
        var staff = (await Leading(actor, group, ct)).Id!.Value;
        if (await Of(group, member, ct) is not { JoinedAt: null } row) return false;
        if (admit) Enter(g, row, staff);
        else Remove(g, row, staff, GroupDecision.Refused);
        audit.Changed(admit ? "groups.admit" : "groups.refuse", member, "", g.Name);
        await Tell(member, g, admit, ct);
        return true;
    }, ct);

    // Whoever may admit members to any group, or leads this one, as the database has it now.
    async Task<Reader> Leading(Reader actor, long group, CancellationToken ct)
    {
        var now = await actors.RequireMember(actor);
        if (now.May(MembersPermissions.Admit)) return now;
        return await Of(group, now.Id!.Value, ct) is { IsLeader: true, JoinedAt: not null } ? now : throw new Denied();
    }

    /// <summary>Makes a member of the group one of its leaders, or no leader any more. False if the member is not in it.</summary>
    public Task<bool> Lead(Reader actor, long group, long member, bool leads, CancellationToken ct) => At(group, async g =>
    {
        await actors.Require(actor, MembersPermissions.Groups);
        if (await Of(group, member, ct) is not { JoinedAt: not null } row) return false;
        if (row.IsLeader == leads) return true;
        row.IsLeader = leads;
        audit.Changed(leads ? "groups.lead" : "groups.lead-no-more", member, "", g.Name);
        db.Publish(new GroupChanged(group));
        return true;
    }, ct);

    /// <summary>Lets the group's rule bring a member back whom a person took out. False if nobody did.</summary>
    public Task<bool> LiftExclusion(Reader actor, long group, long member, CancellationToken ct) => At(group, async g =>
    {
        await actors.Require(actor, MembersPermissions.Groups);
        if (await db.GroupExclusions.FindAsync([group, member], ct) is not { } exclusion) return false;
        db.Remove(exclusion);
        audit.Changed("groups.lift-exclusion", member, "", g.Name);
        if (g.SegmentId is not null) db.Enqueue(new ApplyGroupRule(group));
        return true;
    }, ct);

    /// <summary>Adds a member, with or without a request. A waiting request counts as admitted. False if there is no such member.</summary>
    public Task<bool> Admit(Reader actor, long group, long member, CancellationToken ct) => At(group, async g =>
    {
        var staff = (await actors.Require(actor, MembersPermissions.Groups)).Id!.Value;
        if (await In(g, member, staff, ct) is not { } entered) return false;
        if (entered) audit.Changed("groups.add", member, "", g.Name);
        return true;
    }, ct);

    /// <summary>Removes a member, or refuses a waiting request. False if there is neither.</summary>
    public Task<bool> TakeOut(Reader actor, long group, long member, CancellationToken ct) => At(group, async g =>
    {
        var staff = (await actors.Require(actor, MembersPermissions.Groups)).Id!.Value;
        if (await Of(group, member, ct) is not { } row) return false;
        Remove(g, row, staff, GroupDecision.Refused);
        audit.Changed("groups.take-out", member, "", g.Name);
        return true;
    }, ct);

    /// <summary>
    /// Makes these exactly the groups of a member, in one transaction with the audit record, so that either all of it happens or
    /// nothing.
    /// </summary>
    /// <param name="actor">The acting staff member.</param>
    /// <param name="member">The member's id.</param>
    /// <param name="wanted">Ids of the groups; ids of groups that do not exist are ignored.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if there is no such member.</returns>
    public async Task<bool> Set(Reader actor, long member, IReadOnlyCollection<long> wanted, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        var staff = (await actors.Require(actor, MembersPermissions.Groups)).Id!.Value;
        if (!await db.Members.AnyAsync(m => m.Id == member, ct)) return false;
        var inside = db.GroupMemberships.Where(g => g.MemberId == member && g.JoinedAt != null).Select(g => g.GroupId);
        var concerned = await db.LockedWhere<Group>(g => wanted.Contains(g.Id) || inside.Contains(g.Id), ct);
        var changes = new List<AuditChange>();
        foreach (var group in concerned)
        {
            if (wanted.Contains(group.Id))
            {
                if (await In(group, member, staff, ct) is true) changes.Add(new("group-joined", To: group.Name));
            }
            else if (await Of(group.Id, member, ct) is { JoinedAt: not null } row)
            {
                Remove(group, row, staff, GroupDecision.Refused);
                changes.Add(new("group-left", From: group.Name));
            }
        }
        if (changes.Count == 0) return true;
        audit.Changed("members.groups", member, "", changes: changes);
        await change.Commit(ct);
        return true;
    }

    /// <summary>
    /// Adds those of the members who are not in the group yet, inside an open change that has locked the group. A waiting request counts
    /// as admitted.
    /// </summary>
    /// <returns>Those who were added, and since when they are in it.</returns>
    internal async Task<IReadOnlyList<(long Member, DateTime JoinedAt)>> AddAll(
        Group group,
        IReadOnlyCollection<long> members,
        long staff,
        CancellationToken ct,
        IReadOnlyDictionary<long, DateTime?>? since = null
    )
    {
        var rows = (await db.GroupMemberships.Where(g => g.GroupId == group.Id && members.Contains(g.MemberId)).ToListAsync(ct))
            .ToDictionary(g => g.MemberId);
        var added = new List<(long, DateTime)>();
        foreach (var member in members)
        {
            var row = rows.GetValueOrDefault(member);
            if (row?.JoinedAt is not null) { row.ByHand = true; continue; }
            if (group.IsFull) continue;
            if (row is not null) await Tell(member, group, true, ct);
            else db.GroupMemberships.Add(row = new GroupMembership { GroupId = group.Id, MemberId = member });
            Enter(group, row, staff);
            if (since?.GetValueOrDefault(member) is { } before) row.JoinedAt = before;
            added.Add((member, row.JoinedAt!.Value));
        }
        return added;
    }

    /// <summary>
    /// Adds members of whom the group has no row yet, neither a request nor an exclusion, inside an open change that has locked it; as
    /// many as it takes. No e-mail is sent.
    /// </summary>
    /// <returns>Those who were added.</returns>
    internal IReadOnlyList<long> AddNew(Group group, IReadOnlyList<long> members, long staff, DateTime at)
    {
        var added = members.Take(group.MaxMembers is { } max ? Math.Max(0, max - group.MemberCount) : int.MaxValue).ToList();
        foreach (var member in added)
        {
            db.GroupMemberships.Add(
                new GroupMembership { GroupId = group.Id, MemberId = member, RequestedAt = at, JoinedAt = at, AdmittedBy = staff }
            );
            db.Publish(new GroupJoined(group.Id, member));
        }
        group.MemberCount += added.Count;
        return added;
    }

    /// <summary>Takes those of the members who are in the group out of it, inside an open change that has locked the group.</summary>
    /// <returns>Those who were taken out, and since when they had been in it.</returns>
    internal async Task<IReadOnlyList<(long Member, DateTime JoinedAt)>> RemoveAll(
        Group group,
        IReadOnlyCollection<long> members,
        long staff,
        CancellationToken ct
    )
    {
        var rows = await db.GroupMemberships.Where(g => g.GroupId == group.Id && members.Contains(g.MemberId) && g.JoinedAt != null)
            .ToListAsync(ct);
        foreach (var row in rows) Remove(group, row, staff, GroupDecision.Refused);
        return rows.ConvertAll(r => (r.MemberId, r.JoinedAt!.Value));
    }

    /// <summary>True if the member was added now, false if already in the group; null if there is no such member.</summary>
    async Task<bool?> In(Group group, long member, long staff, CancellationToken ct)
    {
        var row = await Of(group.Id, member, ct);
        // What the rule says may change; what a person says stays.
        if (row?.JoinedAt is not null) { row.ByHand = true; return false; }
        if (row is not null) await Tell(member, group, true, ct);
        else
        {
            if (!await db.Members.AnyAsync(m => m.Id == member, ct)) return null;
            db.GroupMemberships.Add(row = new GroupMembership { GroupId = group.Id, MemberId = member });
        }
        Enter(group, row, staff);
        return true;
    }

    void Enter(Group group, GroupMembership row, long staff)
    {
        if (row.RequestedAt == default) row.RequestedAt = Now;
        else Decided(row, staff, GroupDecision.Admitted);
        if (group.IsFull) throw new Refused(Full);
        if (db.GroupExclusions.Find(group.Id, row.MemberId) is { } exclusion) db.Remove(exclusion);
        (row.JoinedAt, row.AdmittedBy) = (Now, staff);
        group.MemberCount++;
        db.Publish(new GroupJoined(group.Id, row.MemberId));
    }

    void Remove(Group group, GroupMembership row, long by, GroupDecision decision)
    {
        db.Remove(row);
        if (row.JoinedAt is null)
        {
            Decided(row, by, decision);
            return;
        }
        group.MemberCount--;
        // A person decided: the rule does not undo it.
        if (row.ByRule)
            db.GroupExclusions.Add(new GroupExclusion { GroupId = group.Id, MemberId = row.MemberId, At = Now, ExcludedBy = by });
        db.Publish(new GroupLeft(group.Id, row.MemberId));
    }

    void Decided(GroupMembership row, long by, GroupDecision decision)
    {
        db.Publish(
            decision is GroupDecision.TakenBack
                ? new GroupRequestWithdrawn(row.GroupId, row.MemberId)
                : new GroupRequestDecided(row.GroupId, row.MemberId, decision is GroupDecision.Admitted)
        );
        db.GroupRequests.Add(
            new GroupRequest
            {
                GroupId = row.GroupId,
                MemberId = row.MemberId,
                RequestedAt = row.RequestedAt,
                DecidedAt = Now,
                DecidedBy = by,
                Decision = decision,
            }
        );
    }

    // Members who cannot sign in now get no e-mail: they could not act on it.
    async Task Tell(long member, Group group, bool admitted, CancellationToken ct)
    {
        if (await db.Members.AsNoTracking().Active().FirstOrDefaultAsync(m => m.Id == member, ct) is { } asked)
            mails.Decided(asked, group, admitted);
    }

    async Task<bool> At(long id, Func<Group, Task<bool>> work, CancellationToken ct)
    {
        await using var change = await db.Change<Group>(id, ct);
        if (change.Row is not { } group || !await work(group)) return false;
        await change.Commit(ct);
        return true;
    }

    Task<GroupMembership?> Of(long group, long member, CancellationToken ct) =>
        db.GroupMemberships.FirstOrDefaultAsync(g => g.GroupId == group && g.MemberId == member, ct);

    DateTime Now => time.GetUtcNow().UtcDateTime;
}
