namespace Community.Boards;

/// <summary>What a watched word does with a post in which it stands. The text key of each is <c>boards.words.act.{name}</c>.</summary>
public enum WordAction
{
    /// <summary>The post waits in the queue.</summary>
    Queue,
    /// <summary>The post is not taken; its author reads why, and keeps what was typed.</summary>
    Refuse,
    /// <summary>The word is replaced before the post is published.</summary>
    Replace,
    /// <summary>The post is published, and moderators get a report.</summary>
    Tag,
}

/// <summary>A word, phrase or regular expression that moderators watch for in titles and texts of posts.</summary>
public sealed class WatchedWord
{
    public const int MaxTextLength = 200, MaxAnswerLength = 300;

    public long Id { get; set; }
    public required string Text { get; set; }
    public bool IsExpression { get; set; }
    /// <summary>Whether a word of a script with spaces, as Latin, counts only if it stands alone: "art" is not in "artist".</summary>
    public bool WholeWord { get; set; } = true;
    public WordAction Action { get; set; }
    /// <summary>What the author reads, or what stands instead of the word.</summary>
    public string Answer { get; set; } = "";
    public bool IsOn { get; set; }
    public DateTime ChangedAt { get; set; }
    public long? ChangedBy { get; set; }
    /// <summary>When looking for it last took longer than it may; null since it was last saved.</summary>
    public DateTime? FailedAt { get; set; }
}
