using System.Globalization;
using System.Text;
using Community.Boards;
using Community.Kernel;
using Community.Members;
using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace Community.Notifications;

/// <summary>The number for the script, the way to what a notice is of, and the button "mark all as read".</summary>
static class NoticeEndpoints
{
    public const string CountUrl = "/notifications/count";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(CountUrl, Count).RequireAuthorization(BoardsPermissions.Write).WithMetadata(new WithoutTermsAttribute());
        app.MapGet("/notifications/{id:long}", Open).RequireAuthorization(BoardsPermissions.Write);
        app.MapPost("/notifications/read", ReadAll).RequireAuthorization(BoardsPermissions.Write).RequireRateLimiting("post")
            .WithMetadata(new WithoutTermsAttribute());
        app.MapPost("/notifications/settings/feed-key", RenewFeedKey).RequireAuthorization(BoardsPermissions.Write)
            .RequireRateLimiting("account");
    }

    // The number came with the session: asking again costs that query alone, and an unchanged number no body.
    static IResult Count(HttpContext http)
    {
        var number = MemberNumber.Of(http).ToString(CultureInfo.InvariantCulture);
        http.Response.Headers.CacheControl = "private, no-cache";
        var tag = new EntityTagHeaderValue($"\"{number}\"");
        return FeedEndpoints.IsKnown(http.Request, tag)
            ? Unchanged(http, tag)
            : Results.Bytes(Encoding.ASCII.GetBytes(number), "text/plain", entityTag: tag);
    }

    internal static IResult Unchanged(HttpContext http, EntityTagHeaderValue tag)
    {
        http.Response.GetTypedHeaders().ETag = tag;
        return Results.StatusCode(StatusCodes.Status304NotModified);
    }

    static async Task<IResult> Open(long id, HttpContext http, MarkNotices mark, CurrentMember current, CancellationToken ct)
    {
        // What a browser fetches ahead, nobody has opened.
        if (!Visit.HasReader(http)) return Results.StatusCode(StatusCodes.Status204NoContent);
        return await mark.Opened(current.Asking, id, ct) is { } url ? Results.LocalRedirect(url) : Results.NotFound();
    }

    static async Task<IResult> ReadAll(
        [FromForm] long upto, MarkNotices mark, CurrentMember current, Flash flash, CancellationToken ct)
    {
        await mark.All(current.Asking, upto, ct);
        flash.Say("notices.done.read");
        return Results.LocalRedirect(NoticesPage.Url);
    }

    static async Task<IResult> RenewFeedKey(SaveNoticeSettings settings, CurrentMember current, Flash flash, CancellationToken ct)
    {
        await settings.RenewFeedKey(current.Asking, ct);
        flash.Say("notices.done.feed-key");
        return Results.LocalRedirect(NoticeSettingsPage.Url);
    }
}
