using System.Security.Claims;
using Community.Kernel;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Community.Members;

/// <summary>What a session says about its member. Renewed from the database each minute, see <see cref="SignInServices"/>.</summary>
public sealed class MemberClaims(Site site, IOptions<IdentityOptions> options) : IUserClaimsPrincipalFactory<Member>
{
    public const string Name = "name", Handle = "handle", Picture = "picture", Locale = "locale";

    public Task<ClaimsPrincipal> CreateAsync(Member member)
    {
        var identity = new ClaimsIdentity(IdentityConstants.ApplicationScheme, Name, ClaimTypes.Role);
        identity.AddClaim(new(ClaimTypes.NameIdentifier, member.Id.ToString()));
        identity.AddClaim(new(Name, member.Name));
        identity.AddClaim(new(Handle, member.Handle));
        identity.AddClaim(new(options.Value.ClaimsIdentity.SecurityStampClaimType, member.SecurityStamp!));
        if (member.Picture is { } picture) identity.AddClaim(new(Picture, picture));
        if (member.Language is { } language) identity.AddClaim(new(Locale, language));
        foreach (var role in RolesOf(member)) identity.AddClaim(new(ClaimTypes.Role, role));
        return Task.FromResult(new ClaimsPrincipal(identity));
    }

    // The console has operators alone, and only the console has them: a row in a brand's database makes nobody an operator.
    IEnumerable<string> RolesOf(Member member)
    {
        if (site.IsConsole) return member.Role == Roles.Operator ? [Roles.Operator] : [];
        return member.Role is { } role && Roles.Staff.Contains(role) ? [Roles.Member, role] : [Roles.Member];
    }
}
