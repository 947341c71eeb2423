namespace Community.Kernel;

public enum SystemMailState { Waiting, InFlight, Sent, Failed }

/// <summary>Which e-mails of a site are sent first when more are waiting than can be sent at once.</summary>
public enum SystemMailPrecedence
{
    /// <summary>Somebody is locked out, or must learn at once of a change to his account: a new password, a changed address.</summary>
    Urgent,
    /// <summary>Somebody is waiting for it, among many: to confirm a registration.</summary>
    Awaited,
    /// <summary>Nobody is waiting for it.</summary>
    Notice,
}

/// <summary>
/// A single mail of the site to one person: confirmation, password, notification. <see cref="SiteDb.Send"/> puts it into the outbox
/// in the transaction that causes it; a sender takes it from there. Its text is deleted once it is accepted, or some days after it was
/// given up: it may contain a sign-in link.
/// </summary>
public sealed class SystemMail
{
    public long Id { get; set; }
    /// <summary>Kind of mail, also for the log: <c>members.confirm</c>.</summary>
    public required string Kind { get; set; }
    public required string To { get; set; }
    /// <summary>The member it concerns, on whose page a failure is shown; null for none.</summary>
    public long? MemberId { get; set; }
    /// <summary>Set from its kind by <see cref="Module.SystemMailKinds"/>.</summary>
    public SystemMailPrecedence Precedence { get; set; } = SystemMailPrecedence.Notice;
    public required string Subject { get; set; }
    /// <summary>Markdown; sent as plain text and HTML. Null once sent, or some days after it was given up.</summary>
    public required string? Text { get; set; }
    /// <summary>Further header fields, as a JSON list of name and value; null for none. Deleted with the text.</summary>
    public string? Fields { get; set; }
    /// <summary>The language it is written in.</summary>
    public required string Culture { get; set; }
    /// <summary>Local part of the Message-ID; the same at each attempt.</summary>
    public Guid MessageId { get; set; } = Guid.CreateVersion7();
    public SystemMailState State { get; set; }
    public int Attempts { get; set; }
    public DateTime CreatedAt { get; set; }
    public DateTime DueAt { get; set; }
    public DateTime? SentAt { get; set; }
    /// <summary>When it was given up; the row then stays for a person to inspect.</summary>
    public DateTime? FailedAt { get; set; }
    /// <summary>The server's last reply, made safe to display by <see cref="UntrustedText.Safe"/>.</summary>
    public string? Answer { get; set; }
}
