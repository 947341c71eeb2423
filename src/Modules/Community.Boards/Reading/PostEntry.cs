using System.Linq.Expressions;

namespace Community.Boards;

/// <summary>A post as lists across topics show it.</summary>
public sealed record PostEntry(long Id, int Number, string? Title, string Snippet, DateTime At, string? AuthorName, string? AuthorHandle,
    long TopicId, string TopicTitle, long BoardId, string BoardKey, long FirstPostId, long LastPostId, int Total, byte[]? Gone)
{
    public static readonly Expression<Func<Post, PostEntry>> Of = p => new PostEntry(p.Id, p.Number, p.Title, p.Snippet, p.At, p.Author!.Name, p.Author.Handle,
        p.TopicId, p.Topic.Title, p.BoardId, p.Topic.Board.Key, p.Topic.FirstPostId, p.Topic.LastPostId, p.Topic.NextNumber - 1, p.Topic.Gone);

    public string TopicUrl => Topic.UrlOf(BoardKey, TopicId);
    public string Url => $"{TopicUrl}/posts/{Number}";
    /// <summary>The opening bears the topic's title.</summary>
    public string Heading => Number == 1 ? TopicTitle : Title ?? Snippet;
    public TopicExtent Extent => new(TopicId, BoardId, FirstPostId, LastPostId, Total, Gone);
}
