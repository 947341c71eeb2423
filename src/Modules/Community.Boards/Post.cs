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
    /// <summary>Markdown. Empty once deleted: the last version stands in the trace.</summary>
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
    public Guid? FormKey { get; set; }
    /// <summary>Whether the board's count holds it. See <see cref="CountBoard"/>.</summary>
    public bool Counted { get; set; }

    public bool IsGone => HiddenAt is not null || DeletedAt is not null;

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

    public bool MayEdit(Reader reader) => AuthorId is { } author && author == reader.Id && !IsGone;

    /// <summary>Changes the words; the earlier ones are returned for the trace.</summary>
    /// <exception cref="Refused">It is not the member's own, it is gone, or the words do not fit.</exception>
    public PostVersion Edit(Reader member, string? title, string text, DateTime now)
    {
        if (!MayEdit(member)) throw new Refused("boards.refused.edit");
        var before = Trace(now, member.Id);
        Write(title, text);
        (EditedAt, EditedBy) = (now, member.Id);
        return before;
    }

    /// <summary>Takes the words away; the place in the tree stays, and so do the replies.</summary>
    /// <exception cref="Refused">It is not the member's own, or it is gone already.</exception>
    public PostVersion Delete(Reader member, DateTime now)
    {
        if (!MayEdit(member)) throw new Refused("boards.refused.edit");
        var before = Trace(now, member.Id);
        (Title, Text, Html, Snippet) = (null, "", "", "");
        DeletedAt = now;
        return before;
    }

    PostVersion Trace(DateTime now, long? by) =>
        new() { PostId = Id, Title = Title, Text = Text, WrittenAt = EditedAt ?? At, ReplacedAt = now, ReplacedBy = by };
}

/// <summary>Words that a post had before it was edited or deleted. For its author and the moderators.</summary>
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
