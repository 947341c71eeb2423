using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>
/// The title of a topic is among the words of the post that opens it, also after the topic was merged into another. With the post go those
/// that the moderation log and the post's former places have.
/// </summary>
static class EraseTitles
{
    /// <summary>Call it before the posts' own words are erased.</summary>
    /// <param name="db">The site's database, with an open change.</param>
    /// <param name="posts">The posts.</param>
    /// <param name="title">Stands for the title of a topic that has none any more.</param>
    /// <param name="ct">Cancels it.</param>
    public static async Task Of(SiteDb db, IQueryable<Post> posts, string title, CancellationToken ct)
    {
        var places = db.FormerPlaces.Where(f => posts.Any(p => p.Id == f.PostId));
        // What a post opens now, and what it opened until that was merged. A topic that others read is renamed by who erases its opening.
        var merged = await db.Topics
            .Where(t => t.MergedInto != null && places.Any(f => f.TopicId == t.Id && f.Number == 1))
            .Select(t => new { t.Id, t.Title }).ToListAsync(ct);
        var opened = await posts.Where(p => p.Number == 1).Select(p => new { p.TopicId, p.Topic.Title }).ToListAsync(ct);
        var former = await places.Where(f => f.TopicTitle != null || f.Title != null).Select(f => new { f.Title, f.TopicTitle })
            .ToListAsync(ct);
        HashSet<long> topics = [.. opened.Select(t => t.TopicId), .. merged.Select(t => t.Id)];
        if (topics.Count > 0 || former.Count > 0)
        {
            var ids = posts.Select(p => p.Id);
            var versions = await db.PostVersions.Where(v => v.Title != null && ids.Contains(v.PostId)).Select(v => v.Title!)
                .ToListAsync(ct);
            HashSet<string> titles =
            [
                .. opened.Select(t => t.Title), .. merged.Select(t => t.Title), .. versions,
                .. former.SelectMany(f => new[] { f.Title, f.TopicTitle }).OfType<string>(),
            ];
            await FromTo.Forget(db, topics, titles, ct);
        }
        var gone = merged.ConvertAll(t => t.Id);
        await db.Topics.Where(t => gone.Contains(t.Id)).ExecuteUpdateAsync(s => s.SetProperty(t => t.Title, title), ct);
        await places.ExecuteUpdateAsync(s => s.SetProperty(f => f.Title, (string?)null).SetProperty(f => f.TopicTitle, (string?)null), ct);
    }
}
