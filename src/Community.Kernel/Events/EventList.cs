using System.Text.Json;
using System.Text.Json.Serialization;

namespace Community.Kernel;

/// <summary>Where a handler starts on a site whose log it has not read before.</summary>
public enum EventStart
{
    /// <summary>At the oldest event that is kept: for handlers that keep data up to date.</summary>
    Oldest,
    /// <summary>At the next event: for handlers that notify people, who want no news of last month.</summary>
    Next,
}

/// <summary>The registered events and their handlers. The names are stored in the sites' databases and must never change.</summary>
public sealed class EventList
{
    /// <summary>A registered handler.</summary>
    /// <param name="Name">Its name in the sites' databases.</param>
    /// <param name="Type">The class.</param>
    /// <param name="Reads">Names of the event types that it reads.</param>
    /// <param name="Start">Where it starts.</param>
    public sealed record Handler(string Name, Type Type, IReadOnlySet<string> Reads, EventStart Start);

    static readonly JsonSerializerOptions json = new() { Converters = { new JsonStringEnumConverter() } };

    readonly Dictionary<string, Type> types = [];
    readonly Dictionary<Type, string> names = [];
    readonly Dictionary<string, Handler> handlers = [];
    readonly HashSet<string> read = [];

    public IReadOnlyDictionary<string, Type> Types => types;
    public IReadOnlyCollection<Handler> Handlers => handlers.Values;

    /// <summary>Registers a type of event.</summary>
    /// <param name="name">Module and event: <c>boards.post-published</c>. Stays the same when the class is renamed.</param>
    public void Add<TEvent>(string name) where TEvent : SiteEvent
    {
        types.Add(name, typeof(TEvent));
        names.Add(typeof(TEvent), name);
    }

    /// <summary>Registers a handler.</summary>
    /// <param name="name">Module and handler: <c>boards.counters</c>. Stays the same when the class is renamed.</param>
    /// <param name="start">Where it starts on a site whose log it has not read before.</param>
    /// <param name="reads">The events that it reads. They must be registered before.</param>
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

    /// <summary>Whether any handler reads events of this name. Other events stay in the log without opening the site.</summary>
    public bool IsRead(string name) => read.Contains(name);

    public EventRow Write(SiteEvent e, DateTime at, long? actor) =>
        new() { Type = NameOf(e.GetType()), At = at, Actor = actor, Data = JsonSerializer.Serialize(e, e.GetType(), json) };

    /// <exception cref="JsonException">The type has changed and can no longer read the stored JSON.</exception>
    public PublishedEvent Read(EventRow row) =>
        new(row.Seq, row.Id, row.At, row.Actor, (SiteEvent)JsonSerializer.Deserialize(row.Data, types[row.Type], json)!);
}
