using Community.Members;

namespace Community.Boards;

/// <summary>
/// A member's request that moderators look at a post. One per member and post, however often it is sent; its reason can be replaced.
/// </summary>
public sealed class Report
{
    public const int MaxCategoryLength = 80;

    public long Id { get; set; }
    public long PostId { get; set; }
    public Post Post { get; set; } = null!;
    public long? ReporterId { get; set; }
    public Member? Reporter { get; set; }
    /// <summary>What the reporter chose from the site's list, in the site's language as it was then; empty for none.</summary>
    public string Category { get; set; } = "";
    public string Reason { get; set; } = "";
    public DateTime At { get; set; }
    /// <summary>Made by the site because of watched words, which the reason names.</summary>
    public bool IsOfWords { get; set; }
    public DateTime? ClosedAt { get; set; }
    public long? ClosedBy { get; set; }
    /// <summary>The action that closed it; null for reports closed before this was stored.</summary>
    public ModerationAct? ClosedAs { get; set; }

    /// <summary>Closes the report. False if it is closed already.</summary>
    public bool Close(long? moderator, ModerationAct act, DateTime now)
    {
        if (ClosedAt is not null) return false;
        (ClosedAt, ClosedBy, ClosedAs) = (now, moderator, act);
        return true;
    }

    /// <summary>Reopens the report. False if it is open already.</summary>
    public bool Reopen()
    {
        if (ClosedAt is null) return false;
        (ClosedAt, ClosedBy, ClosedAs) = (null, null, null);
        return true;
    }
}
