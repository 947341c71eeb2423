using Community.Members;

namespace Community.Boards;

/// <summary>A member asks the moderators to look at a post. One for each member and post, however often it is sent.</summary>
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
}
