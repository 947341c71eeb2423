using Community.Boards;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Search;

/// <summary>
/// The words of posts, as index and results read them. Posts that are hidden or deleted have none; who may read the others is asked at each
/// search, so a topic that is hidden, moved or restored needs no word changed.
/// </summary>
static class PostWords
{
    /// <summary>What is searched: the title (of an opening post the topic's) and the text without formatting and quotations.</summary>
    public static (string Title, string Text) Of(int number, string? title, string topicTitle, string text) =>
        (number == 1 ? topicTitle : title ?? "", Markup.ToWords(text));

    /// <summary>What the index is to have of these posts. Those that are gone are left out, as their keys are not known.</summary>
    public static async Task<List<IndexedPost>> Load(SiteDb db, IReadOnlyCollection<long> ids, CancellationToken ct)
    {
        var named = db.Posts.AsNoTracking().Where(p => ids.Contains(p.Id));
        var all = await named.Select(p => new { p.Id, p.At }).ToListAsync(ct);
        var present = await named.Present()
            .Select(p => new { p.Id, p.Number, p.Title, TopicTitle = p.Topic.Title, p.Text })
            .ToDictionaryAsync(p => p.Id, ct);
        return all.ConvertAll(p => new IndexedPost(
            IndexTable.KeyOf(p.At, p.Id),
            p.Id,
            present.TryGetValue(p.Id, out var post) ? GramsOf(Of(post.Number, post.Title, post.TopicTitle, post.Text)) : ""
        ));
    }

    static string GramsOf((string Title, string Text) words) => Grams.Of(Units.Of(words.Title), Units.Of(words.Text));
}
