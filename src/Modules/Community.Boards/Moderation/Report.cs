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

    public void Close(long? moderator, ModerationAct act, DateTime now) => (ClosedAt, ClosedBy, ClosedAs) = (now, moderator, act);
    public void Reopen() => (ClosedAt, ClosedBy, ClosedAs) = (null, null, null);
}
