using Community.Kernel;
using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Community.Members;

/// <summary>The buttons of staff about registrations and invitations.</summary>
static class RegisteringEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/staff/members/{id:long}/accept", Accept).RequireAuthorization(MembersPermissions.Edit);
        app.MapPost("/staff/invitations/{id:long}/end", End).RequireAuthorization(MembersPermissions.Edit);
    }

    static async Task<IResult> Accept(long id, Approvals approvals, CurrentMember current, Flash flash)
    {
        var done = await approvals.Accept(current.Asking, id);
        flash.Say(done ? new FlashMessage("approvals.done.accepted") : new("approvals.done.not") { Tone = FlashTone.Danger });
        return Results.LocalRedirect(ApprovalsPage.Url);
    }

    static async Task<IResult> End(long id, Invitations invitations, CurrentMember current, Flash flash)
    {
        await invitations.End(current.Asking, id);
        flash.Say("invitations.done.ended");
        return Results.LocalRedirect(InvitationsPage.Url);
    }
}
