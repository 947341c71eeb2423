using Community.Members;

namespace Community.Boards;

/// <summary>
/// A member asks the moderators to look at a post. One for each member and post, however often it is sent; its words may be replaced.
/// </summary>
public sealed class Report
{
    public long Id { get; set; }
    public long PostId { get; set; }
    public Post Post { get; set; } = null!;
    public long? ReporterId { get; set; }
    public Member? Reporter { get; set; }
    public string Reason { get; set; } = "";
    public DateTime At { get; set; }
    public DateTime? ClosedAt { get; set; }
    public long? ClosedBy { get; set; }
    /// <summary>What was done when it was closed; null for those from before it was kept.</summary>
    public ModerationAct? ClosedAs { get; set; }

    /// <summary>It waits no longer. False if it was closed before.</summary>
    public bool Close(long? moderator, ModerationAct act, DateTime now)
    {
        if (ClosedAt is not null) return false;
        (ClosedAt, ClosedBy, ClosedAs) = (now, moderator, act);
        return true;
    }

    /// <summary>It waits again. False if it does already.</summary>
    public bool Reopen()
    {
        if (ClosedAt is null) return false;
        (ClosedAt, ClosedBy, ClosedAs) = (null, null, null);
        return true;
    }
}
