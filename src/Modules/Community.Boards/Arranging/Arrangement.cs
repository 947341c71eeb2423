using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>A post without its text, while topics are arranged anew.</summary>
sealed class PlacedPost
{
    public long Id { get; init; }
    public long TopicId { get; init; }
    public int Number { get; init; }
    public int? ParentNumber { get; init; }
    public required string Path { get; init; }
    public int Depth { get; init; }
    public string? Title { get; init; }
    public long? AuthorId { get; init; }
    public string? GuestName { get; init; }
    public long? ImportId { get; init; }
    public DateTime At { get; init; }
    public bool IsRemoved { get; init; }
}

/// <summary>Where a post of an arranged topic stands from now on.</summary>
sealed record NewPlace(PlacedPost Post, int Number, int? ParentNumber);

/// <summary>
/// Gives posts new places in a topic: numbers, paths, and the topic's own figures. Within a topic the order of numbers is the order of ids,
/// on which the watermarks of what is read rest, so posts of two topics are placed in the order in which they were written.
/// Dates never change.
/// </summary>
static class Arrangement
{
    /// <summary>Rows written together.</summary>
    const int Batch = 1000;

    public static Task<List<PlacedPost>> Load(SiteDb db, long topicId, CancellationToken ct) =>
        db.Posts.AsNoTracking().Where(p => p.TopicId == topicId).OrderBy(p => p.Number)
            .Select(p => new PlacedPost
            {
                Id = p.Id,
                TopicId = p.TopicId,
                Number = p.Number,
                ParentNumber = p.ParentNumber,
                Path = p.Path,
                Depth = p.Depth,
                Title = p.Title,
                AuthorId = p.AuthorId,
                GuestName = p.GuestName,
                ImportId = p.ImportId,
                At = p.At,
                IsRemoved = p.HiddenAt != null || p.DeletedAt != null,
            }).ToListAsync(ct);

    /// <summary>The numbers of a post and of all that was replied below it.</summary>
    public static HashSet<int> Branch(IEnumerable<PlacedPost> posts, int number)
    {
        HashSet<int> branch = [number];
        // A reply's number is greater than that of the post it replies to.
        foreach (var post in posts)
            if (post.ParentNumber is { } parent && branch.Contains(parent)) branch.Add(post.Number);
        return branch;
    }

    /// <summary>
    /// Writes the places of all posts of a topic and recomputes its figures, in the open change. Old places become former ones.
    /// </summary>
    /// <param name="db">The site's database, with an open change that has locked the topics.</param>
    /// <param name="topic">The topic that has these posts from now on; saved, so that it has its id.</param>
    /// <param name="places">All its posts, ordered by their new numbers.</param>
    /// <param name="titles">New titles by post id: of a post that opens a topic from now on, or that opened one.</param>
    /// <param name="topicTitle">The title of a new topic, kept beside the place that its opening post has left.</param>
    /// <param name="ct">Cancels it.</param>
    public static async Task Write(
        SiteDb db,
        Topic topic,
        IReadOnlyList<NewPlace> places,
        IReadOnlyDictionary<long, string?> titles,
        string? topicTitle,
        CancellationToken ct
    )
    {
        var moved = places.Where(p => p.Post.TopicId != topic.Id || p.Post.Number != p.Number).ToList();
        await Leave(db, moved, topicTitle, ct);
        await Enter(db, topic.Id, moved.Select(p => p.Number), ct);
        var known = new Dictionary<int, (string Path, int Depth, long? Author)>(places.Count);
        var written = 0;
        foreach (var place in places)
        {
            var post = place.Post;
            var (path, depth) = ("", 0);
            long? answered = null;
            if (place.ParentNumber is { } parent)
            {
                var above = known[parent];
                (path, depth) = TreePath.Of(above.Path, above.Depth, parent, place.Number);
                answered = above.Author == post.AuthorId ? null : above.Author;
            }
            known[place.Number] = (path, depth, post.AuthorId);
            var title = titles.TryGetValue(post.Id, out var changed) ? changed : post.Title;
            if (post.TopicId == topic.Id && post.Number == place.Number && post.Path == path && post.ParentNumber == place.ParentNumber
                && post.Title == title)
                continue;
            Update(db, post, place, topic, path, depth, title, answered);
            if (++written % Batch == 0) await Save(db, ct);
        }
        await Save(db, ct);
        Figure(topic, places);
        await db.SaveChangesAsync(ct);
    }

    static void Update(
        SiteDb db, PlacedPost post, NewPlace place, Topic topic, string path, int depth, string? title, long? answered)
    {
        var row = db.Entry(new Post { Id = post.Id, Path = path, Title = title });
        row.State = EntityState.Unchanged;
        Set(p => p.TopicId, topic.Id);
        Set(p => p.BoardId, topic.BoardId);
        Set(p => p.Number, place.Number);
        Set(p => p.ParentNumber, place.ParentNumber);
        Set(p => p.Depth, depth);
        row.Property(p => p.Path).IsModified = true;
        row.Property(p => p.Title).IsModified = true;
        // To whom a post replies is known by its number there. Only a post that opens a topic, or opened one, has another now.
        if (place.ParentNumber is null != (post.ParentNumber is null)) Set(p => p.ToMemberId, answered);

        void Set<T>(System.Linq.Expressions.Expression<Func<Post, T>> of, T value)
        {
            var property = row.Property(of);
            property.CurrentValue = value;
            property.IsModified = true;
        }
    }

    static async Task Save(SiteDb db, CancellationToken ct)
    {
        await db.SaveChangesAsync(ct);
        foreach (var row in db.ChangeTracker.Entries<Post>().ToList()) row.State = EntityState.Detached;
    }

    static async Task Leave(SiteDb db, IReadOnlyList<NewPlace> moved, string? topicTitle, CancellationToken ct)
    {
        foreach (var some in moved.Chunk(Batch))
            await db.InsertAll(
                [.. some.Select(p => new FormerPlace
                {
                    TopicId = p.Post.TopicId,
                    Number = p.Post.Number,
                    PostId = p.Post.Id,
                    ParentNumber = p.Post.ParentNumber,
                    Title = p.Post.Title,
                    TopicTitle = p.ParentNumber is null ? topicTitle : null,
                })],
                ct
            );
    }

    /// <summary>A post that comes back to its former place is found there again.</summary>
    static async Task Enter(SiteDb db, long topicId, IEnumerable<int> numbers, CancellationToken ct)
    {
        foreach (var some in numbers.Chunk(Batch))
            await db.FormerPlaces.Where(f => f.TopicId == topicId && some.Contains(f.Number)).ExecuteDeleteAsync(ct);
    }

    /// <summary>Recomputes what the topic's row says of its posts, given in the order of their numbers.</summary>
    public static void Figure(Topic topic, IReadOnlyList<NewPlace> places)
    {
        var present = places.Where(p => !p.Post.IsRemoved).ToList();
        var removed = new ReadSet();
        var next = 1;
        foreach (var place in places)
        {
            removed.Add(next, place.Number - 1);
            if (place.Post.IsRemoved) removed.Add(place.Number);
            next = place.Number + 1;
        }
        topic.NextNumber = Math.Max(topic.NextNumber, next);
        removed.Add(next, topic.NextNumber - 1);
        topic.Removed = removed.Count > 0 ? removed.ToBytes(0) : null;
        var imported = new ReadSet();
        foreach (var place in places.Where(p => p.Post.ImportId is not null)) imported.Add(place.Number);
        topic.Imported = imported.Count > 0 ? imported.ToBytes(0) : null;
        topic.Replies = present.Count(p => p.Number > 1);
        var last = present.OrderBy(p => p.Post.At).ThenBy(p => p.Number).LastOrDefault()?.Post;
        (topic.LastPostAt, topic.LastPostBy, topic.LastGuestName) =
            last is null ? (topic.StartedAt, topic.AuthorId, topic.GuestName) : (last.At, last.AuthorId, last.GuestName);
    }
}
