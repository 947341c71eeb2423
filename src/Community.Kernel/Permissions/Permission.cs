namespace Community.Kernel;

/// <summary>Something that a user may do. It is described above its name in the module's list; docs/roles.txt says who has it.</summary>
/// <param name="Name">Module and act: <c>boards.moderate</c>. Also the name of the authorization policy.</param>
/// <param name="Roles">The roles that have it.</param>
public sealed record Permission(string Name, params string[] Roles)
{
    /// <summary>
    /// Ends the name by which pages, menus and panels ask for a permission that somebody may have for single things only:
    /// <c>boards.moderate@some</c> is held by who has <c>boards.moderate</c>, and by who has it for one board (<see cref="PermissionOn"/>).
    /// Whether they have it for the thing at hand is then asked of the thing.
    /// </summary>
    public const string OnSome = "@some";

    /// <summary>The permission's own name, without <see cref="OnSome"/>.</summary>
    /// <param name="asked">The name by which it is asked for.</param>
    /// <param name="onSome">Whether it is enough to have it for a single thing.</param>
    public static string NameOf(string asked, out bool onSome) =>
        (onSome = asked.EndsWith(OnSome, StringComparison.Ordinal)) ? asked[..^OnSome.Length] : asked;

    /// <summary>Whether a user with these roles has it. Every other permission check ends here.</summary>
    public bool IsHeldBy(Func<string, bool> hasRole) => Roles.Any(hasRole);
}

/// <summary>A permission that somebody has for a single thing of a module: moderating one board.</summary>
/// <param name="Permission">The permission's name.</param>
/// <param name="Thing">The id of the thing, of the kind that the permission is about.</param>
public readonly record struct PermissionOn(string Permission, long Thing);

/// <summary>The roles of a site, from the narrowest to the widest.</summary>
public static class Roles
{
    /// <summary>Everybody who is signed in and confirmed.</summary>
    public const string Member = "member";
    public const string Moderator = "moderator";
    public const string Mailer = "mailer";
    public const string Webmaster = "webmaster";
    public const string Administrator = "administrator";
    /// <summary>Hosts the sites; exists only on the operator's console.</summary>
    public const string Operator = "operator";

    /// <summary>The roles that an administrator can give to a member.</summary>
    public static readonly IReadOnlyList<string> Staff = [Moderator, Mailer, Webmaster, Administrator];
}
