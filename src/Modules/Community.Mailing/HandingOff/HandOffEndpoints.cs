using Community.Kernel;
using Community.Members;
using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Community.Mailing;

/// <summary>The buttons of a mailing that is, or may be, with the delivery engine.</summary>
static class HandOffEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var send = app.MapGroup("/staff/mailings/{id:long}/engine").RequireAuthorization(MailingPermissions.Send);
        send.MapPost("/back", (long id, CurrentMember me, DecideHandOff decide, Flash flash, CancellationToken ct) =>
            Done(flash, id, "back", decide.TakeBack(me.Asking, id, TakeBackReason.ForWebServers, ct)));
        send.MapPost("/edit", (long id, CurrentMember me, DecideHandOff decide, Flash flash, CancellationToken ct) =>
            Done(flash, id, "edit", decide.TakeBack(me.Asking, id, TakeBackReason.ForEdit, ct)));
        send.MapPost("/lost", (long id, CurrentMember me, DecideHandOff decide, Flash flash, CancellationToken ct) =>
            Done(flash, id, "lost", decide.TakeBack(me.Asking, id, TakeBackReason.GivenUp, ct)));
        send.MapPost("/rest", (long id, CurrentMember me, DecideHandOff decide, Flash flash, CancellationToken ct) =>
            Done(flash, id, "rest", decide.HandRest(me.Asking, id, ct)));
        app.MapPost("/staff/mailings/{id:long}/route", async (long id, HttpRequest request, CurrentMember me, DecideHandOff decide,
            Flash flash, CancellationToken ct) =>
        {
            var form = await request.ReadFormAsync(ct);
            if (!Enum.TryParse<MailingRoute>(form["route"], out var route) || !Enum.IsDefined(route)) return Results.BadRequest();
            return await Done(flash, id, "route", decide.Choose(me.Asking, id, route, ct));
        }).RequireAuthorization(MailingPermissions.Write);
    }

    static async Task<IResult> Done(Flash flash, long id, string what, Task act)
    {
        await act;
        flash.Say("mailing.engine.done." + what);
        return Results.LocalRedirect("/staff/mailings/" + id);
    }
}
