using System.Globalization;
using System.Security.Claims;

namespace Community.Kernel;

/// <summary>What a signed-in member's principal says beyond roles; Members writes it at each request.</summary>
public static class MemberClaim
{
    /// <summary>The member's name.</summary>
    public const string Name = "name";

    /// <summary>A permission that the site gives the member's role, beside or instead of the modules.</summary>
    public const string Permission = "permission";

    /// <summary>A permission that the member has for single things, see <see cref="PermissionOn"/>.</summary>
    public const string PermissionOnSome = "permission-on-some";

    /// <summary>The language that the member chose; absent for the site's.</summary>
    public const string Locale = "locale";

    /// <summary>The member's id; null for a visitor.</summary>
    public static long? IdOf(ClaimsPrincipal? user) => NumberOf(user, ClaimTypes.NameIdentifier);

    /// <summary>The number that a claim holds; null if there is none.</summary>
    public static long? NumberOf(ClaimsPrincipal? user, string claim) =>
        long.TryParse(user?.FindFirstValue(claim), CultureInfo.InvariantCulture, out var number) ? number : null;
}
