namespace Community.Statistics;

/// <summary>
/// A day of the site, in its zone. What members did is counted from events and visits; what was written is counted from the posts whenever
/// the day was marked: <see cref="BoardDay"/>, <see cref="TopicDay"/> and <see cref="AuthorDay"/>.
/// </summary>
public sealed class SiteDay
{
    public DateOnly Day { get; set; }
    /// <summary>Members who joined: their address was confirmed, or staff accepted them.</summary>
    public int Joined { get; set; }
    /// <summary>Members who left, or were erased without having left.</summary>
    public int Left { get; set; }
    /// <summary>Members who had left and came back.</summary>
    public int Returned { get; set; }
    /// <summary>Members who were here on this day.</summary>
    public int Active { get; set; }
    /// <summary>Of these, those who were here for the first time in this week: the sum over a week is its active members.</summary>
    public int ActiveOfWeek { get; set; }
    /// <summary>The same for the month.</summary>
    public int ActiveOfMonth { get; set; }
    /// <summary>How often something happened that changes what was written on this day.</summary>
    public int Marks { get; set; }
    /// <summary>The marks that the last counting saw. As long as they differ, the day is to be counted.</summary>
    public int CountedMarks { get; set; }
}

/// <summary>What was written in a board on a day: posts that can be read there now.</summary>
public sealed class BoardDay
{
    public DateOnly Day { get; set; }
    public long BoardId { get; set; }
    public int Posts { get; set; }
    /// <summary>Topics that were started.</summary>
    public int Topics { get; set; }
    /// <summary>Of these, those without an answer by anybody else, even now.</summary>
    public int Unanswered { get; set; }
    /// <summary>Of these, those whose first answer came within an hour; within a day, a week; later.</summary>
    public int InHour { get; set; }
    public int InDay { get; set; }
    public int InWeek { get; set; }
    public int Later { get; set; }
}

/// <summary>What was written in a topic on a day.</summary>
public sealed class TopicDay
{
    public DateOnly Day { get; set; }
    public long TopicId { get; set; }
    public long BoardId { get; set; }
    public int Posts { get; set; }
    /// <summary>Whether the topic was started on this day.</summary>
    public bool Opens { get; set; }
    /// <summary>Seconds until somebody else answered; null if nobody has, or the topic is older.</summary>
    public long? AnsweredAfter { get; set; }
}

/// <summary>How much a member wrote in a board on a day.</summary>
public sealed class AuthorDay
{
    public DateOnly Day { get; set; }
    public long BoardId { get; set; }
    public long AuthorId { get; set; }
    public int Posts { get; set; }
}

/// <summary>
/// The last day on which a member was here, so that nobody is counted twice in a day, week or month. Overwritten by the next: who was here
/// on earlier days is not kept.
/// </summary>
public sealed class MemberVisit
{
    public long MemberId { get; set; }
    public DateOnly Day { get; set; }
}

/// <summary>How far the site's counting is.</summary>
public sealed class CountingState
{
    /// <summary>There is one row.</summary>
    public const long Only = 1;
    public long Id { get; set; } = Only;
    /// <summary>The zone by whose days was counted; null before all days with posts were marked once.</summary>
    public string? Zone { get; set; }
    /// <summary>Members' events up to this day and number are counted already, and cannot be counted anew: their log is gone.</summary>
    public DateOnly? KeptUpTo { get; set; }
    public long KeptUpToSeq { get; set; }
    /// <summary>Whether the members who were there before the first event are counted.</summary>
    public bool HasMembers { get; set; }
}
