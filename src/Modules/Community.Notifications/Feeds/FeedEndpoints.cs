using System.Security.Cryptography;
using Community.Boards;
using Community.Kernel;
using Community.Members;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Community.Notifications;

/// <summary>
/// The latest posts of a board, topic or member as Atom (RFC 4287). What everybody reads has an address without a key. Each fetch asks anew
/// what its reader may read; an unchanged feed is answered without a body.
/// </summary>
static class FeedEndpoints
{
    const int MaxEntries = 30;
    /// <summary>The last posts of a topic, among which are its latest: an import gives old ones new numbers.</summary>
    const int MaxLookedAt = 1000;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/boards/{boardKey}/feed", (string boardKey, HttpContext http, Answering a, CurrentMember c, CancellationToken ct) =>
            a.Board(http, c.Asking, boardKey, ct)).WithMetadata(new WithoutTermsAttribute());
        app.MapGet("/boards/{boardKey}/{topicId:long}/feed",
            (string boardKey, long topicId, HttpContext http, Answering a, CurrentMember c, CancellationToken ct) =>
                a.Topic(http, c.Asking, topicId, ct)).WithMetadata(new WithoutTermsAttribute());
        app.MapGet("/feeds/{key}", (string key, HttpContext http, Answering a, CancellationToken ct) =>
            a.By(http, key, reader => a.All(http, reader, ct), ct)).WithMetadata(new WithoutTermsAttribute());
        app.MapGet("/feeds/{key}/boards/{boardKey}", (string key, string boardKey, HttpContext http, Answering a, CancellationToken ct) =>
            a.By(http, key, reader => a.Board(http, reader, boardKey, ct), ct)).WithMetadata(new WithoutTermsAttribute());
        app.MapGet("/feeds/{key}/boards/{boardKey}/{topicId:long}",
            (string key, string boardKey, long topicId, HttpContext http, Answering a, CancellationToken ct) =>
                a.By(http, key, reader => a.Topic(http, reader, topicId, ct), ct)).WithMetadata(new WithoutTermsAttribute());
        app.MapGet("/feeds/{key}/members/{handle}", (string key, string handle, HttpContext http, Answering a, CancellationToken ct) =>
            a.By(http, key, reader => a.Member(http, reader, handle, ct), ct)).WithMetadata(new WithoutTermsAttribute());
    }

    /// <summary>Whether the request says that its sender has the answer already (RFC 9110 §13.1.2).</summary>
    public static bool IsKnown(HttpRequest request, EntityTagHeaderValue tag) =>
        request.GetTypedHeaders().IfNoneMatch.Any(t => t.Equals(EntityTagHeaderValue.Any) || t.Compare(tag, useStrongComparison: false));

    /// <summary>Finds the posts of a feed and writes it.</summary>
    public sealed class Answering(SiteDb db, FeedKeys keys, IStringLocalizer texts, IOptions<CommunityOptions> options)
    {
        public async Task<IResult> By(HttpContext http, string key, Func<Reader, Task<IResult>> answer, CancellationToken ct)
        {
            SecretAddress.Keep(http);
            return await keys.Read(key, ct) is { } reader ? await answer(reader) : Results.NotFound();
        }

        public async Task<IResult> Board(HttpContext http, Reader reader, string boardKey, CancellationToken ct)
        {
            var board = await db.Boards.AsNoTracking().VisibleTo(reader).FirstOrDefaultAsync(b => b.Key == boardKey, ct);
            return board is null ? Results.NotFound()
                : await Write(http, reader, db.Posts.Where(p => p.BoardId == board.Id), board.Name, board.Url, ct);
        }

        public async Task<IResult> Topic(HttpContext http, Reader reader, long id, CancellationToken ct)
        {
            var topic = await db.Topics.AsNoTracking().VisibleTo(reader).Where(t => t.Id == id && t.HiddenAt == null)
                .Select(t => new { t.Title, t.Board.Key, t.NextNumber }).FirstOrDefaultAsync(ct);
            return topic is null ? Results.NotFound()
                : await Write(http, reader, db.Posts.Where(p => p.TopicId == id && p.Number > topic.NextNumber - MaxLookedAt), topic.Title,
                    Boards.Topic.UrlOf(topic.Key, id), ct,
                    Boards.Topic.PageOf(topic.Key, id, topic.Title));
        }

        public async Task<IResult> Member(HttpContext http, Reader reader, string handle, CancellationToken ct)
        {
            if (!reader.May(MembersPermissions.Meet))
                return Results.NotFound();
            var member = await db
                .Members.AsNoTracking()
                .FirstOrDefaultAsync(
                    m => m.Handle == handle && m.ConfirmedAt != null && m.SuspendedAt == null && m.LeavingSince == null,
                    ct
                );
            return member is null
                ? Results.NotFound()
                : await Write(http, reader, WrittenHere.Where(p => p.AuthorId == member.Id), member.Name, member.Url, ct);
        }

        public Task<IResult> All(HttpContext http, Reader reader, CancellationToken ct) =>
            Write(http, reader, WrittenHere, texts["notices.feeds.all"], "/boards", ct);

        /// <summary>Of all posts only these have an index by time; what an import brought is old, and news to nobody.</summary>
        IQueryable<Post> WrittenHere => db.Posts.Where(p => p.ImportId == null);

        /// <param name="http">The request.</param>
        /// <param name="reader">Whose feed it is.</param>
        /// <param name="posts">Of which posts.</param>
        /// <param name="title">Its title.</param>
        /// <param name="url">What it is of, which stays when the title changes: the feed's id.</param>
        /// <param name="ct">Cancels it.</param>
        /// <param name="page">The address of that page, if it is another.</param>
        async Task<IResult> Write(
            HttpContext http, Reader reader, IQueryable<Post> posts, string title, string url, CancellationToken ct, string? page = null)
        {
            var found = posts.AsNoTracking().VisibleTo(reader).Present().Where(p => p.Topic.HiddenAt == null);
            if (reader.Id is { } member && db.MutedBy(member) is var muted) found = found.Where(p => !muted.Contains(p.AuthorId ?? 0));
            var entries = await found.OrderByDescending(p => p.At).ThenByDescending(p => p.Id).Take(MaxEntries)
                .Select(p => new FeedEntry(p.TopicId, p.Number, p.Topic.Board.Key, p.Title ?? p.Topic.Title,
                    p.HtmlVersion == Markup.Version ? p.Html : null, p.HtmlVersion == Markup.Version ? "" : p.Text, p.At, p.EditedAt,
                    p.Author!.Name ?? p.GuestName)).ToListAsync(ct);
            var feed = new AtomFeed($"{title} – {db.Site.Name}", url, page ?? url, options.Value.UrlOf(db.Site, "/"),
                options.Value.UrlOf(db.Site, http.Request.Path), texts["boards.author.gone"]);
            var bytes = feed.Write(entries);
            var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes)[..12])}\"");
            http.Response.Headers.CacheControl = reader.IsMember ? "private, no-cache" : "no-cache";
            http.Response.Headers.Vary = "Cookie, Accept-Language";
            return IsKnown(http.Request, tag) ? NoticeEndpoints.Unchanged(http, tag)
                : Results.Bytes(bytes, "application/atom+xml; charset=utf-8", entityTag: tag);
        }
    }
}
