using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>
/// A place that a post has left because its branch was split off or its topic merged. Numbers are never given to another post, so an old
/// address always names one post; its place of today stands in the post itself, so no chain is followed however often it moves.
/// </summary>
public sealed class FormerPlace
{
    public long TopicId { get; set; }
    public int Number { get; set; }
    public long PostId { get; set; }
    /// <summary>What it replied to there. Merged back, it replies to that again.</summary>
    public int? ParentNumber { get; set; }
    /// <summary>Its own title there, which the title of the topic it opens has replaced.</summary>
    public string? Title { get; set; }
    /// <summary>The title that its topic got at the split. Merged back with this title, the post has its own title again.</summary>
    public string? TopicTitle { get; set; }
}

/// <summary>Where a post stands today.</summary>
public sealed record Place(string BoardKey, long TopicId, int Number)
{
    public string Url => $"{Topic.UrlOf(BoardKey, TopicId)}/posts/{Number}";
}

/// <summary>Finds posts by the addresses that they had.</summary>
static class FormerPlaces
{
    /// <summary>Where the post stands today that had this number in this topic; null if it never left, or never was.</summary>
    public static Task<Place?> PlaceToday(this SiteDb db, long topicId, int number, CancellationToken ct) =>
        Today(db, Reader.Visitor, topicId, number, all: true, ct);

    /// <summary>The same, null also if the reader does not see that place.</summary>
    public static Task<Place?> PlaceToday(this SiteDb db, Reader reader, long topicId, int number, CancellationToken ct) =>
        Today(db, reader, topicId, number, all: false, ct);

    static Task<Place?> Today(SiteDb db, Reader reader, long topicId, int number, bool all, CancellationToken ct) =>
        (from former in db.FormerPlaces
         where former.TopicId == topicId && former.Number == number
         join post in all ? db.Posts : db.Posts.VisibleTo(reader) on former.PostId equals post.Id
         select new Place(post.Topic.Board.Key, post.TopicId, post.Number)).FirstOrDefaultAsync(ct);

    /// <summary>
    /// Acts on the post that a form names, wherever it stands by now: the post may be split off or merged while the form is written, and
    /// once more while the act waits for the topic's lock.
    /// </summary>
    /// <param name="db">The site's database, without an open change.</param>
    /// <param name="topicId">The topic that the form names.</param>
    /// <param name="number">The post's number there.</param>
    /// <param name="act">Acts on the post at a place, and finds whether it stands there.</param>
    /// <param name="found">Whether the act has found the post.</param>
    /// <param name="ct">Cancels it.</param>
    public static async Task<T> AtPlaceToday<T>(
        this SiteDb db, long topicId, int number, Func<long, int, Task<T>> act, Func<T, bool> found, CancellationToken ct)
    {
        var done = await act(topicId, number);
        if (found(done)) return done;
        var id = await db.FormerPlaces.Where(f => f.TopicId == topicId && f.Number == number).Select(f => (long?)f.PostId)
            .FirstOrDefaultAsync(ct)
            ?? await db.Posts.Where(p => p.TopicId == topicId && p.Number == number).Select(p => (long?)p.Id).FirstOrDefaultAsync(ct);
        if (id is null) return done;
        // At the same place twice, it is not found there because it may not be.
        for (Place? before = null; ;)
        {
            var now = await db.Posts.Where(p => p.Id == id).Select(p => new Place("", p.TopicId, p.Number)).FirstOrDefaultAsync(ct);
            if (now is null || now == before) return done;
            done = await act(now.TopicId, now.Number);
            if (found(done)) return done;
            before = now;
        }
    }

    /// <summary>
    /// Where an old address of a merged topic leads: to the first post of the page that it named, at the post's place of today. Null if
    /// the reader does not see it.
    /// </summary>
    public static async Task<Place?> PageToday(
        this SiteDb db, Reader reader, long topicId, int after, int before, CancellationToken ct)
    {
        var places = db.FormerPlaces.Where(f => f.TopicId == topicId);
        var number = before > 0
            ? await places.Where(f => f.Number < before).MaxAsync(f => (int?)f.Number, ct)
            : await places.Where(f => f.Number > after).MinAsync(f => (int?)f.Number, ct);
        return number is { } n ? await db.PlaceToday(reader, topicId, n, ct) : null;
    }
}
