using Community.Kernel;
using Community.Members;
using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Localization;

namespace Community.Boards;

/// <summary>What the script of the writing pages sends while somebody types, and the buttons of the drafts' pages.</summary>
static class DraftEndpoints
{
    /// <summary>The script saves at most every few seconds.</summary>
    public const string Limit = "draft";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/drafts", Save).RequireAuthorization(BoardsPermissions.Write).RequireRateLimiting(Limit)
            .WithMetadata(new RequestSizeLimitAttribute(8 * Draft.MaxTextLength));
        app.MapPost("/drafts/{id:long}/discard", Discard).RequireAuthorization(BoardsPermissions.Write).RequireRateLimiting("post");
    }

    static async Task<IResult> Save(
        [FromForm] string? place, [FromForm] string? draft, [FromForm] string? key, [FromForm] string? title, [FromForm] string? text,
        SaveDraft save, CurrentMember current, IStringLocalizer texts)
    {
        if (DraftPlace.Parse(place) is not { } at) return Results.BadRequest();
        try
        {
            // Not cancelled by a page that is left: then the last words are sent.
            var saved = await save.Save(current.Asking, at, new(DraftToken.Parse(draft), title, text, key), default);
            return saved is null ? Results.NotFound()
                : Results.Json(new { Draft = saved.Token?.ToString(), saved.Key, saved.Other });
        }
        catch (Refused refused) when (refused is not Denied)
        {
            return Results.Json(new { Refused = texts[refused.Message].Value }, statusCode: StatusCodes.Status422UnprocessableEntity);
        }
    }

    static async Task<IResult> Discard(long id, SaveDraft save, CurrentMember current, Flash flash)
    {
        await save.Discard(current.Asking, id, default);
        flash.Say("boards.draft.discarded");
        return Results.LocalRedirect("/drafts");
    }
}
