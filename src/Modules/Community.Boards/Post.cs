using Community.Kernel;
using Community.Members;

namespace Community.Boards;

/// <summary>What a member wrote in a topic. It keeps its number and its place for ever, also hidden or deleted.</summary>
public sealed class Post
{
    public long Id { get; set; }
    public long TopicId { get; set; }
    public Topic Topic { get; set; } = null!;
    /// <summary>The topic's board, for the board's posts in order of registration.</summary>
    public long BoardId { get; set; }
    /// <summary>1 for the opening; the order of time. Within a topic ids rise with numbers.</summary>
    public int Number { get; set; }
    /// <summary>The post that it answers; null for the opening.</summary>
    public int? ParentNumber { get; set; }
    public int Depth { get; set; }
    /// <summary>See <see cref="TreePath"/>.</summary>
    public required string Path { get; set; }

    public string? Title { get; set; }
    /// <summary>Markdown. Empty once deleted: the last version stands among the revisions.</summary>
    public string Text { get; set; } = "";
    public string Html { get; set; } = "";
    public int HtmlVersion { get; set; }
    /// <summary>The beginning of the text, for lists and the tree of titles.</summary>
    public string Snippet { get; set; } = "";

    public long? AuthorId { get; set; }
    public Member? Author { get; set; }
    /// <summary>Whose post it answers; null for the opening, and for who answers themselves.</summary>
    public long? ToMemberId { get; set; }
    public DateTime At { get; set; }
    public DateTime? EditedAt { get; set; }
    public long? EditedBy { get; set; }
    public DateTime? HiddenAt { get; set; }
    public long? HiddenBy { get; set; }
    public string? HiddenReason { get; set; }
    public DateTime? DeletedAt { get; set; }
    /// <summary>From the form: the same form sent twice is one post.</summary>
    public Guid? FormKey { get; init; }
    /// <summary>Whether the board's count holds it. See <see cref="CountBoard"/>.</summary>
    public bool Counted { get; set; }

    public bool IsRemoved => HiddenAt is not null || DeletedAt is not null;

    /// <summary>So much of a text is enough for a snippet; for lists that find one of an earlier version of <see cref="Markup"/>.</summary>
    public const int SnippetFrom = 600;

    /// <summary>The beginning of the words on one line, without the marks of Markdown.</summary>
    public static string SnippetOf(string text) => Markup.ToLine(text, PostText.SnippetLength);

    internal void Write(string? title, string text)
    {
        Text = PostText.Body(text);
        Title = PostText.Title(title);
        Html = Markup.ToHtml(Text);
        HtmlVersion = Markup.Version;
        Snippet = SnippetOf(Text);
    }

    public bool IsBy(Reader reader) => reader.Is(AuthorId);

    /// <summary>Why the reader may not delete it, as the key of a sentence; null if nothing stands against it.</summary>
    public string? RefusesDelete(Reader reader) => RefusesDelete(AuthorId, IsRemoved, reader);

    internal static string? RefusesDelete(long? author, bool isGone, Reader reader) =>
        !reader.May(BoardsPermissions.Write) || !reader.Is(author) || isGone ? "boards.refused.edit" : null;

    /// <summary>
    /// Why the reader may not change it. The topic is loaded with its board. An author may take a post away where nobody writes any more,
    /// and not change what others have answered.
    /// </summary>
    public string? RefusesEdit(Reader reader) => RefusesDelete(reader) ?? Topic.RefusesEdits();

    /// <summary>Changes title and text; the earlier ones are returned for the revisions.</summary>
    /// <exception cref="Refused">The member may not, see <see cref="RefusesEdit"/>, or title or text do not fit.</exception>
    public PostVersion Edit(Reader member, string? title, string text, DateTime now)
    {
        if (RefusesEdit(member) is { } why) throw new Refused(why);
        var before = Revision(now, member.Id);
        Write(title, text);
        (EditedAt, EditedBy) = (now, member.Id);
        return before;
    }

    /// <summary>Takes the words away; the place in the tree stays, and so do the replies.</summary>
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
    /// Hides it from all but moderators and its author. Hidden already it takes another reason, as <see cref="Topic.Hide"/>.
    /// False if nothing changes.
    /// </summary>
    /// <exception cref="Refused">Its author has deleted it.</exception>
    public bool Hide(long? moderator, string reason, DateTime now)
    {
        if (DeletedAt is not null) throw new Refused("boards.refused.gone");
        if (!PostText.IsNewReason(HiddenAt, HiddenReason, reason)) return false;
        (HiddenAt, HiddenBy, HiddenReason) = (now, moderator, PostText.Reason(reason));
        return true;
    }

    /// <summary>Shows it again. False if it is not hidden.</summary>
    public bool Restore()
    {
        if (HiddenAt is null) return false;
        (HiddenAt, HiddenBy, HiddenReason) = (null, null, null);
        return true;
    }

    PostVersion Revision(DateTime now, long? by) =>
        new() { PostId = Id, Title = Title, Text = Text, WrittenAt = EditedAt ?? At, ReplacedAt = now, ReplacedBy = by };
}

/// <summary>Title and text that a post had before it was edited or deleted. For its author and the moderators.</summary>
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
