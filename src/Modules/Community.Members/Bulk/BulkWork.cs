using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>Asks for an act on many members to be carried on with.</summary>
public sealed record RunBulkAct(long Act);

/// <summary>Carries out, or undoes, an act on many members, step by step. Who began it must still be allowed to at each step.</summary>
public sealed class BulkWork(SiteDb db, PresentReader present, Memberships memberships, Audit audit, TimeProvider time)
    : IHandle<RunBulkAct>
{
    public const int Step = 200;

    public async Task Handle(RunBulkAct message, CancellationToken ct)
    {
        var turn = new Turn(db, time);
        while (await Next(message, await turn.Ends(ct), ct)) { }
    }

    /// <summary>One step, committed with its place and its numbers.</summary>
    /// <returns>False if there is nothing left to do now.</returns>
    public async Task<bool> Next(RunBulkAct message, bool last, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        await using var change = await db.Change<BulkAct>(message.Act, ct);
        if (change.Row is not { IsMoving: true } act) return false;
        if (await Hindrance(act) is { } why)
        {
            act.Stop(why, null, Now);
            await change.Commit(ct);
            return false;
        }
        var more = act.State is BulkState.Undoing ? await UndoSome(act, ct) : await DoSome(act, ct);
        if (!act.IsMoving) more = false;
        else if (!more) End(act);
        else if (last) db.Enqueue(message);
        await db.SaveChangesAsync(ct);
        await Faults.At("bulk.step", db.Site);
        await change.Commit(ct);
        return more && !last;
    }

    /// <summary>Why it cannot go on; null if it can.</summary>
    async Task<string?> Hindrance(BulkAct act)
    {
        var who = act.State is BulkState.Undoing ? act.ChangedBy : act.StartedBy;
        var staff = await present(Reader.Visitor with { Id = who });
        return staff.May(MembersPermissions.Bulk) && staff.May(BulkAct.PermissionFor(act.Kind)) ? null : "staff.bulk.stopped.right";
    }

    void End(BulkAct act)
    {
        var undone = act.State is BulkState.Undoing;
        (act.State, act.EndedAt) = (undone ? BulkState.Undone : BulkState.Done, Now);
        audit.DidInWork(
            undone ? act.ChangedBy : act.StartedBy,
            undone ? "members.bulk-undone" : "members.bulk-done",
            undone ? act.Undone : act.Changed,
            "#" + act.Id
        );
        if (BulkAct.IsAboutGroup(act.Kind)) db.Touch(ContentVersions.People);
    }

    async Task<bool> DoSome(BulkAct act, CancellationToken ct)
    {
        var (after, upTo, chosen) = (act.ReadUpTo, act.LastId, act.Chosen);
        if (await chosen.RefersToDeleted(db, ct))
        {
            act.Stop("staff.bulk.stopped.broken", null, Now);
            return true;
        }
        var ids = await (await chosen.Apply(db.Members, db, ct)).Where(m => m.Id > after && m.Id <= upTo)
            .OrderBy(m => m.Id).Take(Step).Select(m => m.Id).ToListAsync(ct);
        var rows = act.Kind switch
        {
            BulkKind.AddToGroup or BulkKind.TakeOutOfGroup => await Group(act, ids, ct),
            BulkKind.Tag => await Tag(act, ids, ct),
            BulkKind.Untag => await Untag(act, ids, ct),
            _ => await Suspend(act, ids, ct),
        };
        if (rows is null)
        {
            act.Stop("staff.bulk.stopped.target", null, Now);
            return true;
        }
        db.BulkActMembers.AddRange(rows);
        var refused = rows.Count(r => r.RefusedText is not null);
        act.Refused += refused;
        act.Changed += rows.Count - refused;
        act.Unchanged += ids.Count - rows.Count;
        if (ids.Count > 0) act.ReadUpTo = ids[^1];
        return ids.Count == Step;
    }

    async Task<List<BulkActMember>?> Group(BulkAct act, List<long> ids, CancellationToken ct)
    {
        if (await db.Locked<Group>(act.TargetId!.Value, ct) is not { } group) return null;
        if (act.Kind is BulkKind.AddToGroup)
            return [
                .. (await memberships.AddAll(group, ids, act.StartedBy, ct))
                    .Select(m => new BulkActMember { ActId = act.Id, MemberId = m.Member, At = m.JoinedAt }),
            ];
        var now = Now;
        return [
            .. (await memberships.RemoveAll(group, ids, act.StartedBy, ct))
                .Select(m => new BulkActMember { ActId = act.Id, MemberId = m.Member, At = now, Before = m.JoinedAt }),
        ];
    }

    async Task<List<BulkActMember>?> Tag(BulkAct act, List<long> ids, CancellationToken ct)
    {
        if (await db.Locked<Tag>(act.TargetId!.Value, ct) is null) return null;
        var (tag, now) = (act.TargetId.Value, Now);
        var has = (
            await db.MemberTags.Where(t => t.TagId == tag && ids.Contains(t.MemberId)).Select(t => t.MemberId).ToListAsync(ct)
        ).ToHashSet();
        var missing = ids.Where(i => !has.Contains(i)).ToList();
        db.MemberTags.AddRange(missing.Select(m => new MemberTag { TagId = tag, MemberId = m, At = now, TaggedBy = act.StartedBy }));
        return missing.ConvertAll(m => new BulkActMember { ActId = act.Id, MemberId = m, At = now });
    }

    async Task<List<BulkActMember>?> Untag(BulkAct act, List<long> ids, CancellationToken ct)
    {
        var (tag, now) = (act.TargetId!.Value, Now);
        var has = await db.MemberTags.Where(t => t.TagId == tag && ids.Contains(t.MemberId)).ToListAsync(ct);
        db.MemberTags.RemoveRange(has);
        return has.ConvertAll(t => new BulkActMember { ActId = act.Id, MemberId = t.MemberId, At = now, Before = t.At });
    }

    async Task<List<BulkActMember>?> Suspend(BulkAct act, List<long> ids, CancellationToken ct)
    {
        var now = Now;
        var rows = new List<BulkActMember>();
        foreach (var member in await db.LockedWhere<Member>(m => ids.Contains(m.Id) && m.SuspendedAt == null, ct))
        {
            var row = new BulkActMember { ActId = act.Id, MemberId = member.Id, At = now };
            rows.Add(row);
            // Staff are suspended one by one, so that a wide search locks nobody out of the site's administration.
            if (member.Role is not null || member.Id == act.StartedBy)
            {
                row.RefusedText = "staff.bulk.refused.staff";
                continue;
            }
            member.Suspend(act.Reason, act.StartedBy, now);
            db.Suspensions.Add(new Suspension { MemberId = member.Id, At = now, Reason = act.Reason, SuspendedBy = act.StartedBy });
            db.Publish(new MemberSuspended(member.Id));
        }
        return rows;
    }

    async Task<bool> UndoSome(BulkAct act, CancellationToken ct)
    {
        var (id, after) = (act.Id, act.ReadUpTo);
        var rows = await db.BulkActMembers.AsNoTracking().Where(m => m.ActId == id && m.RefusedText == null && m.MemberId > after)
            .OrderBy(m => m.MemberId).Take(Step).ToListAsync(ct);
        var undone = act.Kind switch
        {
            BulkKind.AddToGroup or BulkKind.TakeOutOfGroup => await UndoGroup(act, rows, ct),
            BulkKind.Tag or BulkKind.Untag => await UndoTag(act, rows, ct),
            _ => await Lift(act, rows, ct),
        };
        act.Undone += undone;
        act.Left += rows.Count - undone;
        if (rows.Count > 0) act.ReadUpTo = rows[^1].MemberId;
        return rows.Count == Step;
    }

    async Task<int> UndoGroup(BulkAct act, List<BulkActMember> rows, CancellationToken ct)
    {
        if (await db.Locked<Group>(act.TargetId!.Value, ct) is not { } group) return 0;
        var (target, by, ids) = (group.Id, act.ChangedBy!.Value, rows.ConvertAll(r => r.MemberId));
        if (act.Kind is BulkKind.TakeOutOfGroup)
            return (await memberships.AddAll(group, ids, by, ct, rows.ToDictionary(r => r.MemberId, r => r.Before))).Count;
        var at = rows.ToDictionary(r => r.MemberId, r => r.At);
        var still = await db.GroupMemberships.AsNoTracking().Where(g => g.GroupId == target && ids.Contains(g.MemberId)).ToListAsync(ct);
        return (
            await memberships.RemoveAll(group, [.. still.Where(g => g.JoinedAt == at[g.MemberId]).Select(g => g.MemberId)], by, ct)
        ).Count;
    }

    async Task<int> UndoTag(BulkAct act, List<BulkActMember> rows, CancellationToken ct)
    {
        var (tag, by, ids) = (act.TargetId!.Value, act.ChangedBy, rows.ConvertAll(r => r.MemberId));
        var has = (await db.MemberTags.Where(t => t.TagId == tag && ids.Contains(t.MemberId)).ToListAsync(ct)).ToDictionary(t =>
            t.MemberId
        );
        if (act.Kind is BulkKind.Tag)
        {
            var same = rows.Where(r => has.TryGetValue(r.MemberId, out var t) && t.At == r.At).Select(r => has[r.MemberId]).ToList();
            db.MemberTags.RemoveRange(same);
            return same.Count;
        }
        if (await db.Locked<Tag>(tag, ct) is null) return 0;
        var missing = rows.Where(r => !has.ContainsKey(r.MemberId)).ToList();
        db.MemberTags.AddRange(
            missing.Select(r => new MemberTag
            {
                TagId = tag,
                MemberId = r.MemberId,
                At = r.Before!.Value,
                TaggedBy = by,
            })
        );
        return missing.Count;
    }

    async Task<int> Lift(BulkAct act, List<BulkActMember> rows, CancellationToken ct)
    {
        var (ids, at, now, lifted) = (rows.ConvertAll(r => r.MemberId), rows.ToDictionary(r => r.MemberId, r => r.At), Now, 0);
        var suspensions = (await db.Suspensions.Where(s => ids.Contains(s.MemberId) && s.LiftedAt == null).ToListAsync(ct))
            .ToLookup(s => s.MemberId);
        foreach (var member in await db.LockedWhere<Member>(m => ids.Contains(m.Id) && m.SuspendedAt != null, ct))
        {
            if (member.SuspendedAt != at[member.Id]) continue;
            member.Lift();
            foreach (var suspension in suspensions[member.Id]) (suspension.LiftedAt, suspension.LiftedBy) = (now, act.ChangedBy);
            db.Publish(new MemberReinstated(member.Id));
            lifted++;
        }
        return lifted;
    }

    DateTime Now => Conventional(time.GetUtcNow().UtcDateTime);

    // Stored times have milliseconds, and an act's times are compared with stored ones.
    static DateTime Conventional(DateTime at) => new(at.Ticks - at.Ticks % TimeSpan.TicksPerMillisecond, DateTimeKind.Utc);
}

/// <summary>Deletes what is needed to undo an act, and whom it was for, when it is too late for that.</summary>
public sealed class ForgetBulkActs(SiteDb db, TimeProvider time) : IHandle<Tick>
{
    public async Task Handle(Tick message, CancellationToken ct)
    {
        var before = time.GetUtcNow().UtcDateTime.AddDays(-BulkAct.UndoDays);
        var old = db.BulkActs.Where(a => a.At < before && a.State != BulkState.Running && a.State != BulkState.Undoing);
        await db.BulkActMembers.Where(m => old.Any(a => a.Id == m.ActId)).DeleteAll(ct);
        await old.Where(a => a.ChosenJson != "{}").ExecuteUpdateAsync(s => s.SetProperty(a => a.ChosenJson, "{}"), ct);
    }
}
