namespace Community.Boards;

/// <summary>
/// Which posts of a topic a member has read or written: exact, in either view.
/// Posts at or below the member's watermark (see <see cref="BoardRead"/>) are read as well.
/// </summary>
public sealed class TopicRead
{
    public long MemberId { get; set; }
    public long TopicId { get; set; }
    public int ReadUpto { get; set; }
    /// <summary>The numbers above <see cref="ReadUpto"/>, see <see cref="ReadSet.ToBytes"/>.</summary>
    public byte[]? Above { get; set; }
    public int ReadCount { get; set; }

    public ReadSet Set
    {
        get => ReadSet.From(ReadUpto, Above);
        set => (ReadUpto, Above, ReadCount) = (value.Upto, value.ToBytes(value.Upto), value.Count);
    }
}

/// <summary>
/// A member marked a board as read: all posts up to the id <see cref="Watermark"/>, in the topics that were in the board after the
/// move <see cref="Moves"/>. So a moved topic keeps the marks from its old board, and marks that were set on its new board
/// before it arrived do not count.
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
/// Records that a topic was in a board until it was moved. The ids number all moves of the site in order, and so are the clock that
/// tells in which board a topic was when a member marked one as read. A move writes one row, however many members there are.
/// </summary>
public sealed class TopicStay
{
    /// <summary>The id of the move that ended the stay.</summary>
    public long Id { get; set; }
    public long TopicId { get; set; }
    public long BoardId { get; set; }
    /// <summary>The move that brought the topic there; 0 if it was started there.</summary>
    public long Since { get; set; }
}
