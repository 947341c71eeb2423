namespace Community.Boards;

/// <summary>How much a member wants to hear of a board or topic.</summary>
public enum FollowLevel
{
    /// <summary>Told of replies, mentions and quotes.</summary>
    Normal,
    /// <summary>As <see cref="Normal"/>; what is new is also counted on the member's list.</summary>
    Track,
    /// <summary>Of a topic: told of each new post. Of a board: told of each new topic.</summary>
    Watch,
    /// <summary>Told of nothing.</summary>
    Mute,
}

/// <summary>A member's level for a topic.</summary>
public sealed class TopicFollow
{
    public long MemberId { get; set; }
    public long TopicId { get; set; }
    public Topic Topic { get; set; } = null!;
    public FollowLevel Level { get; set; }
    /// <summary>Set because the member wrote in the topic, not by the member's hand.</summary>
    public bool ByItself { get; set; }
    public DateTime At { get; set; }
}

/// <summary>A member's level for a board; no row for <see cref="FollowLevel.Normal"/>.</summary>
public sealed class BoardFollow
{
    public long MemberId { get; set; }
    public long BoardId { get; set; }
    public Board Board { get; set; } = null!;
    public FollowLevel Level { get; set; }
    public DateTime At { get; set; }
}

/// <summary>A member who wants to hear nothing from another.</summary>
public sealed class MemberMute
{
    public long MemberId { get; set; }
    public long MutedId { get; set; }
    public DateTime At { get; set; }
}

/// <summary>A member's levels for a topic and its board.</summary>
/// <param name="Topic">The topic's; null for none.</param>
/// <param name="ByItself">See <see cref="TopicFollow.ByItself"/>.</param>
/// <param name="Board">The board's; null for none.</param>
public sealed record FollowLevels(FollowLevel? Topic, bool ByItself, FollowLevel? Board)
{
    public static readonly FollowLevels None = new(null, false, null);

    /// <summary>
    /// What holds for the topic. The level that a member chose for a topic beats that of the board; a level that came by itself does
    /// not lift the mute of a board. Of a board's other levels none reaches its topics.
    /// </summary>
    public FollowLevel InTopic => Topic is { } own && !(ByItself && Board is FollowLevel.Mute) ? own
        : Board is FollowLevel.Mute ? FollowLevel.Mute
        : FollowLevel.Normal;
}
