using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Net.Http.Headers;

namespace Community.Kernel;

/// <summary>
/// Serves logos and members' pictures by hash: they are available to anyone with the URL, which cannot be guessed. Files of posts are
/// served by Boards, which asks for the right. A file of another site has no row on this site.
/// </summary>
public static class FileEndpoints
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/files/{name:regex(^[0-9a-f]{{64}}\\.(jpg|png|webp|gif)$)}", Open)
        .AllowAnonymous().WithMetadata(new LoadedByPagesAttribute());

    static async Task<IResult> Open(string name, HttpContext http, SiteDb db, Files files)
    {
        var (hash, extension) = (name[..64], name[65..]);
        var file = await db
            .Files.AsNoTracking()
            .FirstOrDefaultAsync(
                f => f.Hash == hash && f.Extension == extension && (f.Purpose == FilePurpose.Logo || f.Purpose == FilePurpose.Avatar),
                http.RequestAborted
            );
        if (file is null || !File.Exists(files.PathOf(hash)))
            return Results.NotFound();
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        headers.ContentDisposition = "inline";
        headers.CacheControl = "private, max-age=31536000, immutable";
        return Results.File(files.PathOf(hash), file.MediaType, entityTag: new EntityTagHeaderValue($"\"{hash}\""));
    }
}
