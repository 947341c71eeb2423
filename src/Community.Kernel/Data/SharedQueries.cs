using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Logging;

namespace Community.Kernel;

/// <summary>Contexts of a process share one model and one cache of compiled queries, whatever site and host they belong to.</summary>
public static class SharedQueries
{
    // EF's own cache holds 1,024 queries (it counts each as 10). The product has more of them, and to compile one again takes milliseconds.
    static readonly MemoryCache compiled = new(new MemoryCacheOptions { SizeLimit = 10 * 20_000 });

    /// <summary>
    /// Lets the contexts of these options use the process's compiled queries, and log to <paramref name="logging"/>. EF's
    /// <c>UseLoggerFactory</c> would give each factory, and with it each host, a model and compiled queries of its own.
    /// </summary>
    public static DbContextOptionsBuilder<T> ShareQueries<T>(this DbContextOptionsBuilder<T> options, ILoggerFactory? logging)
        where T : DbContext
    {
        options.UseMemoryCache(compiled);
        if (logging is null) return options;
        var loggers = new ConcurrentDictionary<int, ILogger>();
        // An event's name is its category and, behind the last point, a name of its own.
        ILogger LoggerOf(EventId id) => loggers.GetOrAdd(id.Id, (_, name) => logging.CreateLogger(name[..name.LastIndexOf('.')]), id.Name!);
        options.LogTo(
            (id, level) => LoggerOf(id).IsEnabled(level),
            data => LoggerOf(data.EventId)
                .Log(data.LogLevel, data.EventId, data, (data as IErrorEventData)?.Exception, (state, _) => state.ToString())
        );
        return options;
    }
}
