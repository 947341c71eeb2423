using Community.Members;
using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Community.Boards;

/// <summary>The buttons on the staff's list of boards and on a board's staff page.</summary>
static class BoardsStaffEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/staff/boards/{id:long}/place", Place).RequireAuthorization(BoardsPermissions.Manage);
        app.MapPost("/staff/boards/categories/{id:long}/place", PlaceCategory).RequireAuthorization(BoardsPermissions.Manage);
        app.MapPost("/staff/boards/categories/{id:long}/delete", DeleteCategory).RequireAuthorization(BoardsPermissions.Manage);
        app.MapPost("/staff/boards/{id:long}/archive", Archive).RequireAuthorization(BoardsPermissions.Manage);
        app.MapPost("/staff/boards/{id:long}/moderators", Moderators).RequireAuthorization(BoardsPermissions.Manage);
        SealedSearch.Map(app, "/staff/boards/{id:long}", BoardsPermissions.Manage, "q");
        app.MapPost("/staff/members/{id:long}/boards", BoardsOf).RequireAuthorization(BoardsPermissions.Manage);
    }

    static async Task<IResult> Moderators(
        long id,
        [FromForm] long? appoint,
        [FromForm] long? dismiss,
        BoardModerators moderators,
        CurrentMember current,
        Flash flash,
        CancellationToken ct
    )
    {
        if ((appoint ?? dismiss) is not { } member) return Results.BadRequest();
        if (!await moderators.Appoint(current.Asking, id, member, appoint is not null, ct)) return Results.NotFound();
        var said = appoint is not null ? "boards.moderators.appointed" : "boards.moderators.dismissed";
        flash.Say(new FlashMessage(said) { At = "moderators" });
        return Results.LocalRedirect($"/staff/boards/{id}#moderators");
    }

    static async Task<IResult> BoardsOf(
        long id,
        [FromForm] long[] boards,
        BoardModerators moderators,
        CurrentMember current,
        Flash flash,
        CancellationToken ct
    )
    {
        if (!await moderators.Set(current.Asking, id, boards.ToHashSet(), ct)) return Results.NotFound();
        flash.Say("boards.moderates.done");
        return Results.LocalRedirect($"/staff/members/{id}");
    }

    static async Task<IResult> Archive(long id, [FromForm] bool on, EndBoard end, CurrentMember current, Flash flash, CancellationToken ct)
    {
        if (!await end.Archive(current.Asking, id, on, ct)) return Results.NotFound();
        flash.Say(on ? "boards.staff.done.archived" : "boards.staff.done.unarchived");
        return Results.LocalRedirect("/staff/boards");
    }

    static async Task<IResult> Place(
        long id,
        [FromForm] bool up,
        OrderBoards order,
        CurrentMember current,
        Flash flash,
        CancellationToken ct
    )
    {
        if (!await order.Move(current.Asking, id, up, ct)) return Results.NotFound();
        flash.Say("boards.staff.done.placed");
        return Results.LocalRedirect("/staff/boards");
    }

    static async Task<IResult> PlaceCategory(
        long id,
        [FromForm] bool up,
        SaveCategory save,
        CurrentMember current,
        Flash flash,
        CancellationToken ct
    )
    {
        if (!await save.Move(current.Asking, id, up, ct)) return Results.NotFound();
        flash.Say("boards.categories.done.placed");
        return Results.LocalRedirect(CategoriesPage.Url);
    }

    static async Task<IResult> DeleteCategory(long id, SaveCategory save, CurrentMember current, Flash flash, CancellationToken ct)
    {
        if (!await save.Delete(current.Asking, id, ct)) return Results.NotFound();
        flash.Say("boards.categories.done.deleted");
        return Results.LocalRedirect(CategoriesPage.Url);
    }
}
