using Community.Kernel;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>Lets staff correct a member's record. A change of address is announced to the old one.</summary>
public sealed class CorrectMember(
    SiteDb db,
    Actors actors,
    Audit audit,
    EmailChanges emails,
    MemberNames names,
    SetValues values,
    StaffRoles roles,
    IStringLocalizer texts,
    TimeProvider time
)
{
    /// <summary>How staff made sure that a new address is the member's. Texts: <c>staff.factors.reason.…</c>.</summary>
    public static readonly IReadOnlyList<string> Reasons = [.. EmailChanges.Reasons, "mistake"];

    /// <summary>What was saved and, if the address is taken, by whom.</summary>
    public sealed record Outcome(bool Saved, bool NewEmail = false, long? TakenBy = null);

    /// <param name="actor">The acting staff member.</param>
    /// <param name="id">The member's id.</param>
    /// <param name="name">The name; null keeps the present value, here and below.</param>
    /// <param name="email">The address.</param>
    /// <param name="how">For a new address of a confirmed member: how staff made sure that it is theirs, one of <see cref="Reasons"/>.
    /// </param>
    /// <param name="bio">Markdown, shown on the profile.</param>
    /// <param name="language">One of the languages, or empty for the site's.</param>
    /// <param name="attributes">The fields of attributes.</param>
    /// <param name="version">The <see cref="Member.Version"/> that the actor saw; null to overwrite unconditionally.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <param name="ct">Cancels it.</param>
    /// <exception cref="Denied">The actor may not.</exception>
    /// <exception cref="Refused">There is no such member.</exception>
    /// <exception cref="EditConflict">Somebody, maybe the member, has saved the record since.</exception>
    public async Task<Outcome> Save(
        Reader actor,
        long id,
        string? name,
        string? email,
        string? how,
        string? bio,
        string? language,
        AttributeForm attributes,
        long? version,
        Problems problems,
        CancellationToken ct
    )
    {
        await using var change = await db.Change<Member>(id, ct);
        var staff = await actors.Require(actor, MembersPermissions.Edit);
        if (change.Row is not { } member) throw new Refused("staff.member.gone");
        (name, email, bio) = (name ?? member.Name, email ?? member.Email!, (bio ?? member.Bio).Trim());
        language = language is null ? member.Language : LanguageChoice.Of(language);
        if (await names.Problem(name, member, ct) is { } wrongName) problems.Add("Name", wrongName);
        // An unchanged address is not checked: it may predate the rules, and browsers may send a domain in another spelling than shown.
        var newEmail = !EmailAddress.Same(email, member.Email);
        if (newEmail && Registration.EmailProblem(email, texts) is { } wrongEmail) problems.Add("Email", wrongEmail);
        if (newEmail && !await roles.Reaches(staff, member, ct)) problems.Add("Email", texts["staff.roles.more"]);
        var asksHow = newEmail && member.ConfirmedAt is not null;
        if (asksHow && (how is null || !Reasons.Contains(how))) problems.Add("How", texts[EmailChanges.NoReason]);
        problems.Limit("Bio", bio, Member.MaxBioLength, texts);
        var changed = await values.Write(id, attributes, a => a.IsVisibleTo(staff), problems, ct);
        if (problems.Any) return new(false);
        var fields = changed.Select(ShownValue.FieldOf).ToList();
        if (Naming.Kept(name) != member.Name) fields.Add("name");
        if (bio != member.Bio) fields.Add("bio");
        if (language != member.Language) fields.Add("language");
        if (newEmail) fields.Add("email");
        if (fields.Count == 0) return new(true);
        if (version is not null && version != member.Version) throw await EditConflict.Of(db, member.ChangedBy, member.ChangedAt, ct);
        const string siteLanguage = "members.language.site";
        var changes = AuditChange.Of(AuditChange.Value("language", member.Language ?? siteLanguage, language ?? siteLanguage));
        if (asksHow) changes = [.. changes, new("reset-reason", null, "staff.factors.reason." + how)];
        db.Publish(new MemberChanged(id));
        audit.Changed("members.edit", id, string.Join(' ', fields), changes: changes);
        await names.Rename(member, name, ct);
        (member.Bio, member.Language) = (bio, language);
        member.Saved(staff.Id, time.GetUtcNow().UtcDateTime);
        if (fields.Contains("name")) db.Touch(ContentVersions.People);
        if (newEmail && !await emails.ChangeAndTellOldAddress(member, EmailAddress.Parse(email), ct))
        {
            problems.Add("Email", texts["staff.member.email.taken"]);
            return new(false, TakenBy: (await db.Members.AsNoTracking().OfAddress(email, ct))?.Id);
        }
        try { await change.Commit(ct); }
        // Somebody gave the same member number at the same moment.
        catch (DbUpdateException error) when (error.IsDuplicate() && changed.FirstOrDefault(IsUnique) is { } number)
        {
            problems.Add(AttributeForm.Name(number), texts["attributes.problem.taken", attributes.Text(number) ?? ""]);
            return new(false);
        }
        return new(true, newEmail);

        static bool IsUnique(MemberAttribute attribute) => attribute.Type is AttributeType.MemberNumber;
    }
}
