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
        app.MapPost("/groups/{key}/admit", Admit).RequireAuthorization(MembersPermissions.Meet).RequireRateLimiting("post");
        app.MapPost("/groups/{key}/refuse", Refuse).RequireAuthorization(MembersPermissions.Meet).RequireRateLimiting("post");
        app.MapPost("/groups/{key}/leave", Leave)
            .RequireAuthorization(MembersPermissions.Meet)
            .RequireRateLimiting("post")
            .WithMetadata(new WithoutTermsAttribute());
    }

    static Task<IResult> Admit(
        string key,
        [FromForm] long member,
        SiteDb db,
        Memberships memberships,
        CurrentMember current,
        Flash flash,
        CancellationToken ct
    ) => Decide(key, member, true, db, memberships, current, flash, ct);

    static Task<IResult> Refuse(
        string key,
        [FromForm] long member,
        SiteDb db,
        Memberships memberships,
        CurrentMember current,
        Flash flash,
        CancellationToken ct
    ) => Decide(key, member, false, db, memberships, current, flash, ct);

    // A leader's decision; the act asks whether they lead the group still.
    static async Task<IResult> Decide(
        string key,
        long member,
        bool admit,
        SiteDb db,
        Memberships memberships,
        CurrentMember current,
        Flash flash,
        CancellationToken ct
    )
    {
        if (await Find(db, key, current, ct) is not { } group) return Results.NotFound();
        if (await memberships.Decide(current.Asking, group.Id, member, admit, ct))
            flash.Say(admit ? "staff.groups.done.admitted" : "staff.groups.done.refused");
        return Results.LocalRedirect(group.Url);
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
        if (await Find(db, key, current, ct) is not { } group)
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
        if (await Find(db, key, current, ct) is not { } group) return Results.NotFound();
        await memberships.Leave(current.Asking, group.Id, ct);
        flash.Say("groups.done.left");
        return Results.LocalRedirect(group.IsHidden ? "/groups" : group.Url);
    }

    // A hidden group is none for others.
    static async Task<Group?> Find(SiteDb db, string key, CurrentMember current, CancellationToken ct) =>
        await db.Groups.AsNoTracking().FirstOrDefaultAsync(g => g.Key == key, ct) is { } group && group.IsVisibleTo(current.Asking)
            ? group
            : null;
}
