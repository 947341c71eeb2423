using Community.Kernel;
using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>Endpoints by which members join and leave groups themselves.</summary>
static class GroupEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/groups/{key}/join", Join).RequireAuthorization(MembersPermissions.Meet).RequireRateLimiting("post");
        app.MapPost("/groups/{key}/leave", Leave)
            .RequireAuthorization(MembersPermissions.Meet)
            .RequireRateLimiting("post")
            .WithMetadata(new WithoutTermsAttribute());
    }

    static async Task<IResult> Join(
        string key,
        SiteDb db,
        Memberships memberships,
        CurrentMember current,
        Flash flash,
        CancellationToken ct,
        [FromForm] string message = ""
    )
    {
        if (await Find(db, key, ct) is not { } group)
            return Results.NotFound();
        if (!await memberships.Join(current.Asking, group.Id, message.Trim(), ct))
            return Results.StatusCode(StatusCodes.Status403Forbidden);
        flash.Say(group.Joining is Joining.Open ? "groups.done.joined" : "groups.done.requested");
        return Results.LocalRedirect(group.Url);
    }

    static async Task<IResult> Leave(
        string key,
        SiteDb db,
        Memberships memberships,
        CurrentMember current,
        Flash flash,
        CancellationToken ct
    )
    {
        if (await Find(db, key, ct) is not { } group) return Results.NotFound();
        await memberships.Leave(current.Asking, group.Id, ct);
        flash.Say("groups.done.left");
        return Results.LocalRedirect(group.Url);
    }

    static Task<Group?> Find(SiteDb db, string key, CancellationToken ct) =>
        db.Groups.AsNoTracking().FirstOrDefaultAsync(g => g.Key == key, ct);
}
