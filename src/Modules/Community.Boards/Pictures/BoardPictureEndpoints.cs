using Community.Kernel;
using Community.Members;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Net.Http.Headers;

namespace Community.Boards;

/// <summary>
/// Serves pictures of boards to those who may read a board with it, as the database has it now: a board that is closed takes its picture
/// along. The hash in the address comes besides the right, not instead of it.
/// </summary>
static class BoardPictureEndpoints
{
    // Braces are doubled, as templates of routes want it.
    const string Hash = "^[0-9a-f]{{64}}$";

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet($"{BoardPicture.Path}{{hash:regex({Hash})}}", Open).AllowAnonymous().WithMetadata(new LoadedByPagesAttribute());

    static async Task<IResult> Open(
        string hash, HttpContext http, SiteDb db, Kernel.Files files, CurrentMember current, CancellationToken ct)
    {
        var boards = db.Boards.AsNoTracking().Where(b => b.PictureHash == hash || b.PictureSmallHash == hash);
        var forVisitors = boards.VisibleTo(Reader.Visitor);
        var found = await boards.VisibleTo(await current.Reader(ct)).Select(b => new { IsPublic = forVisitors.Any() })
            .FirstOrDefaultAsync(ct);
        if (found is null || !File.Exists(files.PathOf(hash))) return Results.NotFound();
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        headers.ContentDisposition = "inline";
        // Kept by caches, but never used without asking again: the right may be lost at any time.
        headers.CacheControl = found.IsPublic ? "public, no-cache" : "private, no-cache";
        headers.Vary = "Cookie";
        return Results.File(files.PathOf(hash), "image/webp", entityTag: new EntityTagHeaderValue($"\"{hash}\""));
    }
}
