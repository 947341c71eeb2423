using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace Community.Kernel;

/// <summary>Makes every permission an authorization policy of the same name: <c>[Authorize(BoardsPermissions.Moderate)]</c>.</summary>
public sealed class PermissionPolicies(IOptions<AuthorizationOptions> options, ModuleList modules, May may)
    : DefaultAuthorizationPolicyProvider(options)
{
    public override Task<AuthorizationPolicy?> GetPolicyAsync(string policyName) =>
        modules.Permissions.ContainsKey(Permission.NameOf(policyName, out _))
            ? Task.FromResult<AuthorizationPolicy?>(
                new AuthorizationPolicyBuilder().RequireAssertion(context => may.Do(context.User, policyName)).Build()
            )
            : base.GetPolicyAsync(policyName);
}

/// <summary>Checks whether a signed-in user may do something.</summary>
public sealed class May(ModuleList modules)
{
    readonly ConcurrentDictionary<string, FrozenSet<string>> byRoles = new();

    public bool Do(ClaimsPrincipal? user, string? permission) =>
        permission is null || (user?.Identity?.IsAuthenticated == true && Has(user, Permission.NameOf(permission, out var onSome), onSome));

    bool Has(ClaimsPrincipal user, string permission, bool onSome) =>
        modules.Permissions[permission].IsHeldBy(user.IsInRole)
        || user.HasClaim(MemberClaim.Permission, permission)
        || (onSome && user.HasClaim(MemberClaim.PermissionOnSome, permission));

    /// <summary>The names of all permissions that these roles have.</summary>
    public IReadOnlySet<string> Of(params IReadOnlyList<string> roles) =>
        byRoles.GetOrAdd(
            string.Join(' ', roles),
            _ => modules.Permissions.Values.Where(p => p.IsHeldBy(roles.Contains)).Select(p => p.Name).ToFrozenSet()
        );
}
