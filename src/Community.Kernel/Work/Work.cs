namespace Community.Kernel;

/// <summary>Work for later: a handler's name and what it is told. Written in the transaction of the change that asks for it.</summary>
public sealed class WorkRow
{
    public long Id { get; set; }
    public required string Handler { get; set; }
    public string Payload { get; set; } = "{}";
    public DateTime DueAt { get; set; }
    public int Attempts { get; set; }
    public string? Error { get; set; }
    /// <summary>After <see cref="WorkQueue.MaxAttempts"/> failures: left for a person to see.</summary>
    public DateTime? FailedAt { get; set; }
}

/// <summary>Names of the catalogue's queues.</summary>
public static class SiteQueues
{
    public const string Work = "work";
    public const string SystemMails = "system-mails";
}

/// <summary>
/// Does a job. It may run twice for one job, when the process dies between its end and the deletion of the row, and must do no harm then.
/// </summary>
public interface IHandle<in T>
{
    Task Handle(T message, CancellationToken ct);
}

/// <summary>What a recurring job is told: nothing but that it is time.</summary>
public sealed record Tick;
