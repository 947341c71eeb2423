using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Asks to count the reactions anew of the posts to which a member reacted, after one of them.</summary>
public sealed record RecountOf(long Member, long After);

/// <summary>
/// Counts the reactions of posts anew from the rows, where rows were moved or deleted without their posts: members were made one, or
/// parted again.
/// </summary>
public sealed class RecountReactions(SiteDb db) : IEventHandler, IHandle<RecountOf>
{
    internal static readonly Type[] Reads = [typeof(MembersMerged), typeof(MergeUndone)];

    /// <summary>Posts counted in one transaction.</summary>
    const int Batch = 200;

    public Task Handle(IReadOnlyList<PublishedEvent> events, CancellationToken ct)
    {
        var members = events.SelectMany(e => e.Event switch
        {
            MembersMerged merged => [merged.MemberId],
            MergeUndone undone => [undone.MemberId, undone.GoneId],
            _ => Array.Empty<long>(),
        });
        foreach (var member in members.Distinct()) db.Enqueue(new RecountOf(member, 0));
        return Task.CompletedTask;
    }

    public async Task Handle(RecountOf message, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        if (await Some(db, message.Member, message.After, null, ct) is not { Count: > 0 } posts) return;
        if (posts.Count == Batch) db.Enqueue(message with { After = posts[^1] });
        await change.Commit(ct);
    }

    /// <summary>Counts all posts to which a member reacted as if they had not, in the open change that erases them.</summary>
    internal static async Task Without(SiteDb db, long member, CancellationToken ct)
    {
        for (var after = 0L; await Some(db, member, after, member, ct) is { Count: > 0 } posts;) after = posts[^1];
    }

    static async Task<List<long>> Some(SiteDb db, long member, long after, long? without, CancellationToken ct)
    {
        var posts = await db.PostReactions.Where(r => r.MemberId == member && r.PostId > after).Select(r => r.PostId).Distinct().Order()
            .Take(Batch).ToListAsync(ct);
        if (posts.Count == 0) return posts;
        await Locks.Posts(db, posts, ct);
        var counted = (await db.PostReactions.Where(r => posts.Contains(r.PostId) && r.MemberId != without)
            .GroupBy(r => new { r.PostId, r.ReactionId }).Select(g => new { g.Key.PostId, g.Key.ReactionId, Count = g.Count() })
            .ToListAsync(ct)).ToLookup(c => c.PostId, c => (c.ReactionId, c.Count));
        var imported = await db.Posts.Where(p => posts.Contains(p.Id) && p.ImportedReactions != null)
            .Select(p => new { p.Id, p.ImportedReactions }).ToDictionaryAsync(p => p.Id, p => p.ImportedReactions, ct);
        foreach (var same in posts.GroupBy(id => ReactionCounts.Write(counted[id], imported.GetValueOrDefault(id))))
        {
            var ids = same.ToList();
            await db.Posts.Where(p => ids.Contains(p.Id)).ExecuteUpdateAsync(s => s.SetProperty(p => p.Reactions, same.Key), ct);
        }
        foreach (var key in await db.Boards.Where(b => db.Set<Post>().Any(p => posts.Contains(p.Id) && p.BoardId == b.Id))
            .Select(b => b.Key).ToListAsync(ct)) db.Touch(key);
        return posts;
    }
}
