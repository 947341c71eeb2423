using Community.Kernel;
using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Community.Members;

/// <summary>The button on the page of a role.</summary>
static class RoleEndpoints
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost(RolesPage.Url + "/{key}/delete", Delete).RequireAuthorization(MembersPermissions.Roles);

    static async Task<IResult> Delete(string key, SaveRole save, CurrentMember current, Flash flash, CancellationToken ct)
    {
        if (!await save.Delete(current.Asking, key, ct)) return Results.NotFound();
        flash.Say(Roles.Staff.Contains(key) ? "staff.roles.done.usual" : "staff.roles.done.deleted");
        return Results.LocalRedirect(RolesPage.Url);
    }
}
