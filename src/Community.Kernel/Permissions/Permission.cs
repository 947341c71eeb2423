namespace Community.Kernel;

/// <summary>Something that a person may do. What it is stands above its name in the module's list; who has it, in docs/roles.txt.</summary>
/// <param name="Name">Module and act: <c>boards.moderate</c>. Also the name of the authorization policy.</param>
/// <param name="Roles">The roles that have it.</param>
public sealed record Permission(string Name, params string[] Roles)
{
    /// <summary>Whether somebody with these roles has it. Every other question about permissions ends here.</summary>
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
    /// <summary>Hosts the sites; exists on the operator's console alone.</summary>
    public const string Operator = "operator";

    /// <summary>What an administrator can give to a member.</summary>
    public static readonly IReadOnlyList<string> Staff = [Moderator, Mailer, Webmaster, Administrator];
}
