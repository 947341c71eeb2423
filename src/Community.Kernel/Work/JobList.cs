using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Kernel;

/// <summary>
/// Which jobs there are: things to do, once or again and again. What merely happened is an event, see <see cref="EventList"/>. Names stand
/// in the sites' databases and never change.
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
    /// <typeparamref name="THandler"/> does each job of type <typeparamref name="TJob"/> that <see cref="SiteDb.Enqueue"/> was given.
    /// </summary>
    /// <param name="name">Module and job: <c>members.export</c>. Outlives a renaming of the classes.</param>
    public void Add<TJob, THandler>(string name) where THandler : class, IHandle<TJob>
    {
        Add<TJob, THandler>(name, null, false);
        names.Add(typeof(TJob), name);
    }

    /// <summary>
    /// <typeparamref name="THandler"/> is run on every active site about every <paramref name="period"/>. A day or more: it opens the site.
    /// </summary>
    /// <param name="name">Module and job: <c>kernel.seal-audit</c>. Outlives a renaming of the class.</param>
    /// <param name="period">How often.</param>
    /// <param name="immediately">The first time as soon as a site has the job: what an upgrade leaves to be done.</param>
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

    /// <exception cref="InvalidOperationException">Nobody does such jobs.</exception>
    internal WorkRow RowFor(object job, DateTime now) =>
        names.TryGetValue(job.GetType(), out var name)
            ? new() { Handler = name, Payload = JsonSerializer.Serialize(job, job.GetType()), DueAt = now }
            : throw new InvalidOperationException($"Nobody does a {job.GetType().Name}: its module adds it in AddJobs.");

    /// <summary>The first rows of the recurring jobs, for those that a site has not yet.</summary>
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
