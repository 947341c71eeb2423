using Community.Kernel;
using Community.Ui;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>Changes a member's own name, bio and language, and the values of attributes that members edit.</summary>
public sealed class ChangeProfile(
    SiteDb db,
    Actors actors,
    MemberNames names,
    SetValues values,
    IStringLocalizer texts,
    TimeProvider time
)
{
    /// <param name="actor">The member.</param>
    /// <param name="name">The display name.</param>
    /// <param name="bio">Markdown, shown on the profile.</param>
    /// <param name="language">Null for the site's language.</param>
    /// <param name="attributes">The fields of attributes.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if nothing was saved: <paramref name="problems"/> say why.</returns>
    /// <exception cref="Denied">The actor is no longer an active member.</exception>
    public async Task<bool> Save(
        Reader actor,
        string? name,
        string? bio,
        string? language,
        AttributeForm attributes,
        Problems problems,
        CancellationToken ct
    )
    {
        await using var change = await db.Change<Member>(actor.Id ?? 0, ct);
        var now = await actors.RequireMember(actor);
        var member = change.Row!;
        // Name and text are words that others read.
        if (now.Hindrance is { } why && (name?.Trim() != member.Name || (bio?.Trim() ?? "") != member.Bio)) problems.Add("", texts[why]);
        if (await names.Problem(name, member, ct) is { } wrong) problems.Add("Name", wrong);
        if (bio?.Length > Member.MaxBioLength) problems.Add("Bio", texts["members.bio.long", Member.MaxBioLength]);
        await values.Write(member.Id, attributes, a => a.MemberMayEdit, problems, ct);
        if (problems.Any) return false;
        var before = member.Name;
        await names.Rename(member, name!, ct);
        (member.Bio, member.Language) = (bio?.Trim() ?? "", language);
        member.Saved(member.Id, time.GetUtcNow().UtcDateTime);
        db.Publish(new MemberChanged(member.Id));
        // Visitors' pages show only the name: if it did not change, the cached pages stay valid.
        if (member.Name != before) db.Touch(ContentVersions.People);
        await change.Commit(ct);
        return true;
    }
}
