using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Community.Tests.Harness;

/// <summary>Keeps what the host logs, so that tests can look for errors and for secrets.</summary>
public sealed class TestLog : ILoggerProvider
{
    public ConcurrentQueue<string> Lines { get; } = new();
    public ConcurrentQueue<string> Errors { get; } = new();

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);
    public void Dispose() { }

    sealed class Logger(TestLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel level) =>
            level >= LogLevel.Information && (level >= LogLevel.Warning || !category.StartsWith("Microsoft."));

        public void Log<TState>(LogLevel level, EventId id, TState state, Exception? error, Func<TState, Exception?, string> format)
        {
            if (!IsEnabled(level)) return;
            var line = $"{level} {category}: {format(state, error)} {error}";
            log.Lines.Enqueue(line);
            if (level >= LogLevel.Error) log.Errors.Enqueue(line);
        }
    }
}
