using System.Linq.Expressions;
using Community.Kernel;
using Community.Members;

namespace Community.Boards;

/// <summary>
/// A post in a topic. It keeps its number and its place, even when hidden or deleted, until a moderator splits or merges topics: then its
/// old addresses lead to it, see <see cref="FormerPlace"/>.
/// </summary>
public sealed class Post
{
    public long Id { get; set; }
    public long TopicId { get; set; }
    public Topic Topic { get; set; } = null!;
    /// <summary>The topic's board, repeated here for an index over the board's posts by date.</summary>
    public long BoardId { get; set; }
    /// <summary>1 for the opening post, then by time. Within a topic, ids increase with numbers.</summary>
    public int Number { get; set; }
    /// <summary>The number of the post it replies to; null for the opening post.</summary>
    public int? ParentNumber { get; set; }
    public int Depth { get; set; }
    /// <summary>See <see cref="TreePath"/>.</summary>
    public required string Path { get; set; }

    public string? Title { get; set; }
    /// <summary>Markdown. Empty once deleted: the last version is kept as a revision.</summary>
    public string Text { get; set; } = "";
    public string Html { get; set; } = "";
    public int HtmlVersion { get; set; }
    /// <summary>The beginning of the text, for lists and the title tree.</summary>
    public string Snippet { get; set; } = "";

    public long? AuthorId { get; set; }
    public Member? Author { get; set; }
    /// <summary>The author's name if an import brought it and they are no member, see <see cref="Guest"/>.</summary>
    public string? GuestName { get; set; }
    /// <summary>The import that brought it; null for what was written here.</summary>
    public long? ImportId { get; set; }
    /// <summary>The author of the post it replies to; null for the opening post and for a reply to oneself.</summary>
    public long? ToMemberId { get; set; }
    public DateTime At { get; set; }
    public DateTime? EditedAt { get; set; }
    public long? EditedBy { get; set; }
    public DateTime? HiddenAt { get; set; }
    public long? HiddenBy { get; set; }
    public string? HiddenReason { get; set; }
    public DateTime? DeletedAt { get; set; }
    /// <summary>Whether it waits for a moderator, or was refused: then it is hidden, and left out for all but its author.</summary>
    public Withheld Withheld { get; set; }
    /// <summary>The form's idempotency key: a form sent twice creates one post.</summary>
    public Guid? FormKey { get; init; }
    /// <summary>Whether the board's post count includes it. See <see cref="CountBoard"/>.</summary>
    public bool Counted { get; set; }

    /// <summary>How many members gave which reaction, kept with them; see <see cref="ReactionCounts"/>. Null for none.</summary>
    public string? Reactions { get; set; }
    /// <summary>Those of them that an import brought, without names, in the same form: no row has them.</summary>
    public string? ImportedReactions { get; set; }

    public bool IsRemoved => HiddenAt is not null || DeletedAt is not null;

    /// <summary>How much text a snippet needs at most, for lists that find a snippet of an earlier <see cref="Markup"/> version.</summary>
    public const int SnippetFrom = 600;

    /// <summary>The beginning of the text on one line, without Markdown syntax.</summary>
    public static string SnippetOf(string text) => Markup.ToLine(text, PostText.SnippetLength);

    internal void Write(string? title, string text)
    {
        Text = PostText.Body(text);
        Title = PostText.Title(title);
        (Html, Snippet) = Markup.ToHtmlAndLine(Text, PostText.SnippetLength);
        HtmlVersion = Markup.Version;
    }

    /// <summary>Replaces a part of the text that the program had written. It is no edit of the author's.</summary>
    internal void Rewrite(string text)
    {
        (Text, HtmlVersion) = (text, Markup.Version);
        (Html, Snippet) = Markup.ToHtmlAndLine(text, PostText.SnippetLength);
    }

    /// <summary>Removes title and text for good. The place in the tree and the replies stay.</summary>
    internal void EraseWords(DateTime now)
    {
        (Title, Text, Html, Snippet, HiddenReason) = (null, "", "", "", null);
        DeletedAt ??= now;
    }

    public bool IsBy(Reader reader) => reader.Is(AuthorId);

    /// <summary>The text key of why the reader may not delete the post; null if they may.</summary>
    public string? RefusesDelete(Reader reader) => RefusesDelete(AuthorId, IsRemoved && Withheld is not Withheld.Waiting, reader);

    internal static string? RefusesDelete(long? author, bool isRemoved, Reader reader) =>
        !reader.May(BoardsPermissions.Write) || !reader.Is(author) || isRemoved ? "boards.refused.edit" : null;

    /// <summary>Whether somebody who sees the post may read its earlier versions.</summary>
    internal static bool ShowsHistory(bool isOwn, bool moderates, bool isMember, bool isRemoved, HistoryReaders readers) =>
        isOwn || moderates || (isMember && !isRemoved && readers is HistoryReaders.Members);

    /// <summary>
    /// Why the reader may not edit it. The topic must be loaded with its board. If the topic or board is closed, authors may still delete
    /// a post, but not change what others have replied to.
    /// </summary>
    public string? RefusesEdit(Reader reader) => reader.Hindrance ?? RefusesDelete(reader) ?? Topic.RefusesEdits();

    /// <summary>Changes title and text, and returns the earlier ones as a revision.</summary>
    /// <exception cref="Refused">The member may not, see <see cref="RefusesEdit"/>, or the title or text is invalid.</exception>
    public PostVersion Edit(Reader member, string? title, string text, DateTime now)
    {
        if (RefusesEdit(member) is { } why) throw new Refused(why);
        var before = Revision(now, member.Id);
        Write(title, text);
        (EditedAt, EditedBy) = (now, member.Id);
        return before;
    }

    /// <summary>Removes title and text. The place in the tree and the replies stay.</summary>
    /// <exception cref="Refused">The member may not, see <see cref="RefusesDelete(Reader)"/>.</exception>
    public PostVersion Delete(Reader member, DateTime now)
    {
        if (RefusesDelete(member) is { } why) throw new Refused(why);
        var before = Revision(now, member.Id);
        (Title, Text, Html, Snippet) = (null, "", "", "");
        DeletedAt = now;
        return before;
    }

    /// <summary>
    /// Hides it from all but moderators and its author. If already hidden, a new reason replaces the old, see <see cref="Topic.Hide"/>.
    /// False if nothing changes.
    /// </summary>
    /// <exception cref="Refused">Its author has deleted it.</exception>
    public bool Hide(long? moderator, string reason, DateTime now)
    {
        if (DeletedAt is not null) throw new Refused("boards.refused.gone");
        if (Withheld is not Withheld.No) throw new Refused("boards.refused.withheld");
        if (!PostText.IsNewReason(HiddenAt, HiddenReason, reason)) return false;
        (HiddenAt, HiddenBy, HiddenReason) = (now, moderator, PostText.Reason(reason));
        return true;
    }

    /// <summary>Shows it again. False if it is not hidden.</summary>
    public bool Restore()
    {
        if (HiddenAt is null) return false;
        if (Withheld is not Withheld.No) throw new Refused("boards.refused.withheld");
        (HiddenAt, HiddenBy, HiddenReason) = (null, null, null);
        return true;
    }

    /// <summary>
    /// Whether a reader who sees the topic sees the post at all; a hidden one has its place even for those who may not read it. Parameters
    /// as those of <see cref="Topic.ShownRule"/>. The only place of this rule.
    /// </summary>
    internal static readonly Expression<Func<Post, bool, IEnumerable<long>, long, bool>> ShownRule = (post, moderates, moderated, reader) =>
        post.Withheld == Withheld.No || moderates || moderated.Contains(post.BoardId) || post.AuthorId == reader;

    /// <summary>Keeps it from all but its author and moderators, until one of these decides. A topic's opening keeps the topic.</summary>
    internal void Wait(Topic topic, DateTime now)
    {
        (Withheld, HiddenAt, HiddenBy, HiddenReason) = (Withheld.Waiting, now, null, null);
        if (Number == 1) (topic.Withheld, topic.HiddenAt, topic.HiddenBy, topic.HiddenReason) = (Withheld, now, null, null);
    }

    internal void Publish(Topic topic)
    {
        (Withheld, HiddenAt, HiddenBy, HiddenReason) = (Withheld.No, null, null, null);
        if (Number == 1) (topic.Withheld, topic.HiddenAt, topic.HiddenBy, topic.HiddenReason) = (Withheld.No, null, null, null);
    }

    internal void Refuse(Topic topic, long? moderator, string reason, DateTime now)
    {
        (Withheld, HiddenAt, HiddenBy, HiddenReason) = (Withheld.Refused, now, moderator, PostText.Reason(reason));
        if (Number == 1) (topic.Withheld, topic.HiddenAt, topic.HiddenBy, topic.HiddenReason) = (Withheld, now, moderator, HiddenReason);
    }

    /// <summary>Changes title and text by an approval, and returns the earlier ones as a revision.</summary>
    internal PostVersion Correct(long? by, string? title, string text, DateTime now)
    {
        var before = Revision(now, by);
        Write(title, text);
        (EditedAt, EditedBy) = (now, by);
        return before;
    }

    PostVersion Revision(DateTime now, long? by) =>
        new() { PostId = Id, Title = Title, Text = Text, WrittenAt = EditedAt ?? At, ReplacedAt = now, ReplacedBy = by };
}

/// <summary>Title and text of a post before it was edited or deleted. Only its author and moderators see them.</summary>
public sealed class PostVersion
{
    public long Id { get; set; }
    public long PostId { get; set; }
    public string? Title { get; set; }
    public required string Text { get; set; }
    public DateTime WrittenAt { get; set; }
    public DateTime ReplacedAt { get; set; }
    public long? ReplacedBy { get; set; }
}
