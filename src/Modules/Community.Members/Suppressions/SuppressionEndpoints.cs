using System.Globalization;
using System.Text;
using Community.Kernel;
using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>The list of suppressed addresses as a file, and taking one out.</summary>
static class SuppressionEndpoints
{
    /// <summary>The heading of the column that an import reads again.</summary>
    public const string HashColumn = "address_hash";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(SuppressionsPage.Url + "/file", File).RequireAuthorization(MembersPermissions.Edit);
        app.MapPost(SuppressionsPage.Url + "/take-out", TakeOut).RequireAuthorization(MembersPermissions.Edit);
    }

    /// <summary>No address stands in it, as none is kept. Imported again, also after a restore, it says the same.</summary>
    static async Task File(HttpContext http, SiteDb db, Audit audit, CancellationToken ct)
    {
        await audit.Read("members.suppressions-file", [], "suppressions", ct: ct);
        http.Response.ContentType = "text/csv; charset=utf-8";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"{db.Site.Key}-suppressions.csv\"";
        http.Response.Headers.CacheControl = "no-store";
        await http.Response.WriteAsync(HashColumn + ",reason,since,until\r\n", ct);
        var lines = new StringBuilder();
        await foreach (var row in db.Suppressions.AsNoTracking().OrderBy(s => s.Id).AsAsyncEnumerable().WithCancellation(ct))
        {
            lines.Append(CultureInfo.InvariantCulture, $"{row.AddressHash},{row.Reason},{row.At:O},{row.Until:O}\r\n");
            if (lines.Length < 16_000) continue;
            await http.Response.WriteAsync(lines.ToString(), ct);
            lines.Clear();
        }
        await http.Response.WriteAsync(lines.ToString(), ct);
    }

    static async Task<IResult> TakeOut(
        KeepSuppressions keep, CurrentMember current, Flash flash, CancellationToken ct, [FromForm] string? hash, [FromForm] string? why)
    {
        var done = await keep.TakeOut(current.Asking, hash ?? "", why, ct);
        flash.Say(new FlashMessage(done ? "staff.suppression.lifted" : "staff.suppression.not-lifted")
        { Tone = done ? FlashTone.Ok : FlashTone.Warn });
        return Results.LocalRedirect(SuppressionsPage.Url);
    }
}
