using Community.Kernel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Puts a board one place up or down.</summary>
static class BoardsStaffEndpoints
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/staff/boards/{id:long}/place", Place).RequireAuthorization(BoardsPermissions.Manage);

    static async Task<IResult> Place(long id, [FromForm] bool up, SiteDb db, Audit audit, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        var boards = await db.Boards.OrderBy(b => b.Position).ThenBy(b => b.Id).ToListAsync(ct);
        var at = boards.FindIndex(b => b.Id == id);
        if (at < 0) return Results.NotFound();
        var to = Math.Clamp(up ? at - 1 : at + 1, 0, boards.Count - 1);
        (boards[at], boards[to]) = (boards[to], boards[at]);
        for (var i = 0; i < boards.Count; i++) boards[i].Position = i;
        audit.Did("boards.order", boards[to].Key);
        db.Touch(boards[to].Key);
        await change.Commit(ct);
        return Results.LocalRedirect("/staff/boards");
    }
}
