using Community.Kernel;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>The form fields of a role.</summary>
/// <param name="Names">Ignored for a role that the modules know.</param>
/// <param name="Permissions">What it may.</param>
/// <param name="NeedsSecondFactor">Ignored for a role that the modules know: the settings say it.</param>
public sealed record RoleFields(Translations Names, IReadOnlySet<string> Permissions, bool? NeedsSecondFactor = null)
{
    /// <summary>The name of a form's field in a language.</summary>
    public static string NameIn(string language) => "name." + language;
}

/// <summary>
/// Makes, changes and deletes the roles of a site. Nobody gives or takes a permission that they do not have themselves, and the
/// administrator's role cannot be changed, so that a site always has somebody who may everything. A change holds at the next request of
/// whoever has the role, and inside every act at once: sessions and acts read the role's row.
/// </summary>
/// <exception cref="Denied">The actor may not.</exception>
public sealed class SaveRole(SiteDb db, Actors actors, Audit audit, StaffRoles roles, IStringLocalizer texts)
{
    /// <summary>More could not be told apart.</summary>
    public const int MaxRoles = 20;

    /// <returns>The role's key; null if something is wrong.</returns>
    public async Task<string?> Create(Reader actor, RoleFields fields, Problems problems, CancellationToken ct = default)
    {
        await using var change = await db.Change(ct);
        await Lock(ct);
        var staff = await actors.Require(actor, MembersPermissions.Roles);
        if (db.Site.IsConsole) throw new Denied();
        var all = await db.LockedWhere<StaffRole>(r => true, ct);
        CheckNames(fields, all, null, problems);
        if (all.Count >= MaxRoles) problems.Add("", texts["staff.roles.most", MaxRoles]);
        var permissions = Wanted(fields, new HashSet<string>(), staff, problems);
        if (problems.Any) return null;
        var row = new StaffRole
        {
            Key = StaffRole.NewKey(),
            Names = Kept(fields),
            Permissions = Joined(permissions),
            NeedsSecondFactor = fields.NeedsSecondFactor,
            ChangedAt = db.Now,
            ChangedBy = staff.Id,
        };
        db.StaffRoles.Add(row);
        db.Touch(RequiredFactors.Version);
        List<AuditChange> changes =
            [.. Differences(new HashSet<string>(), permissions), .. AuditChange.Of(Factor(null, fields.NeedsSecondFactor))];
        audit.Did("members.role-make", row.Names.For(db.Site.Culture).Text, changes);
        db.Publish(new RolesChanged());
        await change.Commit(ct);
        return row.Key;
    }

    /// <param name="actor">The acting staff member.</param>
    /// <param name="key">The role.</param>
    /// <param name="fields">Its new names and permissions.</param>
    /// <param name="seen">The <see cref="StaffRole.Version"/> that the actor saw; null to overwrite unconditionally.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if there is no such role, or something is wrong.</returns>
    /// <exception cref="EditConflict">Somebody has saved it since.</exception>
    public async Task<bool> Change(
        Reader actor,
        string key,
        RoleFields fields,
        long? seen,
        Problems problems,
        CancellationToken ct = default
    )
    {
        await using var change = await db.Change(ct);
        await Lock(ct);
        var staff = await actors.Require(actor, MembersPermissions.Roles);
        if (db.Site.IsConsole || key == Roles.Administrator) throw new Denied();
        var all = await db.LockedWhere<StaffRole>(r => true, ct);
        var row = all.Find(r => r.Key == key);
        var isOwn = !Roles.Staff.Contains(key);
        if (row is null && isOwn) return false;
        if (isOwn) CheckNames(fields, all, key, problems);
        var before = row is null ? roles.Usual(key) : StaffRole.Read(row.Permissions);
        var permissions = Wanted(fields, before, staff, problems);
        if (problems.Any) return false;
        var names = isOwn ? Kept(fields) : Translations.None;
        var factor = isOwn ? fields.NeedsSecondFactor ?? row!.NeedsSecondFactor : null;
        List<AuditChange> changes =
        [
            .. Differences(before, permissions),
            .. AuditChange.Of(Factor(row?.NeedsSecondFactor, factor)),
            .. AuditChange.Of(Texts.Languages.Select(l => AuditChange.Value("role-name." + l, row?.Names[l] ?? "", names[l]))),
        ];
        if (changes.Count == 0) return true;
        if (seen is not null && seen != (row?.Version ?? 0)) throw await EditConflict.Of(db, row?.ChangedBy, row?.ChangedAt, ct);
        if (row is null) db.StaffRoles.Add(row = new StaffRole { Key = key });
        (row.Names, row.Permissions, row.ChangedAt, row.ChangedBy) = (names, Joined(permissions), db.Now, staff.Id);
        row.NeedsSecondFactor = factor;
        db.Touch(RequiredFactors.Version);
        audit.Did("members.role-edit", isOwn ? names.For(db.Site.Culture).Text : key, changes);
        db.Publish(new RolesChanged());
        await change.Commit(ct);
        return true;
    }

    /// <summary>
    /// Deletes a role of the site's own that nobody has, or gives a role of the modules its usual permissions back.
    /// </summary>
    /// <returns>False if there is no such row.</returns>
    /// <exception cref="Refused">Members have it, or it may more than the actor.</exception>
    public async Task<bool> Delete(Reader actor, string key, CancellationToken ct = default)
    {
        await using var change = await db.Change(ct);
        await Lock(ct);
        var staff = await actors.Require(actor, MembersPermissions.Roles);
        var row = (await db.LockedWhere<StaffRole>(r => r.Key == key, ct)).FirstOrDefault();
        if (row is null) return false;
        var isOwn = !Roles.Staff.Contains(key);
        if (isOwn && await db.Members.AnyAsync(m => m.Role == key, ct)) throw new Refused("staff.roles.held");
        var (before, after) = (StaffRole.Read(row.Permissions), isOwn ? new HashSet<string>() : roles.Usual(key));
        if (before.Concat(after).Any(p => !staff.May(p))) throw new Refused("staff.roles.more");
        db.StaffRoles.Remove(row);
        db.Touch(RequiredFactors.Version);
        audit.Did(isOwn ? "members.role-delete" : "members.role-edit", isOwn ? row.Names.For(db.Site.Culture).Text : key,
            Differences(before, after));
        db.Publish(new RolesChanged());
        await change.Commit(ct);
        return true;
    }

    /// <summary>
    /// Allows one change of the site's roles at a time: rows that are not there yet cannot be locked, and of two roles made at once neither
    /// would know the name of the other.
    /// </summary>
    Task Lock(CancellationToken ct) =>
        db.IsSqlite ? Task.CompletedTask : db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({Saving}, 0)", ct);

    const int Saving = 0x526f6c;

    /// <summary>The permissions to save. What the actor does not have themselves is neither given nor taken.</summary>
    HashSet<string> Wanted(RoleFields fields, IReadOnlySet<string> before, Reader staff, Problems problems)
    {
        var known = roles.Grantable().SelectMany(m => m.Permissions).ToHashSet();
        var wanted = fields.Permissions.Where(known.Contains).ToHashSet();
        var beyond = wanted.Except(before).Concat(before.Where(known.Contains).Except(wanted)).Where(p => !staff.May(p)).ToList();
        if (beyond.Count > 0)
            problems.Add(
                "Permissions",
                texts["staff.roles.beyond", string.Join(texts["members.list"], beyond.Select(p => texts["permission." + p].Value))]
            );
        if (wanted.Count == 0) problems.Add("Permissions", texts["staff.roles.nothing"]);
        wanted.Add(UiPermissions.Staff);
        return wanted;
    }

    void CheckNames(RoleFields fields, List<StaffRole> all, string? own, Problems problems)
    {
        foreach (var language in Texts.Languages)
        {
            var (field, name) = (RoleFields.NameIn(language), fields.Names[language]);
            if (language == db.Site.Culture || name.Length > 0) problems.Name(field, name, texts, "staff.roles.name.missing");
            problems.Limit(field, name, StaffRole.MaxNameLength, texts);
            var same = Member.Searchable(name);
            var known = Roles.Staff.Select(r => texts.In(language, "role." + r).ToString())
                .Concat(all.Where(r => r.Key != own).Select(r => r.Names[language]));
            if (same.Length > 0 && known.Any(n => Member.Searchable(n) == same)) problems.Add(field, texts["staff.roles.name.taken"]);
        }
    }

    static Translations Kept(RoleFields fields) =>
        Translations.Of(l => fields.Names[l].Length == 0 ? null : Naming.Kept(fields.Names[l]));

    static AuditChange? Factor(bool? before, bool? after) =>
        before == after ? null : AuditChange.Value("role-second-factor", Said(before), Said(after));

    static string Said(bool? needed) => needed is { } said ? said ? "settings.yes" : "settings.no" : "";

    static string Joined(IEnumerable<string> permissions) => string.Join(' ', permissions.Order(StringComparer.Ordinal));

    static List<AuditChange> Differences(IReadOnlySet<string> before, IReadOnlySet<string> after) =>
        [
            .. after.Except(before).Where(p => p != UiPermissions.Staff).Order(StringComparer.Ordinal)
                .Select(p => new AuditChange("role-gets", To: "permission." + p)),
            .. before.Except(after).Where(p => p != UiPermissions.Staff).Order(StringComparer.Ordinal)
                .Select(p => new AuditChange("role-loses", From: "permission." + p)),
        ];
}
