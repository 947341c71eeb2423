using System.ComponentModel.DataAnnotations;

namespace Community.Boards;

/// <summary>What a site decides about its boards.</summary>
public sealed record BoardsSettings
{
    /// <summary>What the site's menu calls the boards; empty for our word.</summary>
    [MaxLength(30)]
    public string MenuName { get; set; } = "";

    /// <summary>How a new board is shown, until its staff choose otherwise.</summary>
    public BoardView NewBoardView { get; set; } = BoardView.Tree;

    /// <summary>How many topics the front page lists.</summary>
    [Range(3, 30)]
    public int TopicsOnFrontPage { get; set; } = 10;

    /// <summary>How long the moderators can read the words of a post that its author deleted.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "365.00:00:00")]
    public TimeSpan DeletedPostsKept { get; set; } = TimeSpan.FromDays(30);
}
