using System.Globalization;
using System.Security.Claims;
using Community.Kernel;
using Community.Ui;

namespace Community.Members;

/// <summary>
/// Claims about the signed-in member, for authorization and the page frame. Built on each request from the current session and member.
/// </summary>
static class MemberClaims
{
    public const string Name = MemberClaim.Name, Handle = "handle", Picture = "picture", Locale = MemberClaim.Locale, Session = "session";

    public static ClaimsPrincipal Of(
        Site site,
        long session,
        long id,
        string name,
        string handle,
        string? picture,
        string? language,
        string? role,
        string? granted,
        IReadOnlyCollection<PermissionOn> single
    )
    {
        var identity = new ClaimsIdentity(SessionAuthentication.Name, Name, ClaimTypes.Role);
        identity.AddClaim(new(ClaimTypes.NameIdentifier, id.ToString(CultureInfo.InvariantCulture)));
        identity.AddClaim(new(Session, session.ToString(CultureInfo.InvariantCulture)));
        identity.AddClaim(new(Name, name));
        identity.AddClaim(new(Handle, handle));
        if (picture is not null) identity.AddClaim(new(Picture, picture));
        if (language is not null) identity.AddClaim(new(Locale, language));
        if (MemberRoles.Granted(site, role, granted) is { } permissions)
        {
            identity.AddClaim(new(ClaimTypes.Role, Roles.Member));
            foreach (var permission in permissions) identity.AddClaim(new(MemberClaim.Permission, permission));
        }
        else foreach (var given in MemberRoles.HeldOn(site, role)) identity.AddClaim(new(ClaimTypes.Role, given));
        foreach (var permission in MemberRoles.SingleOn(site, single).Select(s => s.Permission).Distinct())
            identity.AddClaim(new(MemberClaim.PermissionOnSome, permission));
        if (identity.HasClaim(c => c.Type == MemberClaim.PermissionOnSome))
            identity.AddClaim(new(MemberClaim.Permission, UiPermissions.Staff));
        return new ClaimsPrincipal(identity);
    }
}
