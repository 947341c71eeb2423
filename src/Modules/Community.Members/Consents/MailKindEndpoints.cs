using Community.Kernel;
using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>The buttons on the staff's list of kinds of mail, and the scans of consents on paper.</summary>
static class MailKindEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost(MailKindsPage.Url + "/{id:long}/place", Place).RequireAuthorization(MembersPermissions.MailKinds);
        app.MapPost(MailKindsPage.Url + "/{id:long}/end", End).RequireAuthorization(MembersPermissions.MailKinds);
        app.MapGet("/staff/members/{id:long}/consents/{proof:long}/scan", Scan).RequireAuthorization(MembersPermissions.Edit);
    }

    static async Task<IResult> Place(long id, [FromForm] bool up, SaveMailKind save, CurrentMember current, Flash flash)
    {
        if (!await save.Move(current.Asking, id, up)) return Results.NotFound();
        flash.Say("staff.kinds.done.placed");
        return Results.LocalRedirect(MailKindsPage.Url);
    }

    static async Task<IResult> End(long id, [FromForm] bool on, SaveMailKind save, CurrentMember current, Flash flash)
    {
        if (!await save.End(current.Asking, id, on)) return Results.NotFound();
        flash.Say(on ? "staff.kinds.done.ended" : "staff.kinds.done.resumed");
        return Results.LocalRedirect(MailKindsPage.Url);
    }

    // The paper bears a name and a signature: it is served to whoever may edit members, and each view is recorded.
    static async Task<IResult> Scan(long id, long proof, HttpContext http, SiteDb db, Files files, Audit audit, CancellationToken ct)
    {
        var scan = await db.ConsentProofs.Where(p => p.Id == proof && p.MemberId == id).Select(p => p.Scan).FirstOrDefaultAsync(ct);
        if (scan is null) return Results.NotFound();
        var hash = scan.Split('.')[0];
        var file = await db.Files.AsNoTracking()
            .FirstOrDefaultAsync(f => f.Hash == hash && f.Purpose == FilePurpose.Evidence, ct);
        if (file is null || !File.Exists(files.PathOf(hash))) return Results.NotFound();
        await audit.Read("members.consent-scan", [id], "consent-paper", ct: ct);
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        headers.ContentDisposition = "inline";
        headers.CacheControl = "no-store";
        return Results.File(files.PathOf(hash), file.MediaType);
    }
}
