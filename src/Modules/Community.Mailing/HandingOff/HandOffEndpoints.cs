using Community.Kernel;
using Community.Members;
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
        send.MapPost("/back", (long id, CurrentMember me, DecideHandOff decide, CancellationToken ct) =>
            Done(id, decide.TakeBack(me.Asking, id, TakeBackReason.ForWebServers, ct)));
        send.MapPost("/edit", (long id, CurrentMember me, DecideHandOff decide, CancellationToken ct) =>
            Done(id, decide.TakeBack(me.Asking, id, TakeBackReason.ForEdit, ct)));
        send.MapPost("/lost", (long id, CurrentMember me, DecideHandOff decide, CancellationToken ct) =>
            Done(id, decide.TakeBack(me.Asking, id, TakeBackReason.GivenUp, ct)));
        send.MapPost("/rest", (long id, CurrentMember me, DecideHandOff decide, CancellationToken ct) =>
            Done(id, decide.HandRest(me.Asking, id, ct)));
        app.MapPost("/staff/mailings/{id:long}/route", async (long id, HttpRequest request, CurrentMember me, DecideHandOff decide,
            CancellationToken ct) =>
        {
            var form = await request.ReadFormAsync(ct);
            if (!Enum.TryParse<MailingRoute>(form["route"], out var route) || !Enum.IsDefined(route)) return Results.BadRequest();
            return await Done(id, decide.Choose(me.Asking, id, route, ct));
        }).RequireAuthorization(MailingPermissions.Write);
    }

    static async Task<IResult> Done(long id, Task act)
    {
        await act;
        return Results.LocalRedirect("/staff/mailings/" + id);
    }
}
