using Community.Kernel;
using Community.Members;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>The buttons of the staff's list of boards, and of one board's page.</summary>
static class BoardsStaffEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/staff/boards/{id:long}/place", Place).RequireAuthorization(BoardsPermissions.Manage);
        app.MapPost("/staff/boards/{id:long}/archive", Archive).RequireAuthorization(BoardsPermissions.Manage);
    }

    static async Task<IResult> Archive(long id, [FromForm] bool on, EndBoard end, CurrentMember current, CancellationToken ct) =>
        await end.Archive(id, on, current.Id!.Value, ct)
            ? Results.LocalRedirect($"/staff/boards?done={(on ? "archived" : "unarchived")}")
            : Results.NotFound();

    /// <summary>Puts a board one place up or down among those that are not archived.</summary>
    static async Task<IResult> Place(long id, [FromForm] bool up, SiteDb db, Audit audit, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        // All of them under lock: of two who order at once, the second orders what the first left.
        var all = db.IsSqlite ? db.Boards : db.Boards.FromSql($"SELECT * FROM boards ORDER BY id FOR UPDATE");
        var boards = await all.Where(b => b.ArchivedAt == null).OrderBy(b => b.Position).ThenBy(b => b.Id).ToListAsync(ct);
        var at = boards.FindIndex(b => b.Id == id);
        if (at < 0) return Results.NotFound();
        var to = Math.Clamp(up ? at - 1 : at + 1, 0, boards.Count - 1);
        if (to == at) return Results.LocalRedirect("/staff/boards");
        (boards[at], boards[to]) = (boards[to], boards[at]);
        for (var i = 0; i < boards.Count; i++) boards[i].Position = i;
        audit.Did("boards.order", boards[to].Name, [new("board-place", $"{at + 1}", $"{to + 1}")]);
        db.Publish(new BoardChanged(id));
        db.Touch(boards[to].Key);
        await change.Commit(ct);
        return Results.LocalRedirect("/staff/boards");
    }
}
