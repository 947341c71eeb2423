using Community.Boards;
using Community.Kernel;
using Community.Members;
using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Community.Notifications;

/// <summary>The buttons by which members follow and mute.</summary>
static class FollowEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        Button(app.MapPost("/boards/{boardKey}/follow", OfBoard));
        Button(app.MapPost("/boards/{boardKey}/{topicId:long}/follow", OfTopic));
        Button(app.MapPost("/members/{handle}/mute", (string handle, Follow follow, CurrentMember current, Flash flash,
            CancellationToken ct) => Mute(handle, true, follow, current, flash, ct)));
        Button(app.MapPost("/members/{handle}/unmute", (string handle, Follow follow, CurrentMember current, Flash flash,
            CancellationToken ct) => Mute(handle, false, follow, current, flash, ct)));
        Button(app.MapPost("/notifications/followed/forget", Forget));

        static void Button(IEndpointConventionBuilder button) =>
            button.RequireAuthorization(BoardsPermissions.Write).RequireRateLimiting("post").WithMetadata(new WithoutTermsAttribute());
    }

    static async Task<IResult> OfBoard(
        string boardKey, [FromForm] string? level, Follow follow, CurrentMember current, Flash flash, CancellationToken ct)
    {
        if (LevelOf(level) is not { } wanted) return Results.BadRequest();
        if (!await follow.Board(current.Asking, boardKey, wanted, ct)) return Results.NotFound();
        flash.Say("follow.done.board." + wanted);
        return Results.LocalRedirect("/boards/" + Uri.EscapeDataString(boardKey));
    }

    static async Task<IResult> OfTopic(string boardKey, long topicId, [FromForm] string? level, Follow follow, CurrentMember current,
        Flash flash, CancellationToken ct)
    {
        if (LevelOf(level) is not { } wanted) return Results.BadRequest();
        if (!await follow.Topic(current.Asking, topicId, wanted, ct)) return Results.NotFound();
        flash.Say("follow.done.topic." + wanted);
        return Results.LocalRedirect(Topic.UrlOf(Uri.EscapeDataString(boardKey), topicId));
    }

    static async Task<IResult> Mute(string handle, bool on, Follow follow, CurrentMember current, Flash flash, CancellationToken ct)
    {
        if (!await follow.Mute(current.Asking, handle, on, ct)) return Results.NotFound();
        flash.Say(on ? "follow.done.muted" : "follow.done.unmuted");
        return Results.LocalRedirect("/members/" + Uri.EscapeDataString(handle));
    }

    // From the list of all, where things stand that the member may no longer read: nothing is asked of them.
    static async Task<IResult> Forget([FromForm] long? topic, [FromForm] long? board, [FromForm] string? member, Follow follow,
        CurrentMember current, Flash flash, CancellationToken ct)
    {
        if (topic is { } t) await follow.ForgetTopic(current.Asking, t, ct);
        if (board is { } b) await follow.ForgetBoard(current.Asking, b, ct);
        if (member is { } handle) await follow.Mute(current.Asking, handle, false, ct);
        flash.Say("follow.done.forgotten");
        return Results.LocalRedirect(FollowedPage.Url);
    }

    static FollowLevel? LevelOf(string? level) =>
        Enum.TryParse<FollowLevel>(level, out var wanted) && Enum.IsDefined(wanted) && wanted.ToString() == level ? wanted : null;
}
