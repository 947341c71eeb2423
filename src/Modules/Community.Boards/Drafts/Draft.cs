using Community.Kernel;

namespace Community.Boards;

/// <summary>What a draft is to become.</summary>
public enum DraftKind
{
    /// <summary>A topic in a board.</summary>
    Topic,
    /// <summary>A reply to a post.</summary>
    Reply,
    /// <summary>The next version of a post.</summary>
    Edit,
}

/// <summary>
/// A text that its writer has not published yet, kept on the server so that it can be continued on another device. Nobody else sees it.
/// </summary>
public sealed class Draft
{
    /// <summary>Drafts that a member may have.</summary>
    public const int Max = 100;

    /// <summary>Longer than a post may be: what is too long is not lost while it is shortened.</summary>
    public const int MaxTextLength = 2 * PostText.MaxTextLength, MaxTitleLength = 4 * PostText.MaxTitleLength;

    public long Id { get; set; }
    public long MemberId { get; set; }
    public DraftKind Kind { get; set; }
    /// <summary>The board of a new topic; null if it is gone.</summary>
    public long? BoardId { get; set; }
    public Board? Board { get; set; }
    /// <summary>
    /// What is replied to or edited; null if it is gone. Of a topic, the post to which it was a reply before it was carried here.
    /// </summary>
    public long? PostId { get; set; }
    public Post? Post { get; set; }
    public string Title { get; set; } = "";
    /// <summary>As typed.</summary>
    public string Text { get; set; } = "";
    /// <summary>
    /// The idempotency key of its form: sent from two devices it is one post, and what it has published ends the draft. Null for an edit.
    /// </summary>
    public Guid? FormKey { get; set; }
    /// <summary>The version of the post that an edit grew from, see <see cref="ChangePost.Version"/>.</summary>
    public long PostVersion { get; set; }
    /// <summary>Increases with each save. The form carries it, to detect that another device has saved meanwhile.</summary>
    public int Version { get; set; }
    public DateTime At { get; set; }

    public DraftToken Token => new(Id, Version);
    public bool IsBlank => string.IsNullOrWhiteSpace(Title) && string.IsNullOrWhiteSpace(Text);
}

/// <summary>A draft of a reply, and the number of the post that it replies to.</summary>
public sealed record ReplyDraft(Draft Draft, int Number);

/// <summary>The draft that a form shows, with its version.</summary>
public readonly record struct DraftToken(long Id, int Version)
{
    public static DraftToken? Parse(string? text) =>
        text?.Split('.') is [var id, var version] && long.TryParse(id, out var i) && int.TryParse(version, out var v) ? new(i, v) : null;

    public override string ToString() => $"{Id}.{Version}";
}

/// <summary>Where a form stands: the board of a new topic, or the post that is replied to or edited.</summary>
public readonly record struct DraftPlace(DraftKind Kind, string Board, long TopicId = 0, int Number = 0)
{
    /// <summary>The address of its form.</summary>
    public string Url => Kind switch
    {
        DraftKind.Topic => $"/boards/{Board}/new",
        DraftKind.Reply => $"{Topic.UrlOf(Board, TopicId)}/reply?to={Number}",
        _ => $"{Topic.UrlOf(Board, TopicId)}/posts/{Number}/edit",
    };

    /// <summary>The address of its form with a draft in it.</summary>
    public string UrlWith(long draft) => Url + (Kind is DraftKind.Reply ? "&" : "?") + "draft=" + draft;

    public static DraftPlace? Parse(string? text) => text?.Split(':') switch
    {
        ["topic", var board] => new(DraftKind.Topic, board),
        ["reply", var board, var topic, var number] => Of(DraftKind.Reply, board, topic, number),
        ["edit", var board, var topic, var number] => Of(DraftKind.Edit, board, topic, number),
        _ => null,
    };

    static DraftPlace? Of(DraftKind kind, string board, string topic, string number) =>
        long.TryParse(topic, out var t) && int.TryParse(number, out var n) ? new(kind, board, t, n) : null;

    public override string ToString() => Kind switch
    {
        DraftKind.Topic => $"topic:{Board}",
        DraftKind.Reply => $"reply:{Board}:{TopicId}:{Number}",
        _ => $"edit:{Board}:{TopicId}:{Number}",
    };
}
