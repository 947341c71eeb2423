using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>
/// Proves that what the boards keep about posts agrees with the posts: tree, numbers, order, counts, last post and former places. Reads
/// topic by topic and changes nothing, so it may run beside writers; what it finds then may be a change under way, so run it again.
/// </summary>
public sealed class CheckBoards(SiteDb db)
{
    /// <summary>Topics whose rows are read together.</summary>
    const int Batch = 200;

    /// <returns>A sentence for each contradiction; none if everything agrees.</returns>
    public async IAsyncEnumerable<string> Problems([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        for (long? after = 0; after is { } last;)
        {
            var topics = await db.Topics.AsNoTracking().Where(t => t.Id > last).OrderBy(t => t.Id).Take(Batch).ToListAsync(ct);
            foreach (var topic in topics)
                foreach (var problem in Of(topic, await Arrangement.Load(db, topic.Id, ct)))
                    yield return $"topic {topic.Id}: {problem}";
            after = topics.Count < Batch ? null : topics[^1].Id;
        }
        await foreach (var problem in OfPlaces(ct)) yield return problem;
        foreach (var board in await db.Boards.AsNoTracking().OrderBy(b => b.Id).ToListAsync(ct))
            foreach (var problem in await OfBoard(board, ct)) yield return $"board {board.Key}: {problem}";
    }

    static IEnumerable<string> Of(Topic topic, List<PlacedPost> posts)
    {
        if (topic.MergedInto is not null)
        {
            if (posts.Count > 0) yield return $"was merged into {topic.MergedInto} and has {posts.Count} posts";
            if (topic.HiddenAt is null) yield return $"was merged into {topic.MergedInto} and is shown";
            yield break;
        }
        if (posts is not [{ Number: 1, ParentNumber: null }, ..])
        {
            yield return "has no opening post";
            yield break;
        }
        var known = new Dictionary<int, PlacedPost>(posts.Count);
        long id = 0;
        foreach (var post in posts)
        {
            if (post.Id <= id) yield return $"post {post.Number} has the id {post.Id}, below that of an earlier number";
            id = post.Id;
            if (post.Number >= topic.NextNumber) yield return $"post {post.Number} stands beyond the next number {topic.NextNumber}";
            if (Misplaced(post, known) is { } wrong) yield return $"post {post.Number} {wrong}";
            known[post.Number] = post;
        }
        var right = new Topic { Title = "", StartedAt = topic.StartedAt, AuthorId = topic.AuthorId, NextNumber = topic.NextNumber };
        Arrangement.Figure(right, [.. posts.Select(p => new NewPlace(p, p.Number, p.ParentNumber))]);
        if (topic.Replies != right.Replies) yield return $"counts {topic.Replies} replies, and has {right.Replies}";
        if ((topic.LastPostAt, topic.LastPostBy) != (right.LastPostAt, right.LastPostBy)) yield return "names another last post";
        if (!Numbers(topic).SequenceEqual(Numbers(right))) yield return "keeps other numbers as hidden, deleted or moved away";
    }

    static IEnumerable<int> Numbers(Topic topic)
    {
        var removed = ReadSet.From(0, topic.Removed);
        return Enumerable.Range(1, topic.Total).Where(removed.Contains);
    }

    static string? Misplaced(PlacedPost post, Dictionary<int, PlacedPost> known)
    {
        if (post.ParentNumber is not { } parent) return post.Number == 1 ? null : "replies to none";
        if (!known.TryGetValue(parent, out var above)) return $"replies to {parent}, which is not there";
        return TreePath.Of(above.Path, above.Depth, parent, post.Number) == (post.Path, post.Depth) ? null
            : $"stands at {post.Path} on level {post.Depth}, which is not below {parent}";
    }

    async IAsyncEnumerable<string> OfPlaces([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        var boards = db.Posts.Where(p => p.BoardId != p.Topic.BoardId).Select(p => new { p.TopicId, p.Number });
        foreach (var post in await boards.ToListAsync(ct)) yield return $"topic {post.TopicId}: post {post.Number} names another board";
        await foreach (var post in OfReactions(ct)) yield return post;
        var posts = db.Posts;
        var taken = db.FormerPlaces.Where(f => posts.Any(p => p.TopicId == f.TopicId && p.Number == f.Number));
        foreach (var place in await taken.ToListAsync(ct))
            yield return $"topic {place.TopicId}: the former place {place.Number} of post {place.PostId} is taken";
    }

    async IAsyncEnumerable<string> OfReactions([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        for (long? after = 0; after is { } last;)
        {
            var rows = db.PostReactions;
            var posts = await db.Posts.AsNoTracking().Where(p => p.Id > last && (p.Reactions != null || rows.Any(r => r.PostId == p.Id)))
                .OrderBy(p => p.Id).Take(Batch).Select(p => new { p.Id, p.TopicId, p.Number, p.Reactions, p.ImportedReactions })
                .ToListAsync(ct);
            var ids = posts.ConvertAll(p => p.Id);
            var counted = (await rows.Where(r => ids.Contains(r.PostId)).GroupBy(r => new { r.PostId, r.ReactionId })
                .Select(g => new { g.Key.PostId, g.Key.ReactionId, Count = g.Count() }).ToListAsync(ct))
                .ToLookup(c => c.PostId, c => (c.ReactionId, c.Count));
            foreach (var post in posts)
                if (ReactionCounts.Write(counted[post.Id], post.ImportedReactions) is var right && right != post.Reactions)
                    yield return $"topic {post.TopicId}: post {post.Number} counts the reactions {post.Reactions}, and has {right}";
            after = posts.Count < Batch ? null : ids[^1];
        }
    }

    async Task<List<string>> OfBoard(Board board, CancellationToken ct)
    {
        var topics = await db.Topics.CountAsync(t => t.BoardId == board.Id && t.HiddenAt == null, ct);
        var present = db.Posts.Where(p => p.BoardId == board.Id && p.Topic.HiddenAt == null).Present();
        var posts = await present.CountAsync(ct);
        var last = await db.Posts.LastOfBoard(board.Id, ct);
        List<string> problems = [];
        if (board.TopicCount != topics) problems.Add($"counts {board.TopicCount} topics, and has {topics}");
        if (board.PostCount != posts) problems.Add($"counts {board.PostCount} posts, and has {posts}");
        if (board.LastPostId != last) problems.Add($"names {board.LastPostId} as its last post, which is {last}");
        return problems;
    }
}
