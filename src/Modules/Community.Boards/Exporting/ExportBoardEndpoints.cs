using Community.Members;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Community.Boards;

/// <summary>The archive of a board as a file.</summary>
static class ExportBoardEndpoints
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/staff/boards/{id:long}/export", File).RequireAuthorization(BoardsPermissions.Manage);

    static async Task<IResult> File(
        long id, [FromForm] string? format, ExportBoard exports, CurrentMember current, HttpResponse response, CancellationToken ct)
    {
        var chosen = Enum.TryParse<ArchiveFormat>(format, out var named) && Enum.IsDefined(named) ? named : ArchiveFormat.Mbox;
        if (await exports.Begin(current.Asking, id, chosen, ct) is not { } export) return Results.NotFound();
        response.Headers.CacheControl = "no-store";
        return Results.Stream(
            to => exports.Write(export, to, ct), ExportBoard.MediaTypeOf(chosen), ExportBoard.NameOf(export.Board, chosen));
    }
}
