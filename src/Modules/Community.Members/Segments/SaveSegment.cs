using Community.Kernel;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>Makes, changes, freezes and deletes segments.</summary>
/// <exception cref="Denied">The actor may not.</exception>
public sealed class SaveSegment(SiteDb db, Actors actors, Audit audit, IStringLocalizer texts, TimeProvider time, IServiceProvider site)
{
    /// <param name="actor">The acting staff member.</param>
    /// <param name="name">Its name.</param>
    /// <param name="chosen">The selection.</param>
    /// <param name="frozen">Write down who fits now, instead of asking each time.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>The new segment's id; null if it was not made.</returns>
    public async Task<long?> Make(Reader actor, string? name, Chosen chosen, bool frozen, Problems problems, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        var staff = await actors.Require(actor, MembersPermissions.Segments);
        return await Add(change, staff, name, chosen, frozen, segment =>
        {
            if (frozen) db.Enqueue(new FreezeSegment(segment.Id));
        }, problems, ct);
    }

    /// <summary>
    /// A frozen segment of listed members. Whoever lists addresses learns whose they are, and must be allowed to see them.
    /// </summary>
    /// <returns>The new segment's id; null if it was not made.</returns>
    public async Task<long?> MakeList(Reader actor, string? name, MemberList list, Problems problems, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        await actors.Require(actor, MembersPermissions.Email);
        var staff = await actors.Require(actor, MembersPermissions.Segments);
        return await Add(change, staff, name, Chosen.Everybody, true, segment =>
        {
            segment.Count = list.Members.Count;
            db.SegmentMembers.AddRange(list.Members.Select(m => new SegmentMember { SegmentId = segment.Id, MemberId = m }));
        }, problems, ct);
    }

    async Task<long?> Add(
        Change change,
        Reader staff,
        string? name,
        Chosen chosen,
        bool frozen,
        Action<Segment> fill,
        Problems problems,
        CancellationToken ct
    )
    {
        await Check(staff, null, name, chosen, problems, ct);
        if (await db.Segments.CountAsync(ct) >= Segment.MaxSegments)
            problems.Add("Name", texts["staff.segments.full", Segment.MaxSegments]);
        if (problems.Any)
            return null;
        var segment = new Segment
        {
            CreatedAt = Now,
            CreatedBy = staff.Id,
            Chosen = chosen,
            FrozenAt = frozen ? Now : null,
        };
        segment.Rename(name!);
        (segment.ChangedAt, segment.ChangedBy) = (Now, staff.Id);
        db.Segments.Add(segment);
        audit.Did("members.segment-made", segment.Name);
        try
        {
            await db.SaveChangesAsync(ct);
            fill(segment);
            await change.Commit(ct);
        }
        catch (DbUpdateException error) when (error.IsDuplicate())
        {
            problems.Add("Name", texts["staff.segments.name.taken"]);
            return null;
        }
        return segment.Id;
    }

    /// <param name="actor">The acting staff member.</param>
    /// <param name="id">The segment's id.</param>
    /// <param name="name">Its name.</param>
    /// <param name="chosen">The selection; ignored for a frozen segment, whose members stay.</param>
    /// <param name="version">The <see cref="Segment.Version"/> that the actor saw; null to overwrite unconditionally.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if it was not saved: there is no such segment, or <paramref name="problems"/> say why.</returns>
    /// <exception cref="EditConflict">Somebody has saved it since.</exception>
    public async Task<bool> Change(
        Reader actor,
        long id,
        string? name,
        Chosen chosen,
        long? version,
        Problems problems,
        CancellationToken ct
    )
    {
        await using var change = await db.Change<Segment>(id, ct);
        var staff = await actors.Require(actor, MembersPermissions.Segments);
        if (change.Row is not { } segment) return false;
        if (segment.IsFrozen) chosen = segment.Chosen;
        // A frozen list's conditions are history: they may name what is gone.
        await Check(staff, id, name, segment.IsFrozen ? Chosen.Everybody : chosen, problems, ct);
        if (problems.Any) return false;
        var json = chosen.ToJson();
        if (Naming.Kept(name!) == segment.Name && json == segment.ChosenJson) return true;
        if (version is not null && version != segment.Version)
            throw await EditConflict.Of(db, segment.ChangedBy, segment.ChangedAt, ct);
        audit.Did("members.segment-changed", Naming.Kept(name!), AuditChange.Of(
            AuditChange.Value("segment-name", segment.Name, Naming.Kept(name!)),
            AuditChange.WithoutValues("segment-conditions", segment.ChosenJson, json)
        ));
        segment.Rename(name!);
        segment.ChosenJson = json;
        (segment.ChangedAt, segment.ChangedBy) = (Now, staff.Id);
        try { await change.Commit(ct); }
        catch (DbUpdateException error) when (error.IsDuplicate())
        {
            problems.Add("Name", texts["staff.segments.name.taken"]);
            return false;
        }
        return true;
    }

    /// <summary>
    /// Deletes a segment, but not its members. Idempotent. One that another segment or a waiting mailing names is not deleted.
    /// </summary>
    /// <exception cref="Refused">It is in use.</exception>
    public async Task Delete(Reader actor, long id, CancellationToken ct)
    {
        await using var change = await db.Change<Segment>(id, ct);
        await actors.Require(actor, MembersPermissions.Segments);
        if (change.Row is not { } segment) return;
        if ((await SelectionUse.All(site, db, ct)).Any(u => u.Names(SegmentCondition.OfKey, "segment", id)))
            throw new Refused("staff.segments.refused.used");
        await db.SegmentMembers.Where(m => m.SegmentId == id).ExecuteDeleteAsync(ct);
        db.Segments.Remove(segment);
        audit.Did("members.segment-deleted", segment.Name);
        await change.Commit(ct);
    }

    async Task Check(Reader staff, long? id, string? name, Chosen chosen, Problems problems, CancellationToken ct)
    {
        problems.Name("Name", name, texts, "staff.segments.name.missing");
        problems.Limit("Name", name, Segment.MaxNameLength, texts);
        if (
            !string.IsNullOrWhiteSpace(name)
            && Tag.KeyOf(name) is var key
            && await db.Segments.AnyAsync(s => s.Key == key && s.Id != id, ct)
        )
            problems.Add("Name", texts["staff.segments.name.taken"]);
        // Whoever may not see something must not find it out by a segment.
        if (!await chosen.IsOpenTo(staff, db, ct)) problems.Add("c-", texts["staff.segments.closed"]);
        else if (id is { } self && await Reaches(chosen, self, ct)) problems.Add("c-", texts["staff.segments.circle"]);
        else
            foreach (var broken in await chosen.Broken(db, ct))
                problems.Add(
                    "c-",
                    texts[broken.Text, await new Chosen(new ClauseGroup(Combine.All, [broken.Clause])).Say(db, texts) ?? ""]
                );
    }

    /// <summary>Whether a selection leads back to a segment, directly or by way of others.</summary>
    async Task<bool> Reaches(Chosen chosen, long segment, CancellationToken ct)
    {
        var live = await db.Segments.Where(s => s.FrozenAt == null).ToDictionaryAsync(s => s.Id, s => s.ChosenJson, ct);
        var (next, seen) = (new Stack<long>(SegmentCondition.Named(chosen)), new HashSet<long>());
        while (next.TryPop(out var id))
        {
            if (id == segment) return true;
            if (seen.Add(id) && live.TryGetValue(id, out var json))
                foreach (var inner in SegmentCondition.Named(Chosen.Parse(json))) next.Push(inner);
        }
        return false;
    }

    DateTime Now => time.GetUtcNow().UtcDateTime;
}
