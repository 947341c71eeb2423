using System.Linq.Expressions;
using Community.Boards;

namespace Community.Search;

/// <summary>A post as the search reads it.</summary>
public sealed record ReadPost(
    long Id,
    int Number,
    string? Title,
    string Text,
    DateTime At,
    string? AuthorName,
    string? AuthorHandle,
    long TopicId,
    string TopicTitle,
    bool IsTopicHidden,
    string BoardKey,
    string BoardName
)
{
    public static readonly Expression<Func<Post, ReadPost>> Of = p => new ReadPost(p.Id, p.Number, p.Title, p.Text, p.At,
        p.Author!.Name ?? p.GuestName, p.Author.Handle, p.TopicId, p.Topic.Title, p.Topic.HiddenAt != null,
        p.Topic.Board.Key, p.Topic.Board.Name);

    public long Key => IndexTable.KeyOf(At, Id);
}

/// <summary>A post that has all terms, with its words marked.</summary>
public sealed record FoundPost(ReadPost Post, IReadOnlyList<Piece> Title, IReadOnlyList<Piece> Excerpt, double Score)
{
    public string Url => $"{Topic.UrlOf(Post.BoardKey, Post.TopicId)}/posts/{Post.Number}";

    /// <summary>Null if the post does not have the terms as they were typed, or has one that is excluded.</summary>
    public static FoundPost? Of(ReadPost post, IReadOnlyList<Term> terms)
    {
        var (title, text) = PostWords.Of(post.Number, post.Title, post.TopicTitle, post.Text);
        var (titleUnits, textUnits) = (Units.Of(title), Units.Of(text));
        var (titleMarks, textMarks, score) = (new List<(int, int)>(), new List<(int, int)>(), 0.0);
        foreach (var term in terms)
        {
            if (term.IsExcluded)
            {
                if (term.In(titleUnits).Concat(term.In(textUnits)).Any()) return null;
                continue;
            }
            var (inTitle, inText) = (term.In(titleUnits).ToList(), term.In(textUnits).ToList());
            if (inTitle.Count + inText.Count == 0) return null;
            // A word in the title says more than some in the text; the tenth time it stands there says little more than the fifth.
            score += (inTitle.Count > 0 ? 3 : 0) + Math.Log2(1 + inText.Count);
            titleMarks.AddRange(inTitle);
            textMarks.AddRange(inText);
        }
        // In a long text any word stands more often.
        score /= 1 + Math.Log10(1 + text.Length / 400.0);
        var heading = title.Length > 0 ? title : post.TopicTitle;
        return new(post, Search.Excerpt.Whole(heading, title.Length > 0 ? titleMarks : []), Search.Excerpt.Of(text, textMarks), score);
    }
}
