using System.Collections.Concurrent;
using Community.Boards;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Kernel;

/// <summary>Writes down which posts it is told of, and fails at those it was told to.</summary>
public sealed class HearPosts(SiteDb db, Site site) : IEventHandler
{
    public static readonly ConcurrentQueue<(string Site, long Post, int Together)> Heard = new();
    public static readonly ConcurrentDictionary<long, bool> Failing = new();
    public static readonly ConcurrentDictionary<string, TaskCompletionSource> Gates = new();
    public static readonly ConcurrentDictionary<string, int> Running = new();
    public static readonly ConcurrentBag<string> RanTwiceAtOnce = [];

    public async Task Handle(IReadOnlyList<PublishedEvent> events, CancellationToken ct)
    {
        if (Running.AddOrUpdate(site.Key, 1, (_, n) => n + 1) > 1) RanTwiceAtOnce.Add(site.Key);
        try
        {
            if (Gates.TryGetValue(site.Key, out var gate)) await gate.Task.WaitAsync(ct);
            foreach (var post in events.Select(e => (PostPublished)e.Event))
                if (Failing.ContainsKey(post.PostId)) throw new InvalidOperationException("Told to fail.");
            // What it writes is written with its cursor, or not at all.
            db.Audit.Add(new AuditRecord { Action = "test.heard", Purpose = string.Join(' ', Posts(events)) });
            foreach (var post in Posts(events)) Heard.Enqueue((site.Key, post, events.Count));
        }
        finally { Running.AddOrUpdate(site.Key, 0, (_, n) => n - 1); }
    }

    public Task Reset(CancellationToken ct) => db.Audit.Where(a => a.Action == "test.heard").ExecuteDeleteAsync(ct);

    static IEnumerable<long> Posts(IReadOnlyList<PublishedEvent> events) => events.Select(e => ((PostPublished)e.Event).PostId);

    public static List<long> Of(TestSite site) => [.. Heard.Where(h => h.Site == site.Site.Key).Select(h => h.Post)];
}

/// <summary>A host of its own for the log: a handler of the tests reads it.</summary>
public sealed class EventHost : IAsyncLifetime
{
    public const string Name = "tests.hear-posts";

    public TestHost Host { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Host = await TestHost.Start();
        Listen(Host);
    }

    public static void Listen(TestHost host) =>
        host.Services.GetRequiredService<EventList>().Handle<HearPosts>(Name, EventStart.Oldest, typeof(PostPublished));

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    /// <summary>Publishes a post that is told of and nowhere else.</summary>
    public static PostPublished Post(long id) => new(1, 1, id, 2, 1, null);

    public static Task<int> Publish(TestSite site, params long[] posts) => site.Db(db =>
    {
        foreach (var post in posts) db.Publish(Post(post));
        return db.SaveChangesAsync();
    });

    /// <summary>Null before the handler's first run.</summary>
    public static Task<EventCursor?> Cursor(TestSite site, string handler = Name) =>
        site.Db(db => db.EventCursors.AsNoTracking().FirstOrDefaultAsync(c => c.Handler == handler));

    /// <summary>Every handler has read everything.</summary>
    public static Task Read(TestSite site) =>
        TestSite.Until(
            () => site.Db(async db =>
            {
                var last = await db.Events.MaxAsync(e => (long?)e.Seq) ?? 0;
                return await db.EventCursors.AnyAsync() && await db.EventCursors.AllAsync(c => c.Seq >= last);
            }),
            "the log is read"
        );
}
