namespace Community.Boards;

/// <summary>
/// What a member has read of a topic: exactly, whether read as a tree or in order of time. It holds the numbers below
/// the board's floor as well, so a topic with a row needs no look at the floor.
/// </summary>
public sealed class TopicRead
{
    public long MemberId { get; set; }
    public long TopicId { get; set; }
    public int ReadUpto { get; set; }
    /// <summary>The numbers above, see <see cref="ReadSet.ToBytes"/>.</summary>
    public byte[]? Above { get; set; }
    public int ReadCount { get; set; }

    public ReadSet Set
    {
        get => ReadSet.From(ReadUpto, Above);
        set => (ReadUpto, Above, ReadCount) = (value.Upto, value.ToBytes(value.Upto), value.Count);
    }
}

/// <summary>All posts of a board up to an id count as read by a member: those before joining, or before "mark all read".</summary>
public sealed class BoardRead
{
    /// <summary>In place of a board: the floor at joining, for boards without a row of their own.</summary>
    public const long Everywhere = 0;

    public long MemberId { get; set; }
    public long BoardId { get; set; }
    public long Floor { get; set; }
}
