using Community.Kernel;

namespace Community.Boards;

/// <summary>Whether a post is published. Whatever is withheld is hidden, too, so that who asks only for hidden posts is right.</summary>
public enum Withheld
{
    No,
    /// <summary>It waits in the queue for a moderator.</summary>
    Waiting,
    /// <summary>A moderator has refused it. Its author can still read it, with the reason.</summary>
    Refused,
}

/// <summary>Which posts of members wait in the queue of a board.</summary>
[Flags]
public enum Hold { None = 0, Links = 1, Pictures = 2, Everything = 4 }

/// <summary>Why a post waits. The text key of each is <c>boards.queue.why.{name}</c>.</summary>
[Flags]
public enum HoldReasons { None = 0, New = 1, Links = 2, Pictures = 4, Board = 8, Words = 16, Unchecked = 32 }

/// <summary>What became of an entry of the queue.</summary>
public enum QueueOutcome
{
    Approved,
    Refused,
    /// <summary>The author deleted the post, or edited it again, before a moderator decided.</summary>
    Withdrawn,
}

/// <summary>A post, or the edit of a published post, that waits for a moderator, or waited.</summary>
public sealed class QueueEntry
{
    public long Id { get; set; }
    public long PostId { get; set; }
    public Post Post { get; set; } = null!;
    /// <summary>Whether the post is published, and title and text are what it is to become.</summary>
    public bool IsEdit { get; set; }
    public string? Title { get; set; }
    public string? Text { get; set; }
    public DateTime Since { get; set; }
    public HoldReasons Reasons { get; set; }
    /// <summary>The watched words that were found, for moderators.</summary>
    public string Words { get; set; } = "";
    /// <summary>
    /// Rises when the author changes what waits, or a moderator the post that it is to change. A decision names the version that was seen.
    /// </summary>
    public int Version { get; set; }
    public DateTime? DecidedAt { get; set; }
    public long? DecidedBy { get; set; }
    public QueueOutcome? Outcome { get; set; }

    /// <summary>The words of a proposed edit go with the decision: they stand in the post, or nobody needs them.</summary>
    public void Close(QueueOutcome outcome, Reader? by, DateTime now) =>
        (Outcome, DecidedAt, DecidedBy, Title, Text) = (outcome, now, by?.Id, null, null);

    /// <summary>Takes the decision about a post back; that about an edit is final, since its words are gone.</summary>
    internal void Open() => (Outcome, DecidedAt, DecidedBy, Version) = (null, null, null, Version + 1);
}
