using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Community.Tests.Harness;

/// <summary>
/// Counts what is sent to the sites' databases. Call <see cref="Listen"/> before the site is made: a context that is used again notices
/// only within EF's LoggingCacheTime, a second, that somebody listens.
/// </summary>
static class SiteQueries
{
    static readonly ConcurrentDictionary<(string Site, string Event), int> counts = new();
    static readonly Lazy<IDisposable> listening = new(() => DiagnosticListener.AllListeners.Subscribe(new Listener()));

    public static void Listen() => _ = listening.Value;

    /// <summary>The commands that an act itself sends to the sites' databases, in their order; not those of work beside it.</summary>
    public static async Task<IReadOnlyList<string>> Texts(Func<Task> act)
    {
        var texts = new List<string>();
        heard.Value = texts;
        try { await act(); }
        finally { heard.Value = null; }
        return texts;
    }

    static readonly AsyncLocal<List<string>?> heard = new();

    /// <summary>How many commands have been sent to the site's database until now, by anybody.</summary>
    public static int Sent(TestSite site) => counts.GetValueOrDefault((site.Site.Key, RelationalEventId.CommandExecuting.Name!));

    /// <summary>
    /// How many commands a request sends to the site's database: the minimum of several tries, since background work sends some too.
    /// </summary>
    public static Task<int> Of(TestSite site, Func<Task> request) => Least(site, RelationalEventId.CommandExecuting.Name!, request);

    /// <summary>How many connections to the site's database a request opens.</summary>
    public static Task<int> Openings(TestSite site, Func<Task> request) => Least(site, RelationalEventId.ConnectionOpened.Name!, request);

    static async Task<int> Least(TestSite site, string what, Func<Task> request)
    {
        // Background work during the request is counted too, so repeat until the minimum has been seen three times.
        var (least, seen) = (int.MaxValue, 0);
        for (var i = 0; i < 40 && seen < 3; i++)
        {
            var before = counts.GetValueOrDefault((site.Site.Key, what));
            await request();
            var count = counts.GetValueOrDefault((site.Site.Key, what)) - before;
            seen = count < least ? 1 : count == least ? seen + 1 : seen;
            least = Math.Min(least, count);
            await Task.Delay(30);
        }
        return least;
    }

    sealed class Listener : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
    {
        static readonly string[] wanted = [RelationalEventId.CommandExecuting.Name!, RelationalEventId.ConnectionOpened.Name!];

        public void OnNext(DiagnosticListener listener)
        {
            if (listener.Name == DbLoggerCategory.Name) listener.Subscribe(this, (name, _, _) => wanted.Contains(name));
        }

        public void OnNext(KeyValuePair<string, object?> happened)
        {
            if (happened.Value is CommandEventData { Context: SiteDb, Command.CommandText: var text }
                && happened.Key == RelationalEventId.CommandExecuting.Name && heard.Value is { } texts)
                lock (texts) texts.Add(text);
            if (happened.Value is DbContextEventData { Context: SiteDb { Site: { } site } })
                counts.AddOrUpdate((site.Key, happened.Key), 1, (_, count) => count + 1);
        }

        public void OnCompleted() { }
        public void OnError(Exception error) { }
    }
}
