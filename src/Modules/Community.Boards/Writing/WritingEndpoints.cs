using Community.Kernel;
using Community.Members;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>
/// What the script of the writing pages asks while somebody types. They are posted, so that they are limited as posts are.
/// </summary>
static class WritingEndpoints
{
    public const string Limit = "typing";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/boards/{boardKey}/preview", Preview).RequireAuthorization(BoardsPermissions.Write).RequireRateLimiting(Limit);
        app.MapPost("/boards/{boardKey}/names", Names).RequireAuthorization(MembersPermissions.Meet).RequireRateLimiting(Limit);
    }

    static async Task<IResult> Names(
        string boardKey,
        [FromForm] string? typed,
        Completion completion,
        CurrentMember current,
        CancellationToken ct
    ) => await completion.Of(await current.Reader(ct), boardKey, typed ?? "", ct) is { } names ? Results.Json(names) : Results.NotFound();

    /// <summary>The text as the post would show it, for the preview beside the box.</summary>
    static async Task<IResult> Preview(
        string boardKey,
        [FromForm] string? text,
        SiteDb db,
        Mentions mentions,
        LinkCardsOfPage cards,
        CurrentMember current,
        CancellationToken ct
    )
    {
        if (!await db.Boards.VisibleTo(await current.Reader(ct)).AnyAsync(b => b.Key == boardKey, ct)) return Results.NotFound();
        var typed = Truncate.To(PostText.MaxTextLength, text ?? "");
        try { typed = (await mentions.Links(typed, null, ct)).Text; }
        catch (Refused) { /* Too many names: the answer to the form says so. */ }
        var html = Markup.ToHtml(typed);
        return Results.Text((await cards.Of([html], ct)).In(html), "text/html");
    }
}
