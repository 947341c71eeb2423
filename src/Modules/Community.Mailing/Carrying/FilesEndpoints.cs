using Community.Kernel;
using Community.Members;
using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace Community.Mailing;

/// <summary>Saves a file that a mailing carries, for those who write mailings, and the buttons of its page.</summary>
static class FilesEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/staff/mailings/{id:long}/files").RequireAuthorization(MailingPermissions.Write);
        group.MapGet("/{hash}", Open);
        group.MapPost("/{hash}/remove", async (
            long id, string hash, [FromForm] int rev, ChangeMailFiles files, CurrentMember me, Flash flash, CancellationToken ct) =>
            Said(id, await files.Remove(me.Asking, id, rev, hash, ct), "mailing.files.removed", flash));
        group.MapPost("/pictures", async (
            long id, [FromForm] int rev, [FromForm] bool embeds, ChangeMailFiles files, CurrentMember me, Flash flash,
            CancellationToken ct) =>
            Said(id, await files.Embed(me.Asking, id, rev, embeds, ct), "mailing.saved", flash));
    }

    static IResult Said(long id, bool done, string text, Flash flash)
    {
        flash.Say(done ? new FlashMessage(text) : MailingDone.Late);
        return Results.LocalRedirect($"/staff/mailings/{id}/files");
    }

    static async Task<IResult> Open(long id, string hash, HttpContext http, SiteDb db, Files files, CancellationToken ct)
    {
        if (await db.FindMailing(id, ct) is not { } mailing) return Results.NotFound();
        if (mailing.Files.FirstOrDefault(f => f.Hash == hash) is not { } file || !File.Exists(files.PathOf(file.Hash)))
            return Results.NotFound();
        // Saved, never shown: what others have sent is not run on the site's own origin.
        http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        http.Response.Headers.CacheControl = "private, no-store";
        var disposition = new ContentDispositionHeaderValue("attachment");
        disposition.SetHttpFileName(file.Name);
        http.Response.Headers.ContentDisposition = disposition.ToString();
        return Results.File(files.PathOf(file.Hash), file.MediaType);
    }
}
