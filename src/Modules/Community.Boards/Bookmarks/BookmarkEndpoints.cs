using Community.Kernel;
using Community.Members;
using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Community.Boards;

/// <summary>The buttons for bookmarks: in each post, and in the member's list.</summary>
static class BookmarkEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        const string post = "/boards/{boardKey}/{topicId:long}/posts/{number:int}/";
        Button(app.MapPost(post + "bookmark", (long topicId, int number, KeepBookmark keep, CurrentMember current, Flash flash,
            CancellationToken ct) => InPost(topicId, number, true, keep, current, flash, ct)));
        Button(app.MapPost(post + "unbookmark", (long topicId, int number, KeepBookmark keep, CurrentMember current, Flash flash,
            CancellationToken ct) => InPost(topicId, number, false, keep, current, flash, ct)));
        Button(app.MapPost("/bookmarks/{id:long}/remove", Remove));
        Button(app.MapPost("/bookmarks/{id:long}/note", Note));

        static void Button(IEndpointConventionBuilder button) =>
            button.RequireAuthorization(BoardsPermissions.Write).RequireRateLimiting("post").WithMetadata(new WithoutTermsAttribute());
    }

    static async Task<IResult> InPost(
        long topicId, int number, bool on, KeepBookmark keep, CurrentMember current, Flash flash, CancellationToken ct)
    {
        if (await keep.In(current.Asking, topicId, number, on, ct) is not { } place) return Results.NotFound();
        flash.Say(new FlashMessage(on ? "boards.bookmark.done" : "boards.bookmark.undone", [])
        {
            At = PostDone.Above(place.TopicId, place.Number),
        });
        return Results.LocalRedirect(place.Url);
    }

    static async Task<IResult> Remove(long id, KeepBookmark keep, CurrentMember current, Flash flash, CancellationToken ct)
    {
        if (!await keep.Remove(current.Asking, id, ct)) return Results.NotFound();
        flash.Say("boards.bookmark.undone");
        return Results.LocalRedirect(BookmarksPage.Url);
    }

    static async Task<IResult> Note(
        long id, [FromForm] string? note, KeepBookmark keep, CurrentMember current, Flash flash, CancellationToken ct)
    {
        if (!await keep.Note(current.Asking, id, note, ct)) return Results.NotFound();
        flash.Say("boards.bookmark.noted");
        return Results.LocalRedirect(BookmarksPage.Url);
    }
}
