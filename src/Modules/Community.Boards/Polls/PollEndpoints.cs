using Community.Kernel;
using Community.Members;
using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Community.Boards;

/// <summary>The buttons of a poll: voting, ending it, taking it away.</summary>
static class PollEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        const string poll = "/boards/{boardKey}/{topicId:long}/poll/";
        Button(app.MapPost(poll + "vote", Press));
        Button(app.MapPost(poll + "close", Close));
        Button(app.MapPost(poll + "delete", Delete));

        static void Button(IEndpointConventionBuilder button) =>
            button.RequireAuthorization(BoardsPermissions.Write).RequireRateLimiting("post");
    }

    static async Task<IResult> Press(
        long topicId,
        [FromForm] int[] option,
        [FromForm] bool? back,
        Vote vote,
        CurrentMember current,
        Flash flash,
        CancellationToken ct
    )
    {
        if (await vote.In(current.Asking, topicId, back is true ? [] : option, ct) is not { } url) return Results.NotFound();
        flash.Say(new FlashMessage(back is true ? "boards.poll.done.back" : "boards.poll.done.voted") { At = "poll" });
        return Results.LocalRedirect(url + "#poll");
    }

    static async Task<IResult> Close(
        string boardKey, long topicId, [FromForm] bool on, SavePoll save, CurrentMember current, Flash flash, CancellationToken ct)
    {
        if (!await save.Close(current.Asking, topicId, on, ct)) return Results.NotFound();
        flash.Say(new FlashMessage(on ? "boards.poll.done.closed" : "boards.poll.done.opened") { At = "poll" });
        return Results.LocalRedirect(Topic.UrlOf(Uri.EscapeDataString(boardKey), topicId) + "#poll");
    }

    static async Task<IResult> Delete(
        string boardKey, long topicId, SavePoll save, CurrentMember current, Flash flash, CancellationToken ct)
    {
        if (!await save.Delete(current.Asking, topicId, ct)) return Results.NotFound();
        flash.Say("boards.poll.done.deleted");
        return Results.LocalRedirect(Topic.UrlOf(Uri.EscapeDataString(boardKey), topicId));
    }
}
