using Community.Kernel;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>Begins, stops, resumes and undoes acts on all members of a selection.</summary>
/// <exception cref="Denied">The actor may not.</exception>
public sealed class DoInBulk(SiteDb db, Actors actors, Audit audit, IStringLocalizer texts, TimeProvider time)
{
    /// <param name="actor">The acting staff member, who needs the permission for the act itself as well.</param>
    /// <param name="form">The form's key.</param>
    /// <param name="kind">What to do.</param>
    /// <param name="target">The group's or tag's id.</param>
    /// <param name="reason">What suspended members read.</param>
    /// <param name="chosen">Whom to do it to.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>The act's id; null if it was not begun.</returns>
    public async Task<long?> Begin(
        Reader actor,
        Guid form,
        BulkKind kind,
        long? target,
        string? reason,
        Chosen chosen,
        Problems problems,
        CancellationToken ct
    )
    {
        await using var change = await db.Change(ct);
        var staff = await actors.Require(actor, MembersPermissions.Bulk);
        if (!staff.May(BulkAct.PermissionFor(kind)) || !await chosen.IsOpenTo(staff, db, ct)) throw new Denied();
        if (await db.BulkActs.Where(a => a.FormKey == form).Select(a => (long?)a.Id).FirstOrDefaultAsync(ct) is { } already) return already;
        var name = BulkAct.IsAboutGroup(kind) ? await db.Groups.Where(g => g.Id == target).Select(g => g.Name).FirstOrDefaultAsync(ct)
            : BulkAct.IsAboutTag(kind) ? await db.Tags.Where(t => t.Id == target).Select(t => t.Name).FirstOrDefaultAsync(ct)
            : "";
        if (name is null) problems.Add(BulkAct.IsAboutGroup(kind) ? "group" : "tag", texts["staff.bulk.target.missing"]);
        reason = reason?.Trim();
        if (kind is BulkKind.Suspend && string.IsNullOrEmpty(reason)) problems.Add("reason", texts[MemberRoles.NoReason]);
        if (kind is BulkKind.Suspend) problems.Limit("reason", reason, Suspension.MaxReasonLength, texts);
        if ((await chosen.Broken(db, ct)).Count > 0) problems.Add("", texts["staff.bulk.broken"]);
        if (problems.Any) return null;
        var act = new BulkAct
        {
            FormKey = form,
            Kind = kind,
            TargetId = BulkAct.IsAboutGroup(kind) || BulkAct.IsAboutTag(kind) ? target : null,
            Target = name!,
            Reason = kind is BulkKind.Suspend ? reason! : "",
            Chosen = chosen,
            At = Now,
            StartedBy = staff.Id!.Value,
            LastId = await db.Members.MaxAsync(m => (long?)m.Id, ct) ?? 0,
            Expected = await chosen.Count(db, ct),
        };
        db.BulkActs.Add(act);
        try
        {
            await db.SaveChangesAsync(ct);
            audit.Did(ActOf(kind), "#" + act.Id, act.Target.Length == 0 ? null : [new("bulk-target", To: act.Target)]);
            db.Enqueue(new RunBulkAct(act.Id));
            await change.Commit(ct);
        }
        catch (DbUpdateException error) when (error.IsDuplicate())
        {
            // The same form, sent twice at once.
            db.ChangeTracker.Clear();
            return null;
        }
        return act.Id;
    }

    /// <summary>Stops a running act after its present step; what is done stays. False if it is not running.</summary>
    public Task<bool> Stop(Reader actor, long id, CancellationToken ct) => With(actor, id, (act, staff) =>
    {
        if (!act.CanStop) return false;
        act.Stop(null, staff.Id, Now);
        audit.Did("members.bulk-stopped", "#" + id);
        return true;
    }, ct);

    /// <summary>Goes on with a stopped act where it stopped. False if it is not stopped.</summary>
    public Task<bool> Resume(Reader actor, long id, CancellationToken ct) => With(actor, id, (act, staff) =>
    {
        if (!act.CanResume(Now)) return false;
        (act.State, act.StopText, act.ChangedBy, act.EndedAt) = (BulkState.Running, null, staff.Id, null);
        audit.Did("members.bulk-resumed", "#" + id);
        db.Enqueue(new RunBulkAct(id));
        return true;
    }, ct);

    /// <summary>Makes the changed members as they were, but for those whom somebody has changed since. False if it is too late.</summary>
    public Task<bool> Undo(Reader actor, long id, CancellationToken ct) => With(actor, id, (act, staff) =>
    {
        if (!act.CanUndo(Now)) return false;
        (act.State, act.StopText, act.ChangedBy, act.ReadUpTo, act.EndedAt) = (BulkState.Undoing, null, staff.Id, 0, null);
        audit.Did("members.bulk-undo", "#" + id);
        db.Enqueue(new RunBulkAct(id));
        return true;
    }, ct);

    async Task<bool> With(Reader actor, long id, Func<BulkAct, Reader, bool> work, CancellationToken ct)
    {
        await using var change = await db.Change<BulkAct>(id, ct);
        var staff = await actors.Require(actor, MembersPermissions.Bulk);
        if (change.Row is not { } act) return false;
        if (!staff.May(BulkAct.PermissionFor(act.Kind))) throw new Denied();
        if (!work(act, staff)) return false;
        await change.Commit(ct);
        return true;
    }

    static string ActOf(BulkKind kind) => kind switch
    {
        BulkKind.AddToGroup => "members.bulk-add",
        BulkKind.TakeOutOfGroup => "members.bulk-take-out",
        BulkKind.Tag => "members.bulk-tag",
        BulkKind.Untag => "members.bulk-untag",
        _ => "members.bulk-suspend",
    };

    DateTime Now => time.GetUtcNow().UtcDateTime;
}
