using System.Text.Json;
using System.Text.Json.Serialization;

namespace Community.Kernel;

/// <summary>Where a handler begins on a site that it has not read before.</summary>
public enum EventStart
{
    /// <summary>With the oldest event that is kept: for what it keeps up to date.</summary>
    Oldest,
    /// <summary>With the next event: for what it tells people, who want no news of last month.</summary>
    Next,
}

/// <summary>Which events there are, and which handlers read them. Names stand in the sites' databases and never change.</summary>
public sealed class EventList
{
    /// <summary>A registered handler.</summary>
    /// <param name="Name">Its name in the sites' databases.</param>
    /// <param name="Type">The class.</param>
    /// <param name="Reads">Names of the event types that it reads.</param>
    /// <param name="Start">Where it begins.</param>
    public sealed record Handler(string Name, Type Type, IReadOnlySet<string> Reads, EventStart Start);

    static readonly JsonSerializerOptions json = new() { Converters = { new JsonStringEnumConverter() } };

    readonly Dictionary<string, Type> types = [];
    readonly Dictionary<Type, string> names = [];
    readonly Dictionary<string, Handler> handlers = [];
    readonly HashSet<string> read = [];

    public IReadOnlyDictionary<string, Type> Types => types;
    public IReadOnlyCollection<Handler> Handlers => handlers.Values;

    /// <summary>Registers a type of event.</summary>
    /// <param name="name">Module and event: <c>boards.post-published</c>. Outlives a renaming of the class.</param>
    public void Add<TEvent>(string name) where TEvent : SiteEvent
    {
        types.Add(name, typeof(TEvent));
        names.Add(typeof(TEvent), name);
    }

    /// <summary>Registers a handler.</summary>
    /// <param name="name">Module and handler: <c>boards.counters</c>. Outlives a renaming of the class.</param>
    /// <param name="start">Where it begins on a site that it has not read before.</param>
    /// <param name="reads">The events that it reads, registered before.</param>
    public void Handle<THandler>(string name, EventStart start, params Type[] reads) where THandler : class, IEventHandler
    {
        var handler = new Handler(name, typeof(THandler), reads.Select(NameOf).ToHashSet(), start);
        handlers.Add(name, handler);
        read.UnionWith(handler.Reads);
    }

    /// <exception cref="InvalidOperationException">The type is not registered.</exception>
    public string NameOf(Type type) =>
        names.TryGetValue(type, out var name)
            ? name
            : throw new InvalidOperationException($"{type.Name} is not registered: its module adds it in AddEvents.");

    /// <summary>Whether any handler reads events of this name. Others wait in the log without opening the site.</summary>
    public bool IsRead(string name) => read.Contains(name);

    public EventRow Write(SiteEvent e, DateTime at, long? actor) =>
        new() { Type = NameOf(e.GetType()), At = at, Actor = actor, Data = JsonSerializer.Serialize(e, e.GetType(), json) };

    /// <exception cref="JsonException">The type has changed so that it cannot be read any more.</exception>
    public PublishedEvent Read(EventRow row) =>
        new(row.Seq, row.Id, row.At, row.Actor, (SiteEvent)JsonSerializer.Deserialize(row.Data, types[row.Type], json)!);
}
