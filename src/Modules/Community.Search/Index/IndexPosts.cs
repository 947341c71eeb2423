using Community.Boards;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Search;

/// <summary>
/// Keeps the site's indexes, also one that is being built, up to date with the posts. It reads each post anew, so an event handled
/// twice or late does no harm.
/// </summary>
public sealed class IndexPosts(SiteDb db) : IEventHandler
{
    public static readonly Type[] Reads =
    [
        typeof(PostPublished),
        typeof(PostsImported),
        typeof(ImportUndone),
        typeof(PostEdited),
        // Of a topic that is hidden, of which PostEdited does not tell: it may be restored.
        typeof(PostCorrected),
        typeof(PostHidden),
        typeof(PostRestored),
        typeof(PostDeleted),
        // What opens a topic has its title.
        typeof(TopicSplit),
        typeof(TopicsMerged),
        typeof(MemberErased),
    ];

    public async Task Handle(IReadOnlyList<PublishedEvent> events, CancellationToken ct)
    {
        var ids = events.Select(e => PostOf(e.Event)).OfType<long>().ToHashSet();
        var merged = events.Select(e => e.Event).OfType<TopicsMerged>().Select(t => t.TopicId).ToList();
        foreach (var step in events.Select(e => e.Event).OfType<PostsImported>())
            ids.UnionWith(
                await db.Posts.Where(p => p.ImportId == step.ImportId && p.Id >= step.FirstPostId && p.Id <= step.LastPostId)
                    .Select(p => p.Id).ToListAsync(ct));
        if (merged.Count > 0)
            ids.UnionWith(
                await db.FormerPlaces.Where(f => merged.Contains(f.TopicId) && f.Number == 1).Select(f => f.PostId).ToListAsync(ct)
            );
        // With the rows locked, no building reads a post before this commit and writes it after.
        var indexes = await db.LockedWhere<SearchIndex>(_ => true, ct);
        if (indexes.Count == 0) return;
        var posts = await PostWords.Load(db, ids, ct);
        posts.AddRange(events.Select(e => e.Event).OfType<ImportUndone>()
            .Select(u => new IndexedPost(IndexTable.KeyOf(u.Written, u.PostId), u.PostId, "")));
        foreach (var index in indexes) await new IndexTable(db, index.Id).Write(posts, ct);
        if (events.Any(e => e.Event is MemberErased)) db.Enqueue(new MergeIndex());
    }

    /// <summary>Builds the index anew, beside the one that is searched.</summary>
    public Task Reset(CancellationToken ct) => BuildIndex.Begin(db, ct);

    static long? PostOf(SiteEvent e) => e switch
    {
        PostPublished p => p.PostId,
        PostEdited p => p.PostId,
        PostCorrected p => p.PostId,
        PostHidden p => p.PostId,
        PostRestored p => p.PostId,
        PostDeleted p => p.PostId,
        TopicSplit t => t.PostId,
        _ => null,
    };
}
