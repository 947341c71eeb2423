using Community.Kernel;
using Community.Members;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>The moderators' buttons. What wants a reason or a choice has a page.</summary>
static class ModerationEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var topic = app.MapGroup("/boards/{boardKey}/{topicId:long}").RequireAuthorization(BoardsPermissions.Moderate);
        topic.MapPost(
            "/pin",
            (string boardKey, long topicId, Moderate moderate, CurrentMember current, CancellationToken ct) =>
                Do(current, boardKey, topicId, ModerationAct.Pin, r => moderate.Pin(r, topicId, true, ct))
        );
        topic.MapPost(
            "/unpin",
            (string boardKey, long topicId, Moderate moderate, CurrentMember current, CancellationToken ct) =>
                Do(current, boardKey, topicId, ModerationAct.Unpin, r => moderate.Pin(r, topicId, false, ct))
        );
        topic.MapPost(
            "/lock",
            (string boardKey, long topicId, Moderate moderate, CurrentMember current, CancellationToken ct) =>
                Do(current, boardKey, topicId, ModerationAct.Lock, r => moderate.Lock(r, topicId, true, ct))
        );
        topic.MapPost(
            "/unlock",
            (string boardKey, long topicId, Moderate moderate, CurrentMember current, CancellationToken ct) =>
                Do(current, boardKey, topicId, ModerationAct.Unlock, r => moderate.Lock(r, topicId, false, ct))
        );
        topic.MapPost(
            "/restore",
            (string boardKey, long topicId, Moderate moderate, CurrentMember current, CancellationToken ct) =>
                Do(current, boardKey, topicId, ModerationAct.RestoreTopic, r => moderate.RestoreTopic(r, topicId, ct))
        );
        topic.MapPost(
            "/posts/{number:int}/restore",
            (string boardKey, long topicId, int number, Moderate moderate, CurrentMember current, CancellationToken ct) =>
                Do(
                    current,
                    boardKey,
                    topicId,
                    ModerationAct.RestorePost,
                    r => moderate.RestorePost(r, topicId, number, ct),
                    $"/posts/{number}"
                )
        );
        app.MapPost("/staff/reports/{id:long}/dismiss", Dismiss).RequireAuthorization(BoardsPermissions.Moderate);
        app.MapPost("/staff/reports/{id:long}/reopen", Reopen).RequireAuthorization(BoardsPermissions.Moderate);
    }

    static async Task<IResult> Do(
        CurrentMember current,
        string boardKey,
        long topicId,
        ModerationAct act,
        Func<Reader, Task<bool>> does,
        string to = ""
    )
    {
        return await does(current.Asking)
            ? Results.LocalRedirect($"{Topic.UrlOf(Uri.EscapeDataString(boardKey), topicId)}{to}?did={act}")
            : Results.NotFound();
    }

    static async Task<IResult> Dismiss(long id, Moderate moderate, CurrentMember current, CancellationToken ct)
    {
        return await moderate.Dismiss(current.Asking, id, ct)
            ? Results.LocalRedirect($"/staff/reports?did={ModerationAct.DismissReport}&report={id}")
            : Results.NotFound();
    }

    static async Task<IResult> Reopen(long id, Moderate moderate, CurrentMember current, CancellationToken ct)
    {
        return await moderate.Reopen(current.Asking, id, ct)
            ? Results.LocalRedirect($"/staff/reports?did={ModerationAct.ReopenReport}")
            : Results.NotFound();
    }
}
