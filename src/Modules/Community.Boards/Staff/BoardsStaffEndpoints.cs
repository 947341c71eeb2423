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
        app.MapPost("/staff/boards/{id:long}/archive", Archive).RequireAuthorization(BoardsPermissions.Manage);
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
}
