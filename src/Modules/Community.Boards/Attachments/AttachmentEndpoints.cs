using Community.Kernel;
using Community.Members;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;
using Microsoft.Net.Http.Headers;

namespace Community.Boards;

/// <summary>Serves attachments to those who may see them, and receives them from the script of the writing pages.</summary>
static class AttachmentEndpoints
{
    // Braces are doubled, as templates of routes want it.
    const string Reference = @"^[a-z2-7]{{26}}(-[1-9][0-9]{{0,3}}x[1-9][0-9]{{0,3}}(-small)?)?$";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet($"/files/{{reference:regex({Reference})}}", Open).AllowAnonymous().WithMetadata(new LoadedByPagesAttribute());
        app.MapPost("/files", Upload)
            .RequireAuthorization(BoardsPermissions.Write)
            .RequireRateLimiting("upload")
            .WithMetadata(
                new RequestSizeLimitAttribute(AttachFiles.MaxBytes + 64 * 1024),
                new RequestFormLimitsAttribute { MultipartBodyLengthLimit = AttachFiles.MaxBytes + 64 * 1024 });
    }

    static async Task<IResult> Open(string reference, HttpContext http, SiteDb db, Files files, CurrentMember current, CancellationToken ct)
    {
        var key = reference[..Attachment.KeyLength];
        var forVisitors = db.Attachments.VisibleTo(db, Reader.Visitor);
        var found = await db.Attachments.AsNoTracking().VisibleTo(db, current.Asking).Where(a => a.Key == key)
            .Select(a => new { Attachment = a, IsPublic = forVisitors.Any(v => v.Id == a.Id) }).FirstOrDefaultAsync(ct);
        if (found is null) return Results.NotFound();
        var attachment = found.Attachment;
        var hash = reference.EndsWith("-small", StringComparison.Ordinal) ? attachment.SmallHash ?? attachment.Hash : attachment.Hash;
        if (!File.Exists(files.PathOf(hash))) return Results.NotFound();
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        // Only pictures, whose pixels we have encoded ourselves, are shown; all else is saved.
        var disposition = new ContentDispositionHeaderValue(attachment.IsPicture ? "inline" : "attachment");
        disposition.SetHttpFileName(attachment.Name);
        headers.ContentDisposition = disposition.ToString();
        // Kept by caches, but never used without asking again: the right may be lost at any time.
        headers.CacheControl = found.IsPublic ? "public, no-cache" : "private, no-cache";
        headers.Vary = "Cookie";
        return Results.File(
            files.PathOf(hash),
            attachment.MediaType,
            entityTag: new EntityTagHeaderValue($"\"{hash}\""),
            enableRangeProcessing: true
        );
    }

    static async Task<IResult> Upload(HttpRequest request, AttachFiles attach, CurrentMember current, IStringLocalizer texts)
    {
        var form = await request.ReadFormAsync(request.HttpContext.RequestAborted);
        try
        {
            var file = form.Files["file"] ?? throw new FileRefused("files.refused.empty");
            await using var content = file.OpenReadStream();
            Guid? key = Guid.TryParse(form["key"], out var sent) ? sent : null;
            var attachment = await attach.Upload(
                current.Asking,
                content,
                FileName.OfForm(file.FileName),
                key,
                request.HttpContext.RequestAborted
            );
            return Results.Json(
                new
                {
                    attachment.Url,
                    attachment.Name,
                    attachment.Markdown,
                    attachment.IsPicture,
                }
            );
        }
        catch (FileRefused error)
        {
            return Results.Json(
                new { Refused = texts[error.Text, error.Arguments].Value }, statusCode: StatusCodes.Status422UnprocessableEntity);
        }
    }
}
