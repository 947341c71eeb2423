namespace Community.Kernel;

/// <summary>Something that a user may do. It is described above its name in the module's list; docs/roles.txt says who has it.</summary>
/// <param name="Name">Module and act: <c>boards.moderate</c>. Also the name of the authorization policy.</param>
/// <param name="Roles">The roles that have it.</param>
public sealed record Permission(string Name, params string[] Roles)
{
    /// <summary>Whether a user with these roles has it. Every other permission check ends here.</summary>
    public bool IsHeldBy(Func<string, bool> hasRole) => Roles.Any(hasRole);
}

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
