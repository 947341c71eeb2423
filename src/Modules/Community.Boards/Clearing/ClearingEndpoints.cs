using Community.Members;
using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Community.Boards;

/// <summary>The buttons of a clearing's page.</summary>
static class ClearingEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var clearing = app.MapGroup("/staff/boards/clearings/{id:long}").RequireAuthorization(BoardsPermissions.ModerateSome);
        clearing.MapPost("/stop", async (long id, ClearPosts clear, CurrentMember current, Flash flash, CancellationToken ct) =>
            Back(flash, id, await clear.Stop(current.Asking, id, ct)));
        clearing.MapPost("/resume", async (long id, ClearPosts clear, CurrentMember current, Flash flash, CancellationToken ct) =>
            Back(flash, id, await clear.Resume(current.Asking, id, ct)));
        clearing.MapPost("/undo", async (long id, ClearPosts clear, CurrentMember current, Flash flash, CancellationToken ct) =>
            Back(flash, id, await clear.Undo(current.Asking, id, ct)));
    }

    static IResult Back(Flash flash, long id, bool done)
    {
        if (!done) flash.Say(new FlashMessage("boards.clearing.late") { Tone = FlashTone.Danger });
        return Results.LocalRedirect(Clearing.UrlOf(id));
    }
}
