using Community.Kernel;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>The form fields of a group.</summary>
public sealed record GroupFields(string Name, string Description, Joining Joining)
{
    /// <summary>See <see cref="Group.IsHidden"/>.</summary>
    public bool IsHidden { get; init; }
    /// <summary>See <see cref="Group.MaxMembers"/>; as it was typed.</summary>
    public string? MaxMembers { get; init; }
    /// <summary>See <see cref="Group.SegmentId"/>.</summary>
    public long? SegmentId { get; init; }

    /// <summary>The limit as a number; null for none.</summary>
    public int? Limit => int.TryParse(MaxMembers, out var most) ? most : null;

    public static string TextOf(Joining joining) => "groups.joining." + joining.ToString().ToLowerInvariant();

    /// <summary>Adds what is wrong to <paramref name="problems"/>.</summary>
    public void Check(Problems problems, IStringLocalizer texts)
    {
        problems.Name("Name", Name, texts, "staff.groups.name.missing");
        problems.Limit("Name", Name, Group.MaxNameLength, texts);
        if (!string.IsNullOrWhiteSpace(MaxMembers) && Limit is not (> 0 and <= 1_000_000))
            problems.Add("MaxMembers", texts["staff.groups.limit.wrong"]);
        problems.Lines("Description", Description, texts);
        problems.Limit("Description", Description, Group.MaxDescriptionLength, texts);
    }
}

/// <summary>Creates, edits and deletes groups.</summary>
/// <exception cref="Denied">The actor may not.</exception>
public sealed class SaveGroup(SiteDb db, Actors actors, Audit audit, IStringLocalizer texts, TimeProvider time)
{
    /// <summary>First step on a new site: staff adapt the groups.</summary>
    public const string FirstStep = "groups.first";

    /// <param name="actor">The acting staff member.</param>
    /// <param name="key">The name in URLs; it cannot change later.</param>
    /// <param name="fields">The group's new data.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if it was not created: <paramref name="problems"/> say why.</returns>
    public async Task<bool> Create(Reader actor, string? key, GroupFields fields, Problems problems, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        var staff = await actors.Require(actor, MembersPermissions.Groups);
        fields.Check(problems, texts);
        await CheckSegment(fields, null, staff, problems, ct);
        if (!Group.IsKey(key)) problems.Add("Word", texts["staff.groups.key.wrong"]);
        else if (await db.Groups.AnyAsync(g => g.Key == key, ct)) problems.Add("Word", texts["staff.groups.key.taken"]);
        if (problems.Any) return false;
        var group = new Group { Key = key!, Name = "", CreatedAt = Now };
        Apply(group, fields, staff);
        db.Groups.Add(group);
        db.Publish(() => new GroupCreated(group.Id));
        if (group.SegmentId is not null)
        {
            await db.SaveChangesAsync(ct);
            db.Enqueue(new ApplyGroupRule(group.Id));
        }
        audit.Did("groups.make", group.Name, [new("group-joining", To: GroupFields.TextOf(fields.Joining))]);
        await db.StepDone(FirstStep, staff.Id, ct);
        try { await change.Commit(ct); }
        // Somebody else created a group with this key at the same moment.
        catch (DbUpdateException error) when (error.IsDuplicate())
        {
            problems.Add("Word", texts["staff.groups.key.taken"]);
            return false;
        }
        return true;
    }

    /// <param name="actor">The acting staff member.</param>
    /// <param name="id">The group's id.</param>
    /// <param name="fields">The group's new data.</param>
    /// <param name="version">The <see cref="Group.Version"/> that the actor saw; null to overwrite unconditionally.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if it was not saved: there is no such group, or <paramref name="problems"/> say why.</returns>
    /// <exception cref="EditConflict">Somebody has saved the group since.</exception>
    public async Task<bool> Change(Reader actor, long id, GroupFields fields, long? version, Problems problems, CancellationToken ct)
    {
        await using var change = await db.Change<Group>(id, ct);
        var staff = await actors.Require(actor, MembersPermissions.Groups);
        if (change.Row is not { } group) return false;
        fields.Check(problems, texts);
        await CheckSegment(fields, group.SegmentId, staff, problems, ct);
        if (problems.Any) return false;
        var changes = AuditChange.Of(
            AuditChange.Value("group-hidden", Word(group.IsHidden), Word(fields.IsHidden)),
            AuditChange.Value("group-limit", $"{group.MaxMembers}", $"{fields.Limit}"),
            AuditChange.Value("group-segment", await SegmentName(group.SegmentId, ct), await SegmentName(fields.SegmentId, ct)),
            AuditChange.Value("group-name", group.Name, Naming.Kept(fields.Name)),
            AuditChange.WithoutValues("group-about", group.Description, Naming.ReadLines(fields.Description).Text),
            AuditChange.Value("group-joining", GroupFields.TextOf(group.Joining), GroupFields.TextOf(fields.Joining))
        );
        if (changes.Count == 0) return true;
        if (version is not null && version != group.Version) throw await EditConflict.Of(db, group.ChangedBy, group.ChangedAt, ct);
        audit.Did("groups.edit", group.Name, changes);
        db.Publish(new GroupChanged(id));
        if (fields.SegmentId is not null || group.SegmentId is not null) db.Enqueue(new ApplyGroupRule(id));
        Apply(group, fields, staff);
        await db.StepDone(FirstStep, staff.Id, ct);
        await change.Commit(ct);
        return true;
    }

    /// <summary>Deletes a group, but not its members. Idempotent.</summary>
    public async Task Delete(Reader actor, long id, CancellationToken ct)
    {
        await using var change = await db.Change<Group>(id, ct);
        var staff = await actors.Require(actor, MembersPermissions.Groups);
        if (change.Row is not { } group) return;
        await db.GroupMemberships.Where(g => g.GroupId == id).ExecuteDeleteAsync(ct);
        await db.GroupExclusions.Where(g => g.GroupId == id).ExecuteDeleteAsync(ct);
        db.Groups.Remove(group);
        audit.Did("groups.delete", group.Name);
        db.Publish(new GroupDeleted(id));
        await db.StepDone(FirstStep, staff.Id, ct);
        await change.Commit(ct);
    }

    static string Word(bool hidden) => hidden ? "groups.hidden" : "groups.visible";

    async Task<string?> SegmentName(long? id, CancellationToken ct) =>
        id is null ? null : await db.Segments.Where(s => s.Id == id).Select(s => s.Name).FirstOrDefaultAsync(ct);

    // Whoever may not see what a segment is about must not find it out by who comes into a group.
    async Task CheckSegment(GroupFields fields, long? before, Reader staff, Problems problems, CancellationToken ct)
    {
        if (fields.SegmentId is not { } id || id == before) return;
        var segment = await db.Segments.AsNoTracking().FirstOrDefaultAsync(s => s.Id == id, ct);
        if (segment is null) problems.Add("Segment", texts["staff.groups.segment.gone"]);
        else if (!await segment.Chosen.IsOpenTo(staff, db, ct)) problems.Add("Segment", texts["staff.segments.closed"]);
    }

    void Apply(Group group, GroupFields fields, Reader staff)
    {
        (group.Name, group.Description, group.Joining) =
            (Naming.Kept(fields.Name), Naming.ReadLines(fields.Description).Text, fields.Joining);
        (group.IsHidden, group.MaxMembers, group.SegmentId) = (fields.IsHidden, fields.Limit, fields.SegmentId);
        (group.ChangedAt, group.ChangedBy) = (Now, staff.Id);
    }

    DateTime Now => time.GetUtcNow().UtcDateTime;
}
