using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Community.Members;

/// <summary>The buttons on the staff's pages of attributes.</summary>
static class AttributeEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var attribute = app.MapGroup("/staff/attributes/{id:long}");
        attribute.MapPost("/place", Place).RequireAuthorization(MembersPermissions.Attributes);
        attribute.MapPost("/retire", Retire).RequireAuthorization(MembersPermissions.Attributes);
        attribute.MapPost("/restore", Restore).RequireAuthorization(MembersPermissions.Attributes);
        app.MapPost("/staff/kept-aside/{id:long}/discard", Discard).RequireAuthorization(MembersPermissions.Edit);
    }

    static async Task<IResult> Place(
        long id,
        [FromForm] bool up,
        SaveAttribute attributes,
        CurrentMember current,
        Flash flash,
        CancellationToken ct
    ) => await attributes.Move(current.Asking, id, up, ct) ? Back(flash, "attributes.done.placed") : Results.NotFound();

    static async Task<IResult> Retire(long id, SaveAttribute attributes, CurrentMember current, Flash flash, CancellationToken ct) =>
        await attributes.Retire(current.Asking, id, true, ct) ? Back(flash, "attributes.done.retired") : Results.NotFound();

    static async Task<IResult> Restore(long id, SaveAttribute attributes, CurrentMember current, Flash flash, CancellationToken ct) =>
        await attributes.Retire(current.Asking, id, false, ct) ? Back(flash, "attributes.done.restored") : Results.NotFound();

    static async Task<IResult> Discard(long id, DiscardKeptAside discard, CurrentMember current, Flash flash, CancellationToken ct)
    {
        if (await discard.Do(current.Asking, id, ct) is not { } member) return Results.NotFound();
        flash.Say("attributes.done.discarded");
        return Results.LocalRedirect($"/staff/members/{member}");
    }

    static IResult Back(Flash flash, string said)
    {
        flash.Say(said);
        return Results.LocalRedirect("/staff/attributes");
    }
}
