using System.Linq.Expressions;
using Community.Kernel;
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
    /// <summary>The author's name if an import brought it and they are no member, see <see cref="Guest"/>.</summary>
    public string? GuestName { get; set; }
    public DateTime StartedAt { get; set; }

    public DateTime? PinnedAt { get; set; }
    public long? PinnedBy { get; set; }
    public DateTime? LockedAt { get; set; }
    public long? LockedBy { get; set; }
    /// <summary>From then on it is only read: it takes neither replies nor edits, and is no news any more.</summary>
    public DateTime? ArchivedAt { get; set; }
    /// <summary>Who archived it; null for its age, see <see cref="ArchiveOldTopics"/>.</summary>
    public long? ArchivedBy { get; set; }
    /// <summary>When it was last taken out of the archive: its age is counted from then on.</summary>
    public DateTime? UnarchivedAt { get; set; }
    public DateTime? HiddenAt { get; set; }
    public long? HiddenBy { get; set; }
    public string? HiddenReason { get; set; }

    /// <summary>
    /// The number of the next post. Numbers are never given to another post; those of posts that were split off stay free, see
    /// <see cref="FormerPlace"/>.
    /// </summary>
    public int NextNumber { get; set; } = 1;
    /// <summary>Posts after the opening that are neither hidden nor deleted.</summary>
    public int Replies { get; set; }
    public DateTime LastPostAt { get; set; }
    public long? LastPostBy { get; set; }
    public Member? LastAuthor { get; set; }
    public string? LastGuestName { get; set; }
    /// <summary>
    /// The numbers of posts that are hidden, deleted or moved away, which are never unread. Encoded as a <see cref="ReadSet"/> above 0.
    /// </summary>
    public byte[]? Removed { get; set; }
    /// <summary>The numbers of posts that an import brought, which are never unread either. Encoded in the same way.</summary>
    public byte[]? Imported { get; set; }
    /// <summary>The move that brought it into its board, see <see cref="TopicStay"/>; 0 if it was started there.</summary>
    public long LastMove { get; set; }

    /// <summary>That of its opening post: while this waits or was refused, the topic is hidden, and only its author sees it.</summary>
    public Withheld Withheld { get; set; }
    /// <summary>The topic that has its posts since the two were merged. This one is empty then, and shown to nobody.</summary>
    public long? MergedInto { get; set; }

    /// <summary>The posts that this transaction adds; never loaded.</summary>
    public List<Post> Posts { get; set; } = [];

    /// <summary>The last number given.</summary>
    public int Total => NextNumber - 1;
    public bool IsPinned => PinnedAt is not null;
    public bool IsLocked => LockedAt is not null;
    public bool IsArchived => ArchivedAt is not null;

    /// <summary>
    /// Whether a reader who may read the board sees the topic. Parameters: the topic, whether the reader moderates every board, and the
    /// boards that they moderate else. The only place of this rule, like <see cref="Board.ReadRule"/>.
    /// </summary>
    internal static readonly Expression<Func<Topic, bool, IEnumerable<long>, long, bool>> ShownRule =
        (topic, moderates, moderated, reader) => topic.MergedInto == null
            && (moderates || moderated.Contains(topic.BoardId) || topic.HiddenAt == null
                || (topic.Withheld != Withheld.No && topic.AuthorId == reader));

    static readonly Func<Topic, bool, IEnumerable<long>, long, bool> isShown = ShownRule.Compile();

    /// <summary>The board must be loaded with its groups.</summary>
    public bool MayRead(Reader reader) =>
        Board.MayRead(reader) && isShown(this, reader.Moderates(), reader.ModeratedBoards(), reader.Id ?? 0);

    /// <summary>
    /// Whether nobody has written for as long as the board keeps topics open. Asked by the date at each act, so nothing has to run for it.
    /// </summary>
    public bool IsClosedByAge(DateTime now) =>
        Board.CloseAfterDays > 0 && PinnedAt is null && LastPostAt.AddDays(Board.CloseAfterDays) <= now;

    /// <summary>The text key of why the reader may not reply; null if they may. A moderator's reply opens what its age closed.</summary>
    public string? RefusesReply(Reader reader, DateTime now) => reader.Hindrance is { } why ? why
        : !Board.MayWrite(reader) ? Board.RefusesWriting
        : Withheld is not Withheld.No ? "boards.refused.waits"
        : Board.MayModerate(reader) ? RefusesEdits() : RefusesReplies(now);

    /// <summary>The text key of why nobody replies any more, moderators aside; null if members may.</summary>
    public string? RefusesReplies(DateTime now) => RefusesEdits() ?? (IsClosedByAge(now) ? "boards.refused.aged" : null);

    /// <summary>The text key of why posts of this topic can no longer be edited; null if their authors may.</summary>
    public string? RefusesEdits() =>
        RefusesAll() is { } why ? why
        : LockedAt is not null || (HiddenAt is not null && Withheld is not Withheld.Waiting) ? "boards.refused.locked"
        : null;

    /// <summary>The text key of why nothing of it changes any more, reactions and votes included; null if that is possible.</summary>
    public string? RefusesAll() =>
        Board.IsArchived ? "boards.refused.archived" : IsArchived ? "boards.refused.topic-archived" : null;

    /// <summary>The address below which its posts stand, and what is done with it. It leads to the page.</summary>
    public static string UrlOf(string boardKey, long id) => $"/boards/{boardKey}/{id}";

    /// <summary>The address of its page, with words of the title; see <see cref="TopicAddress"/>.</summary>
    public static string PageOf(string boardKey, long id, string title) =>
        TopicAddress.WordsOf(title) is { Length: > 0 } words ? $"{UrlOf(boardKey, id)}-{Uri.EscapeDataString(words)}" : UrlOf(boardKey, id);

    internal static Topic Start(Board board, long author, string title, string text, Guid? form, DateTime now)
    {
        var topic = new Topic { BoardId = board.Id, Title = title, AuthorId = author, StartedAt = now };
        topic.Add(new Post { BoardId = board.Id, Path = "", AuthorId = author, At = now, FormKey = form }, null, text);
        return topic;
    }

    /// <summary>
    /// Adds a reply to a post of this topic, or to the topic as a whole if that is the opening post. Checks
    /// <see cref="RefusesReply"/> again: the form may be old.
    /// </summary>
    /// <param name="member">Who replies.</param>
    /// <param name="parent">The post replied to.</param>
    /// <param name="title">The reply's own title; null for none.</param>
    /// <param name="text">Its text, as Markdown.</param>
    /// <param name="form">The key of the form that was sent, see <see cref="Post.FormKey"/>; null without a form.</param>
    /// <param name="now">When.</param>
    /// <exception cref="Refused">The member may not reply here, or the title or text is invalid.</exception>
    public Post Reply(Reader member, Post parent, string? title, string text, Guid? form, DateTime now)
    {
        if (RefusesReply(member, now) is { } why) throw new Refused(why);
        // Nothing stands below a post that others do not see.
        if (parent.Withheld is not Withheld.No) throw new Refused("boards.refused.waits");
        return Reply(member.Id!.Value, parent, title, text, form, now);
    }

    internal Post Reply(long author, Post parent, string? title, string text, Guid? form, DateTime now)
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
            At = now,
            FormKey = form,
        }, title, text);
    }

    Post Add(Post post, string? title, string text)
    {
        post.TopicId = Id;
        if (post.DeletedAt is null) post.Write(title, text);
        post.Number = NextNumber++;
        // An imported post may be older than what is there, or removed.
        if (post.ImportId is null || post.Number == 1 || (!post.IsRemoved && post.At >= LastPostAt))
            (LastPostAt, LastPostBy, LastGuestName) = (post.At, post.AuthorId, post.GuestName);
        Posts.Add(post);
        return post;
    }

    /// <summary>
    /// Adds a post of an archive, which nobody is asked about: an answer, or the opening post of a new topic. It is never unread.
    /// </summary>
    /// <param name="parent">What it answers: number, path, level and author; null for the opening post.</param>
    /// <param name="post">The post, with date and author.</param>
    /// <param name="title">Its own title; null for none.</param>
    /// <param name="text">Its text, as Markdown; nothing of it is kept of a post that is deleted.</param>
    /// <param name="number">The number that it had; null for the next one. It keeps it if that is still to be given.</param>
    /// <exception cref="Refused">The title or text is invalid.</exception>
    internal Post Import(
        (int Number, string Path, int Depth, long? AuthorId)? parent, Post post, string? title, string text, int? number = null)
    {
        var removed = ReadSet.From(0, Removed);
        if (parent is { } above)
        {
            if (number is { } had && had > NextNumber && had - NextNumber <= MaxGap && had <= MaxHad)
            {
                removed.Add(NextNumber, had - 1);
                NextNumber = had;
            }
            (post.Path, post.Depth) = TreePath.Of(above.Path, above.Depth, above.Number, NextNumber);
            post.ParentNumber = above.Number;
            post.ToMemberId = above.AuthorId == post.AuthorId ? null : above.AuthorId;
            if (!post.IsRemoved) Replies++;
        }
        Add(post, title, text);
        if (post.IsRemoved) removed.Add(post.Number);
        Removed = removed.Count > 0 ? removed.ToBytes(0) : null;
        var imported = ReadSet.From(0, Imported);
        imported.Add(post.Number);
        Imported = imported.ToBytes(0);
        return post;
    }

    /// <summary>Numbers in a row that an archive may leave out: those of posts that were split off.</summary>
    const int MaxGap = 100_000;

    /// <summary>Greater numbers are not kept: the posts of a hostile file would run out of them.</summary>
    const int MaxHad = 100_000_000;

    /// <summary>Posts of an import are taken back: their numbers stay free.</summary>
    internal void Lose(IEnumerable<int> numbers, Post? last)
    {
        var (removed, imported) = (ReadSet.From(0, Removed), ReadSet.From(0, Imported));
        foreach (var number in numbers)
        {
            if (!removed.Contains(number) && number > 1) Replies--;
            removed.Add(number);
            imported.Remove(number);
        }
        Removed = removed.Count > 0 ? removed.ToBytes(0) : null;
        Imported = imported.Count > 0 ? imported.ToBytes(0) : null;
        LastPostIs(last);
    }

    /// <summary>Pins or unpins the topic. False if nothing changes.</summary>
    public bool Pin(bool on, long? moderator, DateTime now)
    {
        if (IsPinned == on) return false;
        (PinnedAt, PinnedBy) = on ? ((DateTime?)now, moderator) : (null, null);
        return true;
    }

    /// <summary>Closes the topic to replies, or opens it again. False if nothing changes.</summary>
    public bool Lock(bool on, long? moderator, DateTime now)
    {
        if (IsLocked == on) return false;
        (LockedAt, LockedBy) = on ? ((DateTime?)now, moderator) : (null, null);
        return true;
    }

    /// <summary>Archives the topic, or takes it out of the archive. False if nothing changes.</summary>
    public bool Archive(bool on, long? moderator, DateTime now)
    {
        if (IsArchived == on) return false;
        (ArchivedAt, ArchivedBy) = on ? ((DateTime?)now, moderator) : (null, null);
        if (!on) UnarchivedAt = now;
        return true;
    }

    /// <summary>
    /// Hides it from all but moderators. If it is hidden already, a new reason replaces the old: of two moderators who hide the same topic,
    /// the second does not write a reason in vain. False if nothing changes.
    /// </summary>
    public bool Hide(long? moderator, string reason, DateTime now)
    {
        if (!PostText.IsNewReason(HiddenAt, HiddenReason, reason)) return false;
        (HiddenAt, HiddenBy, HiddenReason, Withheld) = (now, moderator, PostText.Reason(reason), Withheld.No);
        return true;
    }

    /// <summary>Shows it again. False if it is not hidden.</summary>
    /// <exception cref="Refused">Its opening post waits in the queue, or was refused there.</exception>
    public bool Restore()
    {
        if (HiddenAt is null) return false;
        if (Withheld is not Withheld.No) throw new Refused("boards.refused.withheld");
        (HiddenAt, HiddenBy, HiddenReason) = (null, null, null);
        return true;
    }

    /// <summary>Sets the last visible post, by which the board sorts its topics.</summary>
    internal void LastPostIs(Post? last) => (LastPostAt, LastPostBy, LastGuestName) =
        last is null ? (StartedAt, AuthorId, GuestName) : (last.At, last.AuthorId, last.GuestName);

    /// <summary>Counts a post that was hidden or deleted (<paramref name="removed"/>), or restored.</summary>
    internal void CountRemoved(Post post, bool removed)
    {
        var set = ReadSet.From(0, Removed);
        if (set.Contains(post.Number) == removed) return;
        if (removed) set.Add(post.Number);
        else set.Remove(post.Number);
        Removed = set.ToBytes(0);
        if (post.Number > 1) Replies += removed ? -1 : 1;
    }
}
