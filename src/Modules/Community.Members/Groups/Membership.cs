using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>Every way into a group and out of it, under the group's lock, so that its count is right. Twice does no harm.</summary>
public sealed class Membership(SiteDb db, Audit audit, MemberMails mails, TimeProvider time)
{
    public const int MaxMessageLength = 300;

    /// <summary>
    /// Joins an open group, or asks to join one by request. False if the group takes members by staff alone, or is not there.
    /// </summary>
    public Task<bool> RequestToJoin(long group, long member, string message = "", CancellationToken ct = default) =>
        At(
            group,
            async g =>
            {
                if (g.Joining is Joining.Staff)
                    return false;
                if (await Of(group, member, ct) is { } already)
                {
                    // Asked once more in other words: the staff read the last.
                    if (already.JoinedAt is null && message.Length > 0)
                        already.Message = Truncate.To(MaxMessageLength, message);
                    return true;
                }
                var inside = g.Joining is Joining.Open;
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

    /// <summary>Leaves, or takes a request back; also what staff do when they take a member out.</summary>
    public Task<bool> Leave(long group, long member, CancellationToken ct = default) => At(group, async g =>
    {
        if (await Of(group, member, ct) is not { } row) return false;
        db.Remove(row);
        if (row.JoinedAt is not null) g.MemberCount--;
        db.Publish(row.JoinedAt is not null ? new GroupLeft(group, member) : new GroupRequestWithdrawn(group, member));
        return true;
    }, ct);

    /// <summary>Staff decide on a request, and the member is told. False if none waits: somebody else was quicker.</summary>
    public Task<bool> Decide(long group, long member, bool admit, long staff, CancellationToken ct = default) => At(group, async g =>
    {
        if (await Of(group, member, ct) is not { JoinedAt: null } row) return false;
        db.Publish(new GroupRequestDecided(group, member, admit));
        if (admit) Enter(g, row, staff);
        else db.Remove(row);
        audit.Changed(admit ? "groups.admit" : "groups.refuse", member, "", g.Name);
        await Tell(member, g, admit, ct);
        return true;
    }, ct);

    /// <summary>Puts a member in, with or without a request. A request that waited is answered by it.</summary>
    public Task<bool> Admit(long group, long member, long staff, CancellationToken ct = default) => At(group, async g =>
    {
        var row = await Of(group, member, ct);
        if (row?.JoinedAt is not null) return true;
        if (row is not null)
        {
            db.Publish(new GroupRequestDecided(group, member, true));
            await Tell(member, g, true, ct);
        }
        else
        {
            if (!await db.Members.AnyAsync(m => m.Id == member, ct)) return false;
            db.GroupMemberships.Add(row = new GroupMembership { GroupId = group, MemberId = member, RequestedAt = Now });
        }
        Enter(g, row, staff);
        return true;
    }, ct);

    void Enter(Group group, GroupMembership row, long staff)
    {
        (row.JoinedAt, row.AdmittedBy) = (Now, staff);
        group.MemberCount++;
        db.Publish(new GroupJoined(group.Id, row.MemberId));
    }

    // Who may not sign in now could do nothing with the e-mail.
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
