using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Kernel;

public sealed record WordSaid(string Word);

/// <summary>Writes down what it hears, and fails as often as it was told to.</summary>
public sealed class HearWord(Site site) : IHandle<WordSaid>
{
    public static readonly ConcurrentQueue<(string Site, string Word)> Heard = new();
    public static readonly ConcurrentDictionary<string, int> Failures = new();
    public static readonly ConcurrentDictionary<string, TaskCompletionSource> Gates = new();

    public async Task Handle(WordSaid message, CancellationToken ct)
    {
        Heard.Enqueue((site.Key, message.Word));
        if (Gates.TryGetValue(message.Word, out var gate)) await gate.Task.WaitAsync(ct);
        if (Failures.AddOrUpdate(message.Word, -1, (_, left) => left - 1) >= 0) throw new InvalidOperationException("Told to fail.");
    }

    public static int Times(string word) => Heard.Count(h => h.Word == word);
}

/// <summary>A host of its own for what the queues do: its clock is put forward.</summary>
public sealed class QueueHost : IAsyncLifetime
{
    public TestHost Host { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Host = await TestHost.Start();
        Host.Services.GetRequiredService<JobList>().Add<WordSaid, HearWord>("tests.hear-word");
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    public async Task Say(TestSite site, params string[] words) => await site.Db(async db =>
    {
        foreach (var word in words) db.Enqueue(new WordSaid(word));
        return await db.SaveChangesAsync();
    });

    public async Task<T> Catalogue<T>(Func<CatalogueDb, Task<T>> look)
    {
        await using var db = Host.Services.GetRequiredService<Databases>().OpenCatalogue();
        return await look(db);
    }

    public Task<SiteWork> Work(TestSite site, string queue = "work") =>
        Catalogue(db => db.Work.AsNoTracking().FirstAsync(w => w.SiteId == site.Site.Id && w.Queue == queue));

    /// <summary>Puts the clock past every hold, and waits until the queue has nothing but the day's jobs.</summary>
    public async Task Rest(TestSite site)
    {
        Host.Clock.Advance(TimeSpan.FromSeconds(40));
        await TestSite.Until(
            async () =>
            {
                if (await Work(site) is not { LeaseUntil: null, NextAt: { } at }) return false;
                // What modules do a minute after they heard of something.
                if (at <= Host.Clock.Now.AddHours(1) && at > Host.Clock.Now) Host.Clock.Advance(at - Host.Clock.Now);
                return at > Host.Clock.Now.AddHours(1);
            },
            "the site rests"
        );
    }
}
