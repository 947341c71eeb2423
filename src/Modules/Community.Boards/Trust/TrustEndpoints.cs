using Community.Kernel;
using Community.Members;
using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Community.Boards;

/// <summary>The button in a member's dossier.</summary>
static class TrustEndpoints
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/staff/boards/members/{id:long}/trust", Set).RequireAuthorization(BoardsPermissions.Moderate);

    static async Task<IResult> Set(
        long id,
        [FromForm] string? level,
        [FromForm] string? reason,
        SetTrust set,
        CurrentMember current,
        Flash flash,
        CancellationToken ct
    )
    {
        TrustLevel? chosen = Enum.TryParse<TrustLevel>(level, out var given) && Enum.IsDefined(given) ? given : null;
        if (chosen is null && !string.IsNullOrEmpty(level)) return Results.BadRequest();
        if (!await set.Of(current.Asking, id, chosen, reason, ct)) return Results.NotFound();
        flash.Say("boards.trust.done");
        return Results.LocalRedirect(DossierPage.UrlOf(id));
    }
}
