using Community.Kernel;
using Community.Members;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>
/// Addresses of the forum that a site has left lead to the posts that came of it, for good, and whatever paging, order or session they
/// name. Only for who may read the post: nobody learns from an old address what there is.
/// </summary>
static class OldForumEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        // Discourse: /t/slug/12/3, /t/12/3, /t/slug/12.
        app.MapGet("/t/{topic:long}/{number:int?}", (long topic, int? number, HttpContext http, SiteDb db, CurrentMember current) =>
            Discourse(topic, number, http, db, current)).AllowAnonymous();
        app.MapGet("/t/{slug}/{topic:long}/{number:int?}",
            (string slug, long topic, int? number, HttpContext http, SiteDb db, CurrentMember current) =>
                Discourse(topic, number, http, db, current)).AllowAnonymous();
        // phpBB, at the root or in a folder: viewtopic.php?f=2&t=34&start=20, viewtopic.php?p=123.
        app.MapGet("/viewtopic.php", PhpBb).AllowAnonymous();
        app.MapGet("/{folder}/viewtopic.php", PhpBb).AllowAnonymous();
    }

    static Task<IResult> Discourse(long topic, int? number, HttpContext http, SiteDb db, CurrentMember current) =>
        Redirect(
            http, db, current.Asking, number is > 0 and var n ? OldForums.DiscoursePost(topic, n) : null, OldForums.DiscourseTopic(topic));

    static Task<IResult> PhpBb([FromQuery] string? t, [FromQuery] string? p, HttpContext http, SiteDb db, CurrentMember current) =>
        // One that names nothing was the forum's.
        t is null && p is null ? Task.FromResult(Results.LocalRedirect("/boards", permanent: true))
        : Redirect(http, db, current.Asking, long.TryParse(p, out var post) ? OldForums.PhpBbPost(post) : null,
            long.TryParse(t, out var topic) ? OldForums.PhpBbTopic(topic) : null);

    static async Task<IResult> Redirect(HttpContext http, SiteDb db, Reader reader, string? post, string? topic)
    {
        var ct = http.RequestAborted;
        // Search engines keep it; no cache may, since the next reader may have less right, and topics are merged.
        http.Response.Headers.CacheControl = "no-store";
        var (key, thread) = (SourcePost.HashOf(post ?? ""), SourcePost.HashOf(topic ?? ""));
        var posts = db.Posts.AsNoTracking().VisibleTo(reader);
        var place = post is null ? null : await Find(db.ImportedPosts.Where(i => i.KeyHash == key && i.Thread != 0));
        // A post that is not there any more, or never was: to its topic, whose opening was written first.
        place ??= topic is null ? null : await Find(
            db.ImportedPosts.Where(i => i.Thread == thread && i.Thread != 0 && i.PostId != null).OrderBy(i => i.PostId).Take(1));
        return place is null ? Results.NotFound() : Results.LocalRedirect(place, permanent: true);

        async Task<string?> Find(IQueryable<ImportedPost> imported) =>
            await (from i in imported
                   join p in posts on i.PostId equals (long?)p.Id
                   orderby p.Id
                   select new { p.Topic.Board.Key, p.TopicId, p.Topic.Title, p.Number }).FirstOrDefaultAsync(ct) is not { } found ? null
                : found.Number == 1 ? Topic.PageOf(found.Key, found.TopicId, found.Title)
                : $"{Topic.UrlOf(found.Key, found.TopicId)}/posts/{found.Number}";
    }
}
