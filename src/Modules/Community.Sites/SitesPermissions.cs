using Community.Kernel;

namespace Community.Sites;

public static class SitesPermissions
{
    /// <summary>Everything on the console.</summary>
    public const string Manage = "sites.manage";

    public static IEnumerable<Permission> All => [new(Manage, Roles.Operator)];
}
