using Community.Members;

namespace Community.Boards;

/// <summary>A conversation: an opening post (number 1) and replies, numbered in the order in which they were written.</summary>
public sealed class Topic
{
    public long Id { get; set; }
    public long BoardId { get; set; }
    public Board Board { get; set; } = null!;
    public required string Title { get; set; }
    public long? AuthorId { get; set; }
    public Member? Author { get; set; }
    public DateTime StartedAt { get; set; }

    public DateTime? PinnedAt { get; set; }
    public long? PinnedBy { get; set; }
    public DateTime? LockedAt { get; set; }
    public long? LockedBy { get; set; }
    public DateTime? HiddenAt { get; set; }
    public long? HiddenBy { get; set; }
    public string? HiddenReason { get; set; }

    /// <summary>The number that the next post gets. Numbers have no gaps and are never given twice.</summary>
    public int NextNumber { get; set; } = 1;
    /// <summary>Posts after the opening that are neither hidden nor deleted.</summary>
    public int Replies { get; set; }
    public long FirstPostId { get; set; }
    public long LastPostId { get; set; }
    public DateTime LastPostAt { get; set; }
    public long? LastPostBy { get; set; }
    public Member? LastAuthor { get; set; }
    /// <summary>Numbers of posts that are hidden or deleted: they are never unread. Written as a <see cref="ReadSet"/> above 0.</summary>
    public byte[]? Gone { get; set; }
    /// <summary>The move that brought it into its board, see <see cref="TopicStay"/>; 0 if it was started there.</summary>
    public long LastMove { get; set; }

    /// <summary>What this change adds; never loaded.</summary>
    public List<Post> Posts { get; set; } = [];

    /// <summary>Posts, hidden and deleted ones included.</summary>
    public int Total => NextNumber - 1;
    public bool IsPinned => PinnedAt is not null;
    public bool IsLocked => LockedAt is not null;
    /// <summary>
    /// As <see cref="BoardsDb.VisibleTo(IQueryable{Topic}, Reader)"/> says it of many. The board is loaded with its groups.
    /// </summary>
    public bool MayRead(Reader reader) => Board.MayRead(reader) && (HiddenAt is null || reader.Moderates());
    public bool AcceptsReplies => LockedAt is null && HiddenAt is null;

    /// <summary>Why the reader may not answer here, as the key of a sentence; null if nothing stands against it.</summary>
    /// <param name="reader">Who asks.</param>
    /// <param name="board">The topic's, with its groups.</param>
    public string? RefusesReply(Reader reader, Board board) =>
        !board.MayWrite(reader) ? board.RefusesWriting : !AcceptsReplies ? "boards.refused.locked" : null;

    public static string UrlOf(string boardKey, long id) => $"/boards/{boardKey}/{id}";

    internal static Topic Start(Board board, long author, string title, string text, DateTime now)
    {
        var topic = new Topic { BoardId = board.Id, Title = title, AuthorId = author, StartedAt = now };
        topic.Add(new Post { BoardId = board.Id, Path = "", AuthorId = author, At = now }, null, text);
        return topic;
    }

    /// <summary>
    /// A reply to a post of this topic; to the topic as a whole, if that is the opening post. The caller has asked
    /// <see cref="RefusesReply"/> to show the form; this asks again.
    /// </summary>
    /// <exception cref="Refused">The member may not answer here, or the words do not fit.</exception>
    public Post Reply(Reader member, Board board, Post parent, string? title, string text, DateTime now)
    {
        if (RefusesReply(member, board) is { } why) throw new Refused(why);
        return Reply(member.Id!.Value, parent, title, text, now);
    }

    internal Post Reply(long author, Post parent, string? title, string text, DateTime now)
    {
        var (path, depth) = TreePath.Of(parent.Path, parent.Depth, parent.Number, NextNumber);
        Replies++;
        return Add(new Post
        {
            BoardId = BoardId,
            Path = path,
            Depth = depth,
            ParentNumber = parent.Number,
            AuthorId = author,
            ToMemberId = parent.AuthorId == author ? null : parent.AuthorId,
            At = now
        }, title, text);
    }

    Post Add(Post post, string? title, string text)
    {
        post.TopicId = Id;
        post.Write(title, text);
        post.Number = NextNumber++;
        LastPostAt = post.At;
        LastPostBy = post.AuthorId;
        Posts.Add(post);
        return post;
    }

    /// <summary>Once the database has given the ids: where the topic begins and ends.</summary>
    internal void KeepIds()
    {
        if (Posts.Find(p => p.Number == 1) is { } first) FirstPostId = first.Id;
        LastPostId = Posts.Max(p => p.Id);
    }

    /// <summary>The last post that is still there decides where the topic stands in its board.</summary>
    internal void LastPostIs(Post? last) => (LastPostAt, LastPostBy) = (last?.At ?? StartedAt, last?.AuthorId ?? AuthorId);

    /// <summary>A post was hidden or deleted (<paramref name="gone"/>), or came back.</summary>
    internal void CountGone(Post post, bool gone)
    {
        var set = ReadSet.From(0, Gone);
        if (set.Contains(post.Number) == gone) return;
        if (gone) set.Add(post.Number);
        else set.Remove(post.Number);
        Gone = set.ToBytes(0);
        if (post.Number > 1) Replies += gone ? -1 : 1;
    }
}
