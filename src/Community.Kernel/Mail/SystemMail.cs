namespace Community.Kernel;

public enum SystemMailState { Waiting, InFlight, Sent, Failed }

/// <summary>Which e-mails of a site leave first, when more wait than can leave at once.</summary>
public enum SystemMailPrecedence
{
    /// <summary>Somebody sits before a closed door, or must hear at once that it was opened: a new password, a changed address.</summary>
    Urgent,
    /// <summary>Somebody waits for it, among many: to confirm a registration.</summary>
    Awaited,
    /// <summary>Nobody waits for it.</summary>
    Notice,
}

/// <summary>
/// A single mail of the site to one person: confirmation, password, notification. <see cref="SiteDb.Send"/> puts it into the outbox
/// in the transaction that causes it; a sender takes it from there. Its text is deleted when it was accepted, and some days after it was
/// given up: it may hold a link that signs in.
/// </summary>
public sealed class SystemMail
{
    public long Id { get; set; }
    /// <summary>What it is, for the log: <c>members.confirm</c>.</summary>
    public required string Kind { get; set; }
    public required string To { get; set; }
    /// <summary>The member whom it is about, on whose page a failure is shown; null if there is none.</summary>
    public long? MemberId { get; set; }
    /// <summary>As the module of its kind says, see <see cref="Module.SystemMailKinds"/>.</summary>
    public SystemMailPrecedence Precedence { get; set; } = SystemMailPrecedence.Notice;
    public required string Subject { get; set; }
    /// <summary>Markdown; sent as plain text and HTML. Null when sent, or given up some days ago.</summary>
    public required string? Text { get; set; }
    /// <summary>The language it is written in.</summary>
    public required string Culture { get; set; }
    /// <summary>Message-ID without brackets' host part: the same at each attempt.</summary>
    public Guid MessageId { get; set; } = Guid.CreateVersion7();
    public SystemMailState State { get; set; }
    public int Attempts { get; set; }
    public DateTime CreatedAt { get; set; }
    public DateTime DueAt { get; set; }
    public DateTime? SentAt { get; set; }
    /// <summary>When it was given up: left for a person to see.</summary>
    public DateTime? FailedAt { get; set; }
    /// <summary>The server's last words, safe to be shown: see <see cref="UntrustedText.Safe"/>.</summary>
    public string? Answer { get; set; }
}
