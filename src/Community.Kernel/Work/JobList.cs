using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Kernel;

/// <summary>
/// The registered jobs: things to do, once or periodically. Something that merely happened is an event, see <see cref="EventList"/>. The
/// names are stored in the sites' databases and must never change.
/// </summary>
public sealed class JobList
{
    sealed record Entry(
        string Name,
        Func<IServiceProvider, string, CancellationToken, Task> Run,
        TimeSpan? Every,
        bool Immediately
    );

    readonly Dictionary<string, Entry> entries = [];
    readonly Dictionary<Type, string> names = [];

    /// <summary>
    /// <typeparamref name="THandler"/> runs each job of type <typeparamref name="TJob"/> passed to <see cref="SiteDb.Enqueue"/>.
    /// </summary>
    /// <param name="name">Module and job: <c>members.export</c>. Stays the same when the classes are renamed.</param>
    public void Add<TJob, THandler>(string name) where THandler : class, IHandle<TJob>
    {
        Add<TJob, THandler>(name, null, false);
        names.Add(typeof(TJob), name);
    }

    /// <summary>
    /// Runs <typeparamref name="THandler"/> on every active site about every <paramref name="period"/>.
    /// </summary>
    /// <param name="name">Module and job: <c>kernel.seal-audit</c>. Stays the same when the class is renamed.</param>
    /// <param name="period">A day or more, because each run opens the site.</param>
    /// <param name="immediately">Make the first run as soon as the site has the job: for work that an upgrade leaves to be done.</param>
    public void Every<THandler>(string name, TimeSpan period, bool immediately = false)
        where THandler : class, IHandle<Tick> => Add<Tick, THandler>(name, period, immediately);

    void Add<TMessage, THandler>(string name, TimeSpan? every, bool immediately) where THandler : class, IHandle<TMessage> =>
        entries.Add(
            name,
            new(
                name,
                (services, payload, ct) =>
                    ActivatorUtilities
                        .GetServiceOrCreateInstance<THandler>(services)
                        .Handle(JsonSerializer.Deserialize<TMessage>(payload)!, ct),
                every,
                immediately
            )
        );

    /// <exception cref="InvalidOperationException">No handler is registered for the job's type.</exception>
    internal WorkRow RowFor(object job, DateTime due) =>
        names.TryGetValue(job.GetType(), out var name)
            ? new() { Handler = name, Payload = JsonSerializer.Serialize(job, job.GetType()), DueAt = due }
            : throw new InvalidOperationException($"Nobody does a {job.GetType().Name}: its module adds it in AddJobs.");

    /// <summary>The first rows of the recurring jobs that the site does not have yet.</summary>
    public IEnumerable<WorkRow> RecurringRows(ISet<string> present, DateTime now) =>
        entries.Values.Where(e => e.Every is not null && !present.Contains(e.Name))
            .Select(e => new WorkRow { Handler = e.Name, DueAt = e.Immediately ? now : now + e.Every!.Value });

    internal bool TryFind(string handler, out TimeSpan? every, out Func<IServiceProvider, string, CancellationToken, Task> run)
    {
        var found = entries.TryGetValue(handler, out var entry);
        (every, run) = found ? (entry!.Every, entry.Run) : (null, (_, _, _) => Task.CompletedTask);
        return found;
    }
}
