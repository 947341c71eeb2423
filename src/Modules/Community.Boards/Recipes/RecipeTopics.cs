using System.Text.Json;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Boards;

/// <summary>The part <c>topics</c> of a recipe: topics with nested replies, each dated in hours ago.</summary>
static class RecipeTopics
{
    internal sealed record TopicEntry(
        string Board,
        [InRecipe(RecipeText.Name, PostText.MaxTitleLength)] string Title,
        string By,
        double HoursAgo,
        [InRecipe(maxLength: PostText.MaxTextLength)] string Text,
        bool Pinned = false,
        bool Locked = false,
        ReplyEntry[]? Replies = null
    );

    internal sealed record ReplyEntry(
        string By,
        double HoursAgo,
        [InRecipe(maxLength: PostText.MaxTextLength)] string Text,
        [InRecipe(RecipeText.Name, PostText.MaxTitleLength)] string? Title = null,
        ReplyEntry[]? Replies = null
    );

    public static async Task Read(JsonElement part, IServiceProvider services, CancellationToken ct)
    {
        var db = services.GetRequiredService<SiteDb>();
        var members = services.GetRequiredService<RecipeMembers>();
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow().UtcDateTime;
        var boards = await db.Boards.ToDictionaryAsync(b => b.Key, ct);
        var topics = part.Deserialize<TopicEntry[]>(JsonSerializerOptions.Web)!.OrderByDescending(t => t.HoursAgo)
            .Select(t => Make(t, Named(boards, t.Board, "board"), By, At)).ToList();
        // Topics before posts, and posts by time: ids must increase with numbers, and with time across a board.
        var posts = topics.SelectMany(t => t.Posts.Select(p => (Topic: t, Post: p))).OrderBy(p => p.Post.At).ToList();
        foreach (var topic in topics) topic.Posts = [];
        db.Topics.AddRange(topics);
        await db.SaveChangesAsync(ct);
        foreach (var (topic, post) in posts)
        {
            post.TopicId = topic.Id;
            post.Counted = true;
            db.Posts.Add(post);
        }
        await db.SaveChangesAsync(ct);
        foreach (var board in boards.Values)
        {
            board.TopicCount += topics.Count(t => t.BoardId == board.Id);
            board.PostCount += posts.Count(p => p.Post.BoardId == board.Id);
            board.LastPostId = posts.LastOrDefault(p => p.Post.BoardId == board.Id).Post?.Id;
        }
        await db.SaveChangesAsync(ct);
        await ReadOwn(db, [.. posts.Select(p => p.Post)], ct);

        long By(string key) => Named(members, key, "member");
        DateTime At(double hoursAgo) => now.AddHours(-hoursAgo);
    }

    /// <summary>Marks the authors' own posts as read, as posting does.</summary>
    static async Task ReadOwn(SiteDb db, List<Post> posts, CancellationToken ct)
    {
        foreach (var (topic, member) in posts.Where(p => p.AuthorId is not null).Select(p => (p.TopicId, p.AuthorId!.Value)).Distinct())
        {
            var read = new ReadSet();
            foreach (var post in posts.Where(p => p.TopicId == topic && p.AuthorId == member)) read.Add(post.Number);
            db.TopicReads.Add(new TopicRead { TopicId = topic, MemberId = member, Set = read });
        }
        await db.SaveChangesAsync(ct);
    }

    static Topic Make(TopicEntry entry, Board board, Func<string, long> by, Func<double, DateTime> at)
    {
        var topic = Topic.Start(board, by(entry.By), PostText.Title(entry.Title)!, entry.Text, null, at(entry.HoursAgo));
        if (entry.Pinned) topic.PinnedAt = at(entry.HoursAgo);
        // Numbers follow time, however replies are nested; a reply comes after the post it replies to.
        var waiting = new PriorityQueue<(ReplyEntry Reply, Post Parent), double>();
        Wait(entry.Replies, topic.Posts[0]);
        while (waiting.TryDequeue(out var next, out _))
        {
            var time = at(next.Reply.HoursAgo);
            var post = topic.Reply(
                by(next.Reply.By),
                next.Parent,
                next.Reply.Title,
                next.Reply.Text,
                null,
                time > topic.LastPostAt ? time : topic.LastPostAt
            );
            Wait(next.Reply.Replies, post);
        }
        if (entry.Locked) topic.LockedAt = topic.LastPostAt;
        return topic;

        void Wait(ReplyEntry[]? replies, Post parent)
        {
            foreach (var reply in replies ?? []) waiting.Enqueue((reply, parent), -reply.HoursAgo);
        }
    }

    static T Named<T>(Dictionary<string, T> all, string key, string what) =>
        all.TryGetValue(key, out var found) ? found : throw new JsonException($"topics: there is no {what} \"{key}\" in this recipe.");
}
