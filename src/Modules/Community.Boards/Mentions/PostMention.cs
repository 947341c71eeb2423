using Community.Kernel;

namespace Community.Boards;

/// <summary>
/// A post mentions a member, in this or an earlier version: an edit adds rows and removes none, so nobody is told twice.
/// </summary>
public sealed class PostMention
{
    /// <summary>Members that a post can mention.</summary>
    public const int Max = 20;

    public long PostId { get; set; }
    public Post Post { get; set; } = null!;
    public long MemberId { get; set; }
    /// <summary>The member's name and handle as the post's text has them; see <see cref="FollowNames"/>.</summary>
    public required string Name { get; set; }
    public required string Handle { get; set; }
    public DateTime At { get; set; }
}
