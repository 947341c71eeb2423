using Community.Kernel;
using Community.Members;
using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>The moderators' buttons. Actions that need a reason or a choice have a page instead.</summary>
static class ModerationEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var topic = app.MapGroup("/boards/{boardKey}/{topicId:long}").RequireAuthorization(BoardsPermissions.ModerateSome);
        topic.MapPost(
            "/pin",
            (string boardKey, long topicId, Moderate moderate, CurrentMember current, Flash flash, CancellationToken ct) =>
                Do(current, flash, boardKey, topicId, ModerationAct.Pin, r => moderate.Pin(r, topicId, true, ct))
        );
        topic.MapPost(
            "/unpin",
            (string boardKey, long topicId, Moderate moderate, CurrentMember current, Flash flash, CancellationToken ct) =>
                Do(current, flash, boardKey, topicId, ModerationAct.Unpin, r => moderate.Pin(r, topicId, false, ct))
        );
        topic.MapPost(
            "/lock",
            (string boardKey, long topicId, Moderate moderate, CurrentMember current, Flash flash, CancellationToken ct) =>
                Do(current, flash, boardKey, topicId, ModerationAct.Lock, r => moderate.Lock(r, topicId, true, ct))
        );
        topic.MapPost(
            "/unlock",
            (string boardKey, long topicId, Moderate moderate, CurrentMember current, Flash flash, CancellationToken ct) =>
                Do(current, flash, boardKey, topicId, ModerationAct.Unlock, r => moderate.Lock(r, topicId, false, ct))
        );
        topic.MapPost(
            "/archive",
            (string boardKey, long topicId, Moderate moderate, CurrentMember current, Flash flash, CancellationToken ct) =>
                Do(current, flash, boardKey, topicId, ModerationAct.ArchiveTopic, r => moderate.Archive(r, topicId, true, ct))
        );
        topic.MapPost(
            "/unarchive",
            (string boardKey, long topicId, Moderate moderate, CurrentMember current, Flash flash, CancellationToken ct) =>
                Do(current, flash, boardKey, topicId, ModerationAct.UnarchiveTopic, r => moderate.Archive(r, topicId, false, ct))
        );
        topic.MapPost(
            "/restore",
            (string boardKey, long topicId, Moderate moderate, CurrentMember current, Flash flash, CancellationToken ct) =>
                Do(current, flash, boardKey, topicId, ModerationAct.RestoreTopic, r => moderate.RestoreTopic(r, topicId, ct))
        );
        topic.MapPost(
            "/posts/{number:int}/restore",
            (string boardKey, long topicId, int number, Moderate moderate, CurrentMember current, Flash flash, CancellationToken ct) =>
                Do(
                    current,
                    flash,
                    boardKey,
                    topicId,
                    ModerationAct.RestorePost,
                    r => moderate.RestorePost(r, topicId, number, ct),
                    number
                )
        );
        app.MapPost("/staff/reports/{id:long}/dismiss", Dismiss).RequireAuthorization(BoardsPermissions.ModerateSome);
        app.MapPost("/staff/reports/{id:long}/reopen", Reopen).RequireAuthorization(BoardsPermissions.ModerateSome);
    }

    static async Task<IResult> Do(
        CurrentMember current,
        Flash flash,
        string boardKey,
        long topicId,
        ModerationAct act,
        Func<Reader, Task<bool>> does,
        int? number = null
    )
    {
        if (!await does(current.Asking)) return Results.NotFound();
        var topic = Topic.UrlOf(Uri.EscapeDataString(boardKey), topicId);
        var done = ModerationDone.Of(act, topic, number);
        flash.Say(number is { } post ? done with { At = PostDone.Above(topicId, post) } : done);
        return Results.LocalRedirect(number is null ? topic : $"{topic}/posts/{number}");
    }

    static async Task<IResult> Dismiss(long id, Moderate moderate, CurrentMember current, Flash flash, CancellationToken ct)
    {
        if (!await moderate.Dismiss(current.Asking, id, ct)) return Results.NotFound();
        flash.Say(ModerationDone.OfReport(ModerationAct.DismissReport, id));
        return Results.LocalRedirect("/staff/reports");
    }

    static async Task<IResult> Reopen(long id, Moderate moderate, CurrentMember current, Flash flash, CancellationToken ct)
    {
        if (!await moderate.Reopen(current.Asking, id, ct)) return Results.NotFound();
        flash.Say(ModerationDone.OfReport(ModerationAct.ReopenReport, id));
        return Results.LocalRedirect("/staff/reports");
    }
}
