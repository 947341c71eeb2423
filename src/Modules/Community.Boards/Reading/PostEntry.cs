using System.Linq.Expressions;
using Community.Kernel;

namespace Community.Boards;

/// <summary>A post as lists across topics show it.</summary>
public sealed record PostEntry(long Id, int Number, string? Title, string Snippet, string? Unrendered, DateTime At,
    string? AuthorName, string? AuthorHandle, long TopicId, string TopicTitle, string BoardKey, bool Hidden, Withheld Withheld)
{
    public static readonly Expression<Func<Post, PostEntry>> Of = p => new PostEntry(p.Id, p.Number, p.Title, p.Snippet,
        p.HtmlVersion == Markup.Version ? null : p.Text.Substring(0, Post.SnippetFrom), p.At, p.Author!.Name ?? p.GuestName,
        p.Author.Handle, p.TopicId, p.Topic.Title, p.Topic.Board.Key, p.HiddenAt != null, p.Withheld);

    public string TopicUrl => Topic.PageOf(BoardKey, TopicId, TopicTitle);
    public string Url => $"{Topic.UrlOf(BoardKey, TopicId)}/posts/{Number}";
    /// <summary>The opening post's heading is the topic's title.</summary>
    public string Heading => Number == 1 ? TopicTitle : Title ?? Excerpt;
    /// <summary>The beginning of its text.</summary>
    public string Excerpt => Unrendered is null ? Snippet : Post.SnippetOf(Unrendered);
}
