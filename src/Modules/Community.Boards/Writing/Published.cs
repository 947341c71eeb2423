namespace Community.Boards;

/// <summary>Where to find a published post.</summary>
public sealed record Published(string BoardKey, long TopicId, int Number)
{
    public string Url => $"{Topic.UrlOf(BoardKey, TopicId)}/posts/{Number}";
    /// <summary>The form was sent before and published this post; it now has a different text, which is not stored.</summary>
    public bool OtherText { get; init; }
    /// <summary>It waits for a moderator, and only its author sees it.</summary>
    public bool Waits { get; init; }
}
