using Community.Kernel;
using Community.Members;
using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Net.Http.Headers;

namespace Community.Boards;

/// <summary>Permalinks to posts, and the button "mark all as read".</summary>
static class ReadingEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/boards/{boardKey}/{topicId:long}/posts/{number:int}", ToPost);
        app.MapGet("/boards/{boardKey}/{topicId:long}/posts", ToPost);
        app.MapGet("/boards/{boardKey}/{topicId:long}/version", Version).RequireAuthorization(BoardsPermissions.Write)
            .WithMetadata(new WithoutTermsAttribute());
        app.MapPost("/boards/{boardKey}/read", MarkAll)
            .RequireAuthorization(BoardsPermissions.Write)
            .WithMetadata(new WithoutTermsAttribute());
    }

    /// <summary>
    /// Redirects to the topic's page with the post, in the reader's chosen view; or to the post's place of today, if it has left the topic.
    /// A number past the end leads to the last post.
    /// </summary>
    static async Task<IResult> ToPost(
        string boardKey,
        long topicId,
        int number,
        HttpContext http,
        Flash flash,
        SiteDb db,
        CurrentMember current,
        CancellationToken ct
    )
    {
        var topic = await db.Topics.AsNoTracking().VisibleTo(await current.Reader(ct)).Where(t => t.Id == topicId)
            .Select(t => new
            {
                t.Board.Key,
                t.Title,
                t.Board.View,
                Total = t.NextNumber - 1,
                Last = db.Set<Post>().Where(p => p.TopicId == t.Id).Max(p => p.Number),
                IsHere = db.Set<Post>().Any(p => p.TopicId == t.Id && p.Number == number),
            }).FirstOrDefaultAsync(ct);
        if (topic is not { IsHere: true } && await db.PlaceToday(await current.Reader(ct), topicId, number, ct) is { } place)
            return Results.LocalRedirect(place.Url);
        if (topic is null || number < 1) return Results.NotFound();
        if (!topic.IsHere) number = topic.Last;
        var page = await TopicPosts.PageOf(db, topicId, ChosenView.OfTopic(http, null, topic.View), number, topic.Total, ct);
        // What the reader just did to the post is reported above it.
        var to = flash.IsWaitingAt(PostDone.Above(topicId, number)) ? "done" : $"p{number}";
        return Results.LocalRedirect($"{Topic.PageOf(topic.Key, topicId, topic.Title)}{page}#{to}");
    }

    /// <summary>
    /// The numbers that the topic keeps, for the script of an open page: how many posts there ever were, and how many replies are read.
    /// Nothing is counted, and an unchanged version has no body.
    /// </summary>
    static async Task<IResult> Version(long topicId, HttpContext http, SiteDb db, CurrentMember current, CancellationToken ct)
    {
        var topic = await db.Topics.AsNoTracking().VisibleTo(await current.Reader(ct)).Where(t => t.Id == topicId)
            .Select(t => new { t.NextNumber, t.Replies }).FirstOrDefaultAsync(ct);
        if (topic is null) return Results.NotFound();
        var version = VersionOf(topic.NextNumber, topic.Replies);
        var tag = new EntityTagHeaderValue($"\"{version}\"");
        http.Response.Headers.CacheControl = "private, no-cache";
        if (!http.Request.GetTypedHeaders().IfNoneMatch.Any(t => t.Compare(tag, useStrongComparison: false)))
            return Results.Bytes(System.Text.Encoding.ASCII.GetBytes(version), "text/plain", entityTag: tag);
        http.Response.GetTypedHeaders().ETag = tag;
        return Results.StatusCode(StatusCodes.Status304NotModified);
    }

    internal static string VersionOf(int nextNumber, int replies) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{nextNumber - 1}-{replies}");

    static async Task<IResult> MarkAll(
        string boardKey,
        [FromForm] string? upto,
        SiteDb db,
        CurrentMember current,
        MarkRead mark,
        Flash flash,
        CancellationToken ct
    )
    {
        if (!await db.Boards.VisibleTo(current.Asking).AnyAsync(b => b.Key == boardKey, ct)) return Results.NotFound();
        // A form that does not say what its page showed marks nothing: show the page again.
        if (Horizon.Parse(upto) is not { } known) return Results.LocalRedirect($"/boards/{Uri.EscapeDataString(boardKey)}");
        if (!await mark.Board(current.Asking, boardKey, known, ct)) return Results.NotFound();
        flash.Say("boards.marked");
        return Results.LocalRedirect($"/boards/{Uri.EscapeDataString(boardKey)}");
    }
}
