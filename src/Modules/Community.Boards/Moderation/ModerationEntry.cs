using Community.Members;

namespace Community.Boards;

/// <summary>The moderators' actions. The text key of each is <c>boards.act.{name}</c>.</summary>
public enum ModerationAct
{
    HidePost,
    RestorePost,
    HideTopic,
    RestoreTopic,
    Lock,
    Unlock,
    Pin,
    Unpin,
    Move,
    DismissReport,
    ReopenReport,
    Split,
    Merge,
    Approve,
    Refuse,
    Clear,
    UndoClear,
    EditPost,
    Erase,
    EditPoll,
    ClosePoll,
    OpenPoll,
    DeletePoll,
    ArchiveTopic,
    UnarchiveTopic,
    TrustNew,
    TrustKnown,
    TrustFull,
    TrustByItself,
}

/// <summary>One line of the moderation log: who did what, when, and why.</summary>
public sealed class ModerationEntry
{
    public long Id { get; set; }
    public DateTime At { get; set; }
    public long? ActorId { get; set; }
    public Member? Actor { get; set; }
    public ModerationAct Act { get; set; }
    /// <summary>The topic; null for what was done to a member.</summary>
    public long? TopicId { get; set; }
    public Topic? Topic { get; set; }
    public int? PostNumber { get; set; }
    /// <summary>Whose post or topic it was, or the member to whom it was done; null for a former member, and for lines of old.</summary>
    public long? MemberId { get; set; }
    public string Reason { get; set; } = "";
}
