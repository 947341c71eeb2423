using System.ComponentModel.DataAnnotations;

namespace Community.Boards;

/// <summary>A site's settings for its boards.</summary>
public sealed record BoardsSettings
{
    /// <summary>The boards' name in the site's menu; empty for the default name.</summary>
    [MaxLength(30)]
    public string MenuName { get; set; } = "";

    /// <summary>How a new board is shown, until its staff choose otherwise.</summary>
    public BoardView NewBoardView { get; set; } = BoardView.Tree;

    /// <summary>How many topics the front page lists.</summary>
    [Range(3, 30)]
    public int TopicsOnFrontPage { get; set; } = 10;

    /// <summary>How long moderators can still read the text of a post that its author deleted.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "365.00:00:00")]
    public TimeSpan DeletedPostsKept { get; set; } = TimeSpan.FromDays(30);
}
