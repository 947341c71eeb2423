using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace Community.Kernel;

/// <summary>Makes every permission an authorization policy of the same name: <c>[Authorize(BoardsPermissions.Moderate)]</c>.</summary>
public sealed class PermissionPolicies(IOptions<AuthorizationOptions> options, ModuleList modules)
    : DefaultAuthorizationPolicyProvider(options)
{
    public override Task<AuthorizationPolicy?> GetPolicyAsync(string policyName) =>
        modules.Permissions.TryGetValue(policyName, out var permission)
            ? Task.FromResult<AuthorizationPolicy?>(
                new AuthorizationPolicyBuilder().RequireAuthenticatedUser().RequireRole(permission.Roles).Build()
            )
            : base.GetPolicyAsync(policyName);
}

/// <summary>Asks whether a signed-in person may do something.</summary>
public sealed class May(ModuleList modules)
{
    public bool Do(ClaimsPrincipal? user, string? permission) =>
        permission is null
        || (user?.Identity?.IsAuthenticated == true && modules.Permissions[permission].Roles.Any(user.IsInRole));
}
