namespace Community.Boards;

/// <summary>
/// How far a member is trusted with writing: whom the site does not know yet has limits. By the member's time here, posts written and read,
/// and measures taken; or as a moderator has set it.
/// </summary>
public enum TrustLevel
{
    New,
    Known,
    /// <summary>Without limits.</summary>
    Trusted,
}

/// <summary>A level that a moderator has set for a member, whatever the member does. Without a row the level follows by itself.</summary>
public sealed class MemberTrust
{
    public long MemberId { get; set; }
    public TrustLevel Level { get; set; }
    public DateTime SetAt { get; set; }
    public long? SetBy { get; set; }
}
