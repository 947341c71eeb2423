using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Kernel;

/// <summary>Which handlers hear which facts, and which jobs recur.</summary>
public sealed class JobList
{
    sealed record Entry(
        string Name,
        Type Message,
        Func<IServiceProvider, string, CancellationToken, Task> Run,
        TimeSpan? Every,
        bool AtOnce
    );

    readonly Dictionary<string, Entry> entries = [];
    readonly Dictionary<Type, List<string>> byFact = [];

    /// <summary>
    /// <typeparamref name="THandler"/> is run, some time after the commit, for each fact of type <typeparamref name="TFact"/>.
    /// </summary>
    public void On<TFact, THandler>() where THandler : class, IHandle<TFact>
    {
        var name = Add<TFact, THandler>(null);
        (byFact.TryGetValue(typeof(TFact), out var names) ? names : byFact[typeof(TFact)] = []).Add(name);
    }

    /// <summary>
    /// <typeparamref name="THandler"/> is run on every active site about every <paramref name="period"/>. A day or more: it opens the site.
    /// </summary>
    /// <param name="period">How often.</param>
    /// <param name="atOnce">The first time as soon as a site has the job: what an upgrade leaves to be done.</param>
    public void Every<THandler>(TimeSpan period, bool atOnce = false)
        where THandler : class, IHandle<Tick> => Add<Tick, THandler>(period, atOnce);

    string Add<TMessage, THandler>(TimeSpan? every, bool atOnce = false) where THandler : class, IHandle<TMessage>
    {
        var name = $"{typeof(THandler).Name}.{typeof(TMessage).Name}";
        entries.Add(
            name,
            new(
                name,
                typeof(TMessage),
                (services, payload, ct) =>
                    ActivatorUtilities
                        .GetServiceOrCreateInstance<THandler>(services)
                        .Handle(JsonSerializer.Deserialize<TMessage>(payload)!, ct),
                every,
                atOnce
            )
        );
        return name;
    }

    internal IEnumerable<WorkRow> RowsFor(object fact, DateTime now) =>
        byFact.TryGetValue(fact.GetType(), out var names)
            ? names.Select(name => new WorkRow { Handler = name, Payload = JsonSerializer.Serialize(fact, fact.GetType()), DueAt = now })
            : [];

    /// <summary>The first rows of the recurring jobs, for those that a site has not yet.</summary>
    public IEnumerable<WorkRow> RecurringRows(ISet<string> present, DateTime now) =>
        entries.Values.Where(e => e.Every is not null && !present.Contains(e.Name))
            .Select(e => new WorkRow { Handler = e.Name, DueAt = e.AtOnce ? now : now + e.Every!.Value });

    internal bool TryFind(string handler, out TimeSpan? every, out Func<IServiceProvider, string, CancellationToken, Task> run)
    {
        var found = entries.TryGetValue(handler, out var entry);
        (every, run) = found ? (entry!.Every, entry.Run) : (null, (_, _, _) => Task.CompletedTask);
        return found;
    }
}
