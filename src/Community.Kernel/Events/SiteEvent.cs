namespace Community.Kernel;

/// <summary>
/// Something that happened on a site, in the past tense. <see cref="SiteDb.Publish(SiteEvent)"/> writes it to the site's log in the
/// transaction of the act. It holds ids, numbers, enums, times and flags, never text, so that erasing a person need not search the
/// log. Its module registers it, see <see cref="Module.AddEvents"/>.
/// </summary>
public abstract record SiteEvent;

/// <summary>An event in the log.</summary>
public sealed class EventRow
{
    /// <summary>Its position in the log: handlers read in this order. PostgreSQL may leave gaps.</summary>
    public long Seq { get; set; }
    /// <summary>Identifies the event everywhere, also outside this database (UUID version 7).</summary>
    public Guid Id { get; set; } = Guid.CreateVersion7();
    /// <summary>The name under which its type is registered.</summary>
    public required string Type { get; set; }
    public DateTime At { get; set; }
    /// <summary>The member who acted; null for a visitor, a command or background work.</summary>
    public long? Actor { get; set; }
    /// <summary>The <see cref="SiteEvent"/> as JSON.</summary>
    public required string Data { get; set; }
}

/// <summary>How far a handler has read, and whether it is failing.</summary>
public sealed class EventCursor
{
    /// <summary>The name under which the handler is registered.</summary>
    public required string Handler { get; set; }
    /// <summary>The last event that it has handled; 0 before the first.</summary>
    public long Seq { get; set; }
    /// <summary>Consecutive failures at the next event.</summary>
    public int Attempts { get; set; }
    /// <summary>Why the last attempt failed, safe to display.</summary>
    public string? Error { get; set; }
    /// <summary>When the next event is retried; null unless the handler is failing.</summary>
    public DateTime? RetryAt { get; set; }
}

/// <summary>An event as a handler reads it.</summary>
/// <param name="Seq">Its position in the log.</param>
/// <param name="Id">Identifies the event everywhere: an external receiver can recognise duplicates by it.</param>
/// <param name="At">When it happened (UTC).</param>
/// <param name="Actor">The member who acted; null for a visitor, a command or background work.</param>
/// <param name="Event">What happened.</param>
public sealed record PublishedEvent(long Seq, Guid Id, DateTime At, long? Actor, SiteEvent Event);

/// <summary>
/// Reads a site's log in order and keeps something up to date from it. It runs inside the change that also moves its cursor, so what it
/// writes to the site's database is written exactly once per event. On SQLite that change holds the site's write gate: anything slow, or
/// outside the database, belongs in a job or a mail that the handler enqueues (<see cref="SiteDb.Enqueue"/>, <see cref="SiteDb.Send"/>).
/// </summary>
public interface IEventHandler
{
    /// <summary>
    /// Handles the next events of its types, in order. It saves its changes or leaves them tracked; it must not open or commit a change.
    /// If it throws, everything is rolled back, and the same events come again, one by one.
    /// </summary>
    Task Handle(IReadOnlyList<PublishedEvent> events, CancellationToken ct);

    /// <summary>
    /// Called before a rebuild: removes the handler's data, or recreates it from the tables where the log does not go back far enough. The
    /// cursor is reset to 0 in the same change.
    /// </summary>
    Task Reset(CancellationToken ct) => Task.CompletedTask;
}
