using Community.Kernel;
using Community.Members;
using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Community.Mailing;

/// <summary>The buttons of chains.</summary>
static class ChainEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var chain = app.MapGroup("/staff/mailings/chains/{id:long}");
        chain.MapPost("/start", (long id, SaveChain save, CurrentMember me, Flash flash, CancellationToken ct) =>
            Done(save.Switch(me.Asking, id, true, ct), id, "mailing.chain.started", flash)).RequireAuthorization(MailingPermissions.Send);
        chain.MapPost("/stop", (long id, SaveChain save, CurrentMember me, Flash flash, CancellationToken ct) =>
            Done(save.Switch(me.Asking, id, false, ct), id, "mailing.chain.stopped", flash)).RequireAuthorization(MailingPermissions.Send);
        chain.MapPost("/delete", (long id, SaveChain save, CurrentMember me, Flash flash, CancellationToken ct) =>
            Done(save.Delete(me.Asking, id, ct), null, "mailing.chain.deleted", flash)).RequireAuthorization(MailingPermissions.Write);
    }

    static async Task<IResult> Done(Task act, long? id, string said, Flash flash)
    {
        await act;
        flash.Say(said);
        return Results.LocalRedirect("/staff/mailings/chains" + (id is null ? "" : "/" + id));
    }
}
