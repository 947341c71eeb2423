using Community.Kernel;
using Community.Members;
using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Community.Mailing;

/// <summary>The buttons of those who approve mailings.</summary>
static class ApprovalEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/staff/mailings/{id:long}").RequireAuthorization(MailingPermissions.Approve);
        group.MapPost("/approve", async (
            long id, [FromForm] int rev, ApproveMailing approve, CurrentMember me, Flash flash, CancellationToken ct) =>
        {
            await approve.Approve(me.Asking, id, rev, ct);
            flash.Say("mailing.approved");
            return Results.LocalRedirect("/staff/mailings/" + id);
        });
        group.MapPost("/decline", async (
            long id, [FromForm] int rev, [FromForm] string? reason, ApproveMailing approve, CurrentMember me, Flash flash,
            CancellationToken ct) =>
        {
            await approve.Decline(me.Asking, id, rev, reason, ct);
            flash.Say("mailing.declined");
            return Results.LocalRedirect("/staff/mailings/" + id);
        });
    }
}
