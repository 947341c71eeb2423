using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Net.Http.Headers;

namespace Community.Kernel;

/// <summary>
/// Serves logos, members' pictures and those of mailings by hash: they are available to anyone with the URL, which cannot be guessed.
/// Files of posts are served by Boards, which asks for the right. A file of another site has no row on this site.
/// </summary>
public static class FileEndpoints
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/files/{name:regex(^[0-9a-f]{{64}}\\.(jpg|png|webp|gif)$)}", Open)
        .AllowAnonymous().WithMetadata(new LoadedByPagesAttribute());

    static readonly FilePurpose[] served = [FilePurpose.Logo, FilePurpose.Avatar, FilePurpose.Mail];

    static async Task<IResult> Open(string name, HttpContext http, SiteDb db, Files files)
    {
        var (hash, extension) = (name[..64], name[65..]);
        var file = await db
            .Files.AsNoTracking()
            .FirstOrDefaultAsync(
                f => f.Hash == hash && f.Extension == extension && served.Contains(f.Purpose),
                http.RequestAborted
            );
        if (file is null || !File.Exists(files.PathOf(hash)))
            return Results.NotFound();
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        headers.ContentDisposition = "inline";
        // Pages of other sites show them: mail on the web has our pictures in its own pages.
        if (file.Purpose is not FilePurpose.Avatar) headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        headers.CacheControl = "private, max-age=31536000, immutable";
        return Results.File(files.PathOf(hash), file.MediaType, entityTag: new EntityTagHeaderValue($"\"{hash}\""));
    }
}
