using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>
/// A role of a site as a set of permissions: one of its own, or one of <see cref="Roles.Staff"/> that the site changed. A role without a
/// row has the permissions that the modules give it. The administrator's role has no row: it always may everything.
/// </summary>
public sealed class StaffRole
{
    public const int MaxNameLength = 40;

    public long Id { get; set; }
    /// <summary>What <see cref="Member.Role"/> says: <c>moderator</c>, or <c>own-3</c> for a role of the site's own.</summary>
    public required string Key { get; set; }
    /// <summary>None for a role that the modules know: texts name it.</summary>
    public Translations Names { get; set; } = Translations.None;
    /// <summary>Names of permissions, in order, separated by spaces.</summary>
    public string Permissions { get; set; } = "";
    /// <summary>
    /// Whether whoever has a role of the site's own needs a second factor; null, as of roles from before this could be said, for whatever
    /// holds for administrators. Of the modules' roles <see cref="SignInSettings"/> says it. Ask <see cref="RequiredFactors"/>.
    /// </summary>
    public bool? NeedsSecondFactor { get; set; }
    public DateTime? ChangedAt { get; set; }
    public long? ChangedBy { get; set; }
    /// <summary>Changes with each save; see <see cref="EditConflict"/>.</summary>
    public long Version => EditConflict.VersionOf(ChangedAt);

    const string Own = "own-";

    /// <summary>A key that no role had before: whoever had a deleted one must not get the next.</summary>
    public static string NewKey() => Own + Guid.NewGuid().ToString("N")[..12];

    public static bool IsOwnKey(string key) => key.StartsWith(Own, StringComparison.Ordinal) && Slug.Is(key);

    public static IReadOnlySet<string> Read(string permissions) =>
        permissions.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet();
}

/// <summary>The roles of this site: their names, and what each may.</summary>
public sealed class StaffRoles(SiteDb db, ModuleList modules, May may)
{
    Dictionary<string, StaffRole>? own;

    /// <summary>The rows of the site; loaded once a request.</summary>
    public async ValueTask<IReadOnlyDictionary<string, StaffRole>> Rows(CancellationToken ct = default) =>
        own ??= await db.StaffRoles.AsNoTracking().OrderBy(r => r.Id).ToDictionaryAsync(r => r.Key, ct);

    /// <summary>The keys of all roles that can be given here, the administrator's last.</summary>
    public async ValueTask<IReadOnlyList<string>> Keys(CancellationToken ct = default)
    {
        if (db.Site.IsConsole) return [Roles.Operator];
        var rows = await Rows(ct);
        return [.. Roles.Staff.Where(r => r != Roles.Administrator), .. rows.Keys.Except(Roles.Staff), Roles.Administrator];
    }

    /// <summary>What a role may beyond any member.</summary>
    public async ValueTask<IReadOnlySet<string>> PermissionsOf(string? role, CancellationToken ct = default)
    {
        if (role is null) return new HashSet<string>();
        if (role != Roles.Administrator && (await Rows(ct)).TryGetValue(role, out var row)) return StaffRole.Read(row.Permissions);
        return Usual(role);
    }

    /// <summary>What the modules give a role.</summary>
    public IReadOnlySet<string> Usual(string role) => may.Of(role);

    /// <summary>
    /// Whether staff may change how this member signs in, or stop them: nobody does so with a colleague who may more than they. Otherwise
    /// whoever edits addresses could make an administrator's account their own.
    /// </summary>
    public async ValueTask<bool> Reaches(Reader staff, Member member, CancellationToken ct = default) =>
        staff.Is(member.Id)
        || ((await PermissionsOf(member.Role, ct)).All(staff.May)
            && (await db.MemberPermissions.AsNoTracking().Where(p => p.MemberId == member.Id).ToListAsync(ct))
                .TrueForAll(p => staff.May(p.Permission, p.ThingId)));

    /// <summary>The name that staff read; <paramref name="rows"/> as of <see cref="Rows"/>.</summary>
    public static string NameOf(string role, IReadOnlyDictionary<string, StaffRole> rows, IStringLocalizer texts) =>
        rows.TryGetValue(role, out var row) && !row.Names.IsEmpty
            ? row.Names.For(System.Globalization.CultureInfo.CurrentUICulture.TwoLetterISOLanguageName).Text
            : texts["role." + role];

    public async ValueTask<string> NameOf(string? role, IStringLocalizer texts, CancellationToken ct = default) =>
        role is null ? texts["role.none"] : NameOf(role, await Rows(ct), texts);

    /// <summary>The permissions that roles can have, module by module: those of a site's staff, without those of every member.</summary>
    public IEnumerable<(string Module, IReadOnlyList<string> Permissions)> Grantable() =>
        modules.All
            .Select(m => (m.Name, (IReadOnlyList<string>)[.. m.Permissions.Where(IsGrantable).Select(p => p.Name)]))
            .Where(m => m.Item2.Count > 0);

    /// <summary>A permission that only an operator has is given to nobody on a site; the one to enter comes with every role.</summary>
    public static bool IsGrantable(Permission permission) =>
        permission.Roles.Contains(Roles.Administrator)
        && !permission.Roles.Contains(Roles.Member)
        && permission.Name != Community.Ui.UiPermissions.Staff;
}
