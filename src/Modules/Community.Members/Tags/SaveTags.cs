using Community.Kernel;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>The site's list of tags, and the tags of one member.</summary>
/// <exception cref="Denied">The actor may not.</exception>
public sealed class SaveTags(SiteDb db, Actors actors, Audit audit, IStringLocalizer texts, TimeProvider time)
{
    /// <param name="actor">The acting staff member.</param>
    /// <param name="id">The tag's id; null for a new one.</param>
    /// <param name="name">Its name.</param>
    /// <param name="color">One of <see cref="Tag.Colors"/>, or empty.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if it was not saved: there is no such tag, or <paramref name="problems"/> say why.</returns>
    public async Task<bool> Save(Reader actor, long? id, string? name, string? color, Problems problems, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        await actors.Require(actor, MembersPermissions.Tags);
        problems.Name("Name", name, texts, "staff.tags.name.missing");
        problems.Limit("Name", name, Tag.MaxNameLength, texts);
        if (!string.IsNullOrEmpty(color) && !Tag.Colors.Contains(color)) problems.Add("Color", texts["staff.filter.unknown", color]);
        if (problems.Any) return false;
        var key = Tag.KeyOf(name!);
        if (await db.Tags.AnyAsync(t => t.Key == key && t.Id != id, ct)) problems.Add("Name", texts["staff.tags.name.taken"]);
        if (id is null && await db.Tags.CountAsync(ct) >= Tag.MaxTags) problems.Add("Name", texts["staff.tags.full", Tag.MaxTags]);
        var tag = id is null ? new Tag { CreatedAt = Now } : await db.Tags.FirstOrDefaultAsync(t => t.Id == id, ct);
        if (problems.Any || tag is null) return false;
        if (id is null) db.Tags.Add(tag);
        audit.Did(id is null ? "members.tag-made" : "members.tag-changed", Naming.Kept(name!), AuditChange.Of(
            id is null ? null : AuditChange.Value("tag", tag.Name, Naming.Kept(name!))
        ));
        tag.Rename(name!);
        tag.Color = string.IsNullOrEmpty(color) ? null : color;
        try { await change.Commit(ct); }
        catch (DbUpdateException error) when (error.IsDuplicate())
        {
            problems.Add("Name", texts["staff.tags.name.taken"]);
            return false;
        }
        return true;
    }

    /// <summary>Deletes a tag and takes it off all members, in small steps. Selections by it are broken from then on. Idempotent.</summary>
    public async Task Delete(Reader actor, long id, CancellationToken ct)
    {
        await using var change = await db.Change<Tag>(id, ct);
        await actors.Require(actor, MembersPermissions.Tags);
        if (change.Row is not { } tag) return;
        await db.MemberTags.Where(t => t.TagId == id).ExecuteDeleteAsync(ct);
        db.Tags.Remove(tag);
        audit.Did("members.tag-deleted", tag.Name);
        await change.Commit(ct);
    }

    /// <summary>Makes these exactly the tags of a member; ids of tags that do not exist are ignored.</summary>
    /// <returns>False if there is no such member.</returns>
    public async Task<bool> Set(Reader actor, long member, IReadOnlyCollection<long> wanted, CancellationToken ct)
    {
        await using var change = await db.Change<Member>(member, ct);
        var staff = await actors.Require(actor, MembersPermissions.Tags);
        if (change.Row is null) return false;
        var has = await db.MemberTags.Where(t => t.MemberId == member).ToListAsync(ct);
        var names = await db.Tags.ToDictionaryAsync(t => t.Id, t => t.Name, ct);
        var changes = new List<AuditChange>();
        foreach (var gone in has.Where(t => !wanted.Contains(t.TagId)))
        {
            db.MemberTags.Remove(gone);
            changes.Add(new("tag", From: names[gone.TagId]));
        }
        foreach (var id in wanted.Distinct().Where(w => names.ContainsKey(w) && has.All(h => h.TagId != w)))
        {
            db.MemberTags.Add(new MemberTag { TagId = id, MemberId = member, At = Now, TaggedBy = staff.Id });
            changes.Add(new("tag", To: names[id]));
        }
        if (changes.Count == 0) return true;
        audit.Changed("members.tags", member, "tags", changes: changes);
        await change.Commit(ct);
        return true;
    }

    DateTime Now => time.GetUtcNow().UtcDateTime;
}
