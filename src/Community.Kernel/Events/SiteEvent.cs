namespace Community.Kernel;

/// <summary>
/// Something that happened on a site, in the past tense. <see cref="SiteDb.Publish(SiteEvent)"/> writes it to the site's log in the
/// transaction of the act. It holds ids, numbers, enumerations, times and flags, never words: erasing a person must not have to search the
/// log. Its module registers it, see <see cref="Module.AddEvents"/>.
/// </summary>
public abstract record SiteEvent;

/// <summary>An event in the log.</summary>
public sealed class EventRow
{
    /// <summary>Its place in the log: handlers read in this order. With PostgreSQL some numbers may be missing.</summary>
    public long Seq { get; set; }
    /// <summary>The same wherever the event is told, also outside this database (UUID version 7).</summary>
    public Guid Id { get; set; } = Guid.CreateVersion7();
    /// <summary>The name under which its type is registered.</summary>
    public required string Type { get; set; }
    public DateTime At { get; set; }
    /// <summary>The member who acted; null for a visitor, a command or work in the background.</summary>
    public long? Actor { get; set; }
    /// <summary>The <see cref="SiteEvent"/> as JSON.</summary>
    public required string Data { get; set; }
}

/// <summary>How far a handler has read, and how it fares.</summary>
public sealed class EventCursor
{
    /// <summary>The name under which the handler is registered.</summary>
    public required string Handler { get; set; }
    /// <summary>The last event that it has handled; 0 before the first.</summary>
    public long Seq { get; set; }
    /// <summary>Failures in a row with the next event.</summary>
    public int Attempts { get; set; }
    /// <summary>Why the last attempt failed, safe to be shown.</summary>
    public string? Error { get; set; }
    /// <summary>When the next event is tried again; null while nothing fails.</summary>
    public DateTime? RetryAt { get; set; }
}

/// <summary>An event as a handler reads it.</summary>
/// <param name="Seq">Its place in the log.</param>
/// <param name="Id">The same wherever the event is told: what is sent elsewhere can be recognised by it when it is sent twice.</param>
/// <param name="At">When it happened (UTC).</param>
/// <param name="Actor">The member who acted; null for a visitor, a command or work in the background.</param>
/// <param name="Event">What happened.</param>
public sealed record PublishedEvent(long Seq, Guid Id, DateTime At, long? Actor, SiteEvent Event);

/// <summary>
/// Reads a site's log in order and keeps something up to date by it. It runs inside a change that moves its cursor as well, so what it
/// writes to the site's database is written once for each event. On SQLite that change holds the site's write gate: whatever is slow, or
/// leaves the database, belongs into a job or a mail that the handler enqueues (<see cref="SiteDb.Enqueue"/>, <see cref="SiteDb.Send"/>).
/// </summary>
public interface IEventHandler
{
    /// <summary>
    /// Handles the next events of its types, in their order. It saves what it changes or leaves it tracked; it opens and commits no change.
    /// If it throws, nothing of it is kept, and the same events come again, one by one.
    /// </summary>
    Task Handle(IReadOnlyList<PublishedEvent> events, CancellationToken ct);

    /// <summary>
    /// Before a rebuild: removes what it has kept, or makes it anew from the tables where the log no longer reaches back far enough. Its
    /// cursor goes back to 0 in the same change.
    /// </summary>
    Task Reset(CancellationToken ct) => Task.CompletedTask;
}
