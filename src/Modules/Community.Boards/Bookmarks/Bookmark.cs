namespace Community.Boards;

/// <summary>A post that a member wants to find again, with what they noted of it. Nobody else sees it.</summary>
public sealed class Bookmark
{
    public const int MaxNoteLength = 500;

    public long Id { get; set; }
    public long MemberId { get; set; }
    public long PostId { get; set; }
    public Post Post { get; set; } = null!;
    public string Note { get; set; } = "";
    public DateTime At { get; set; }
}
