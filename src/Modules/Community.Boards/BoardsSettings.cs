using System.ComponentModel.DataAnnotations;
using Community.Kernel;

namespace Community.Boards;

/// <summary>What becomes of the posts of a member who is erased.</summary>
public enum ErasedPosts
{
    /// <summary>They stay, as those of a former member.</summary>
    Anonymise,
    /// <summary>Their words go; the places stay, so that what others answered keeps its own.</summary>
    Erase,
}

/// <summary>Who reads what an edited post said before.</summary>
public enum HistoryReaders
{
    AuthorAndModerators,
    /// <summary>All members who read the post.</summary>
    Members,
}

/// <summary>A site's settings for its boards.</summary>
public sealed record BoardsSettings
{
    /// <summary>The boards' name in the site's menu; empty for the default name.</summary>
    [MaxLength(30)]
    public string MenuName { get; set; } = "";

    /// <summary>How a new board is shown, until its staff choose otherwise.</summary>
    public BoardView NewBoardView { get; set; } = BoardView.Tree;

    /// <summary>What members choose from when they report a post, a line each; empty for the usual ones.</summary>
    [MaxLength(1000), DataType(DataType.MultilineText)]
    public Translations ReportReasons { get; set; } = Translations.None;

    /// <summary>How many topics the front page lists.</summary>
    [Range(3, 30)]
    public int TopicsOnFrontPage { get; set; } = 10;

    /// <summary>What becomes of the posts of a member who is erased.</summary>
    public ErasedPosts ErasedPosts { get; set; } = ErasedPosts.Anonymise;

    /// <summary>Who reads the earlier versions of a post. What is hidden or deleted stays with the author and the moderators.</summary>
    public HistoryReaders HistoryReaders { get; set; } = HistoryReaders.AuthorAndModerators;

    /// <summary>How long moderators can still read the text of a post that its author deleted.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "365.00:00:00")]
    public TimeSpan DeletedPostsKept { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long a draft is kept after it was last saved.</summary>
    [Range(typeof(TimeSpan), "7.00:00:00", "730.00:00:00")]
    public TimeSpan DraftsKept { get; set; } = TimeSpan.FromDays(180);
}
