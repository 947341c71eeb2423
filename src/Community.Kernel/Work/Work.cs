namespace Community.Kernel;

/// <summary>Deferred work: a handler's name and its message. Written in the transaction of the change that requests it.</summary>
public sealed class WorkRow
{
    public long Id { get; set; }
    public required string Handler { get; set; }
    public string Payload { get; set; } = "{}";
    public DateTime DueAt { get; set; }
    public int Attempts { get; set; }
    public string? Error { get; set; }
    /// <summary>Set after <see cref="WorkQueue.MaxAttempts"/> failures; the row then stays for a person to inspect.</summary>
    public DateTime? FailedAt { get; set; }
}

/// <summary>Names of the catalogue's queues.</summary>
public static class SiteQueues
{
    public const string Work = "work";
    public const string SystemMails = "system-mails";
}

/// <summary>
/// Runs a job. It must be idempotent: it runs twice if the process dies after the job has finished but before its row is deleted.
/// </summary>
public interface IHandle<in T>
{
    Task Handle(T message, CancellationToken ct);
}

/// <summary>The message of a recurring job: it only says that it is time.</summary>
public sealed record Tick;
