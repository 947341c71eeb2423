using System.Collections.Concurrent;
using Community.Kernel;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Community.Themes;

/// <summary>
/// The themes on disk. Changes take effect at the next request; a broken theme keeps its last good version and its error.
/// One watcher for all themes: inotify instances are limited.
/// </summary>
public sealed class ThemeStore : IDisposable
{
    /// <summary>How often the folder is polled where it cannot be watched.</summary>
    static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    readonly string root;
    readonly IStringLocalizer texts;
    readonly ILogger<ThemeStore> logger;
    readonly TimeProvider time;
    readonly FileSystemWatcher? watcher;
    readonly ConcurrentDictionary<string, Loaded> loaded = new();
    readonly Lock loading = new();
    long changes;
    long polledAt;

    sealed record Loaded(long Change, Theme Theme, BrokenTheme? Error);

    public ThemeStore(IOptions<ThemesOptions> options, IStringLocalizer texts, ILogger<ThemeStore> logger, TimeProvider time)
    {
        (this.texts, this.logger, this.time) = (texts, logger, time);
        root = Path.GetFullPath(options.Value.Themes);
        watcher = Watch();
    }

    /// <summary>The last good version of the theme; the built-in theme if there is none.</summary>
    public Theme Get(string name) => Load(name).Theme;

    public string VersionOf(string name) => Get(name).Version;

    /// <summary>Why the theme on disk is not in use; null if it is.</summary>
    public BrokenTheme? ErrorOf(string name) => Load(name).Error;

    /// <summary>All themes that can be loaded, by name.</summary>
    public IReadOnlyList<Theme> All() =>
        !Directory.Exists(root)
            ? []
            :
            [
                .. Directory
                    .EnumerateDirectories(root)
                    .Select(d => Path.GetFileName(d)!)
                    .Where(n => ThemeFolder.NameForm().IsMatch(n))
                    .Order(StringComparer.Ordinal)
                    .Select(Get)
                    .Where(t => t != Theme.BuiltIn),
            ];

    Loaded Load(string name)
    {
        var now = Changes();
        if (loaded.TryGetValue(name, out var last) && last.Change == now) return last;
        lock (loading)
        {
            now = Changes();
            if (loaded.TryGetValue(name, out last) && last.Change == now) return last;
            return loaded[name] = Read(name, now, last);
        }
    }

    Loaded Read(string name, long now, Loaded? last)
    {
        try
        {
            var chain = Theme.Chain(root, name);
            if (last is { Error: null } && last.Theme.Version == Theme.VersionOf(chain)) return last with { Change = now };
            return new Loaded(now, Theme.From(chain), null);
        }
        catch (BrokenTheme error)
        {
            if (last?.Error?.Message != error.Message)
                logger.LogWarning("Theme {Theme} is broken: {File}:{Line}: {Reason}", name, error.File, error.Line, error.In(texts));
            return new Loaded(now, last?.Theme ?? Theme.BuiltIn, error);
        }
    }

    long Changes()
    {
        if (watcher is not null) return Interlocked.Read(ref changes);
        var last = Interlocked.Read(ref polledAt);
        if (time.GetElapsedTime(last) < LookEvery && last != 0) return Interlocked.Read(ref changes);
        Interlocked.Exchange(ref polledAt, time.GetTimestamp());
        return Interlocked.Increment(ref changes);
    }

    FileSystemWatcher? Watch()
    {
        if (!Directory.Exists(root)) return null;
        FileSystemWatcher? made = null;
        try
        {
            made = new FileSystemWatcher(root) { IncludeSubdirectories = true };
            FileSystemEventHandler changed = (_, _) => Interlocked.Increment(ref changes);
            made.Changed += changed;
            made.Created += changed;
            made.Deleted += changed;
            made.Renamed += (_, _) => Interlocked.Increment(ref changes);
            // Events were lost: reload everything.
            made.Error += (_, _) => Interlocked.Increment(ref changes);
            made.EnableRaisingEvents = true;
            return made;
        }
        catch (Exception error) when (error is IOException or ArgumentException or PlatformNotSupportedException)
        {
            made?.Dispose();
            logger.LogWarning(error, "The themes cannot be watched; they are polled every second instead");
            return null;
        }
    }

    public void Dispose() => watcher?.Dispose();
}
