namespace Community.Boards;

/// <summary>
/// What a member has read of a topic, post by post: exactly, whether read as a tree or in order of time, and what the member wrote.
/// What lies at or below the member's watermark (see <see cref="BoardRead"/>) is read beside it.
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

/// <summary>
/// A member marked a board as read: all posts up to the id <see cref="Watermark"/>, of the topics that stood in the board when
/// <see cref="Moves"/> topics of the site had been moved. So a topic that is moved keeps what was marked where it stood, and is
/// not marked by what was said of its new board before it came.
/// </summary>
public sealed class BoardRead
{
    public long MemberId { get; set; }
    public long BoardId { get; set; }
    /// <summary>The last move that the member's page knew, see <see cref="TopicStay.Id"/>; 0 before the first.</summary>
    public long Moves { get; set; }
    public long Watermark { get; set; }
}

/// <summary>
/// A topic stood in a board until it was moved. Numbered in the order of moves over the whole site, it is the clock by which is
/// known in which board a topic stood when a member marked one as read. A move writes one, however many members there are.
/// </summary>
public sealed class TopicStay
{
    /// <summary>The move that ended it.</summary>
    public long Id { get; set; }
    public long TopicId { get; set; }
    public long BoardId { get; set; }
    /// <summary>The move that brought the topic there; 0 if it was started there.</summary>
    public long Since { get; set; }
}
