using System.Linq.Expressions;

namespace Community.Boards;

/// <summary>A topic as lists show it.</summary>
public sealed record TopicLine(
    long Id,
    string Title,
    long BoardId,
    string BoardKey,
    string BoardName,
    DateTime StartedAt,
    DateTime? PinnedAt,
    bool Locked,
    bool Hidden,
    int Replies,
    DateTime LastPostAt,
    string? AuthorName,
    string? AuthorHandle,
    string? AuthorPicture,
    string? LastAuthorName,
    string? LastAuthorHandle,
    int Total,
    bool Archived = false
)
{
    public static readonly Expression<Func<Topic, TopicLine>> Of = t => new TopicLine(
        t.Id,
        t.Title,
        t.BoardId,
        t.Board.Key,
        t.Board.Name,
        t.StartedAt,
        t.PinnedAt,
        t.LockedAt != null,
        t.HiddenAt != null,
        t.Replies,
        t.LastPostAt,
        t.Author!.Name ?? t.GuestName,
        t.Author.Handle,
        t.Author.Picture,
        t.LastAuthor!.Name ?? t.LastGuestName,
        t.LastAuthor.Handle,
        t.NextNumber - 1,
        t.ArchivedAt != null
    );

    public bool Pinned => PinnedAt is not null;
    public string Url => Topic.UrlOf(BoardKey, Id);
    /// <summary>The address of its page, see <see cref="TopicAddress"/>.</summary>
    public string PageUrl => Topic.PageOf(BoardKey, Id, Title);
}
