using Community.Kernel;
using Community.Members;
using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Localization;

namespace Community.Boards;

/// <summary>The buttons of reactions in each post, and those of the staff's list.</summary>
static class ReactionEndpoints
{
    public const string Limit = "react";

    public static void Map(IEndpointRouteBuilder app)
    {
        const string post = "/boards/{boardKey}/{topicId:long}/posts/{number:int}/";
        Button(app.MapPost(post + "react/{reaction:long}", (long topicId, int number, long reaction, HttpContext http, Buttons buttons,
            CancellationToken ct) => buttons.Press(http, topicId, number, reaction, true, ct)));
        Button(app.MapPost(post + "unreact/{reaction:long}", (long topicId, int number, long reaction, HttpContext http, Buttons buttons,
            CancellationToken ct) => buttons.Press(http, topicId, number, reaction, false, ct)));
        app.MapPost("/staff/boards/reactions/{id:long}/place", Place).RequireAuthorization(BoardsPermissions.Manage);
        app.MapPost("/staff/boards/reactions/{id:long}/retire", Retire).RequireAuthorization(BoardsPermissions.Manage);

        static void Button(IEndpointConventionBuilder button) =>
            button.RequireAuthorization(BoardsPermissions.Write).RequireRateLimiting(Limit);
    }

    /// <summary>Answers a pressed button: with the post's page, or to the script with what the post shows now.</summary>
    public sealed class Buttons(React react, SiteReactions reactions, CurrentMember current, Flash flash, IStringLocalizer texts)
    {
        public async Task<IResult> Press(HttpContext http, long topicId, int number, long reaction, bool on, CancellationToken ct)
        {
            if (await react.To(current.Asking, topicId, number, reaction, on, ct) is not { } done) return Results.NotFound();
            var all = await reactions.All(ct);
            if (http.Request.Headers.Accept == "application/json")
                return Results.Json(new { html = ReactionRow.Of(all, done.Counts, done.Own, done.Place.Url, true, texts).Value ?? "" });
            if (on && all.FirstOrDefault(r => r.Id == reaction) is { } given)
                flash.Say(new FlashMessage("boards.reaction.done", [$"{given.Emoji} {given.Name}"])
                {
                    At = PostDone.Above(done.Place.TopicId, done.Place.Number),
                });
            return Results.LocalRedirect(done.Place.Url);
        }
    }

    static async Task<IResult> Place(
        long id, [FromForm] bool up, SaveReaction save, CurrentMember current, Flash flash, CancellationToken ct)
    {
        if (!await save.Move(current.Asking, id, up, ct)) return Results.NotFound();
        flash.Say("boards.reactions.done.placed");
        return Results.LocalRedirect(ReactionsPage.Url);
    }

    static async Task<IResult> Retire(
        long id, [FromForm] bool on, SaveReaction save, CurrentMember current, Flash flash, CancellationToken ct)
    {
        if (!await save.Retire(current.Asking, id, on, ct)) return Results.NotFound();
        flash.Say(on ? "boards.reactions.done.retired" : "boards.reactions.done.offered");
        return Results.LocalRedirect(ReactionsPage.Url);
    }
}
