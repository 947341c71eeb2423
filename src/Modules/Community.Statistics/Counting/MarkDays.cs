using Community.Boards;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Statistics;

/// <summary>
/// Marks the days whose posts an event has changed; a moment later <see cref="CountDays"/> counts them from the posts. So an event handled
/// twice, late, or of a post that is hidden and shown again ten times, does no harm.
/// </summary>
public sealed class MarkDays(SiteDb db) : IEventHandler
{
    /// <summary>So long a day is left alone after it was marked, so that a lively day is counted once a minute.</summary>
    static readonly TimeSpan Later = TimeSpan.FromMinutes(1);
    /// <summary>A job that is due sooner may run already, and not see these marks.</summary>
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    public static readonly Type[] Reads =
    [
        typeof(PostPublished),
        typeof(PostHidden),
        typeof(PostRestored),
        typeof(PostDeleted),
        typeof(TopicHidden),
        typeof(TopicRestored),
        typeof(TopicMoved),
        typeof(TopicSplit),
        typeof(TopicsMerged),
        typeof(MembersMerged),
        typeof(MergeUndone),
        typeof(PostsImported),
        typeof(ImportUndone),
    ];

    public async Task Handle(IReadOnlyList<PublishedEvent> events, CancellationToken ct)
    {
        foreach (var topic in events.SelectMany(e => TopicsOf(e.Event)).Distinct().Order()) db.Enqueue(new MarkTopic(topic));
        foreach (var member in events.SelectMany(e => MembersOf(e.Event)).Distinct().Order()) db.Enqueue(new MarkAuthor(member));
        foreach (var import in events.Select(e => ImportOf(e.Event)).OfType<MarkImport>().Distinct()) db.Enqueue(import);
        await Mark(db, events.Select(e => e.Event).OfType<ImportUndone>().Select(i => db.Site.DayOf(i.Written)), ct);
        var published = events.Select(e => e.Event).OfType<PostPublished>().Select(p => p.PostId).ToHashSet();
        var changed = events.Select(e => ChangedOf(e.Event)).OfType<long>().ToHashSet();
        List<long> ids = [.. published.Union(changed)];
        if (ids.Count == 0) return;
        var posts = db.Posts;
        var found = await posts.AsNoTracking().Where(p => ids.Contains(p.Id)).Select(p => new
        {
            p.Id,
            p.At,
            Opened = posts.Where(o => o.TopicId == p.TopicId && o.Number == 1).Select(o => (DateTime?)o.At).FirstOrDefault(),
            Answered = posts.Any(a => a.TopicId == p.TopicId && a.Number > 1 && a.Number < p.Number
                && a.HiddenAt == null && a.DeletedAt == null && a.AuthorId != p.Topic.AuthorId),
        }).ToListAsync(ct);
        var days = found.Select(p => p.At)
            // A new post is the topic's first answer only if there was none; one that is gone may have been.
            .Concat(found.Where(p => changed.Contains(p.Id) || !p.Answered).Select(p => p.Opened).OfType<DateTime>())
            .Select(db.Site.DayOf);
        await Mark(db, days, ct);
    }

    public async Task Reset(CancellationToken ct) => await MarkAllDays.Begin(db, ct);

    /// <summary>Marks days, and sees that they are counted. Call it inside a change.</summary>
    internal static async Task Mark(SiteDb db, IEnumerable<DateOnly> marked, CancellationToken ct)
    {
        var days = marked.Distinct().Order().ToList();
        if (days.Count == 0) return;
        await db.Have(days, ct);
        foreach (var day in days)
            await db.SiteDays.Where(d => d.Day == day).ExecuteUpdateAsync(s => s.SetProperty(d => d.Marks, d => d.Marks + 1), ct);
        var soon = db.Now + Soon;
        if (!await db.Work.AnyAsync(w => w.Handler == CountDays.Job && w.FailedAt == null && w.DueAt > soon, ct))
            db.Enqueue(new RunCountDays(), db.Now + Later);
        await db.SaveChangesAsync(ct);
    }

    static IEnumerable<long> TopicsOf(SiteEvent e) => e switch
    {
        TopicHidden t => [t.TopicId],
        TopicRestored t => [t.TopicId],
        TopicMoved t => [t.TopicId],
        TopicSplit t => [t.TopicId, t.NewTopicId],
        TopicsMerged t => [t.IntoTopicId],
        _ => [],
    };

    static IEnumerable<long> MembersOf(SiteEvent e) => e switch
    {
        MembersMerged m => [m.MemberId],
        MergeUndone m => [m.MemberId, m.GoneId],
        _ => [],
    };

    /// <summary>What is left of an import may have lost its answers: the days of its openings are counted again.</summary>
    static MarkImport? ImportOf(SiteEvent e) => e switch
    {
        PostsImported i => new(i.ImportId, i.FirstPostId, i.LastPostId),
        ImportUndone i => new(i.ImportId, null, null),
        _ => null,
    };

    static long? ChangedOf(SiteEvent e) => e switch
    {
        PostHidden p => p.PostId,
        PostRestored p => p.PostId,
        PostDeleted p => p.PostId,
        _ => null,
    };
}

/// <summary>Asks for the days of all posts of a topic to be marked.</summary>
public sealed record MarkTopic(long Topic);

/// <summary>Asks for the days of all posts of a member to be marked.</summary>
public sealed record MarkAuthor(long Member);

/// <summary>Asks for the days of imported posts to be marked.</summary>
/// <param name="Import">The import.</param>
/// <param name="First">The first of its posts that a step has written; null for the openings that are left of it.</param>
/// <param name="Last">The last of them.</param>
public sealed record MarkImport(long Import, long? First, long? Last);

/// <summary>A topic was hidden, moved, split or merged: its posts may be of many days.</summary>
public sealed class MarkTopicDays(SiteDb db) : IHandle<MarkTopic>
{
    public Task Handle(MarkTopic message, CancellationToken ct) => Of(db, db.Posts.Where(p => p.TopicId == message.Topic), ct);

    internal static async Task Of(SiteDb db, IQueryable<Post> posts, CancellationToken ct)
    {
        var days = new HashSet<DateOnly>();
        await foreach (var at in posts.Select(p => p.At).AsAsyncEnumerable().WithCancellation(ct)) days.Add(db.Site.DayOf(at));
        await using var change = await db.Change(ct);
        await MarkDays.Mark(db, days, ct);
        await change.Commit(ct);
    }
}

public sealed class MarkAuthorDays(SiteDb db) : IHandle<MarkAuthor>
{
    public Task Handle(MarkAuthor message, CancellationToken ct) =>
        MarkTopicDays.Of(db, db.Posts.Where(p => p.AuthorId == message.Member), ct);
}

/// <summary>An archive came, or went: with each post the day on which its topic was begun, whose first answer it may be.</summary>
public sealed class MarkImportDays(SiteDb db) : IHandle<MarkImport>
{
    public Task Handle(MarkImport message, CancellationToken ct)
    {
        var posts = db.Posts;
        var of = posts.Where(p => p.ImportId == message.Import);
        if (message.First is not { } first) return MarkTopicDays.Of(db, of.Where(p => p.Number == 1), ct);
        var written = of.Where(p => p.Id >= first && p.Id <= message.Last);
        return MarkTopicDays.Of(db, posts.Where(p => written.Any(w => w.Id == p.Id || (p.Number == 1 && w.TopicId == p.TopicId))), ct);
    }
}
