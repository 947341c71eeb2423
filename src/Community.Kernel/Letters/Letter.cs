namespace Community.Kernel;

public enum LetterState { Waiting, Handing, Sent, Failed }

/// <summary>
/// A single mail of the site to one person: confirmation, password, notification. <see cref="SiteDb.Send"/> puts it into the outbox
/// in the transaction that causes it; a sender takes it from there. Its text is deleted when it was accepted: it may hold a link that signs in.
/// </summary>
public sealed class Letter
{
    public long Id { get; set; }
    /// <summary>What it is, for the log: <c>members.confirm</c>.</summary>
    public required string Kind { get; set; }
    public required string To { get; set; }
    public required string Subject { get; set; }
    /// <summary>Markdown; sent as plain text and HTML. Null when sent.</summary>
    public required string? Text { get; set; }
    /// <summary>The language it is written in.</summary>
    public required string Culture { get; set; }
    /// <summary>Message-ID without brackets' host part: the same at each attempt.</summary>
    public Guid MessageId { get; set; } = Guid.CreateVersion7();
    public LetterState State { get; set; }
    public int Attempts { get; set; }
    public DateTime CreatedAt { get; set; }
    public DateTime DueAt { get; set; }
    public DateTime? SentAt { get; set; }
    /// <summary>The server's last words.</summary>
    public string? Answer { get; set; }
}
