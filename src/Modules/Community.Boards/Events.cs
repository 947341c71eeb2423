using Community.Kernel;

namespace Community.Boards;

/// <summary>A post was published. Number 1 opens its topic; every other answers the post <c>ParentNumber</c>.</summary>
public sealed record PostPublished(
    long BoardId,
    long TopicId,
    long PostId,
    int Number,
    int? ParentNumber,
    long? AuthorId
) : SiteEvent;

/// <summary>The text or title of a post changed. A topic's title is that of its post 1.</summary>
public sealed record PostEdited(long BoardId, long TopicId, long PostId, int Number) : SiteEvent;

/// <summary>A moderator hid a post.</summary>
public sealed record PostHidden(long BoardId, long TopicId, long PostId, int Number) : SiteEvent;

/// <summary>A moderator showed a hidden post again.</summary>
public sealed record PostRestored(long BoardId, long TopicId, long PostId, int Number) : SiteEvent;

/// <summary>The author deleted a post.</summary>
public sealed record PostDeleted(long BoardId, long TopicId, long PostId, int Number) : SiteEvent;

/// <summary>A topic is no longer shown: a moderator hid it, or its author deleted the only post.</summary>
public sealed record TopicHidden(long BoardId, long TopicId) : SiteEvent;

/// <summary>A moderator showed a hidden topic again.</summary>
public sealed record TopicRestored(long BoardId, long TopicId) : SiteEvent;

/// <summary>A topic went to another board with all its posts.</summary>
public sealed record TopicMoved(long TopicId, long FromBoardId, long ToBoardId) : SiteEvent;

/// <summary>A topic takes no more replies.</summary>
public sealed record TopicClosed(long BoardId, long TopicId) : SiteEvent;

/// <summary>A closed topic takes replies again.</summary>
public sealed record TopicReopened(long BoardId, long TopicId) : SiteEvent;

/// <summary>A topic stands at the top of its board.</summary>
public sealed record TopicPinned(long BoardId, long TopicId) : SiteEvent;

/// <summary>A pinned topic stands among the others again.</summary>
public sealed record TopicUnpinned(long BoardId, long TopicId) : SiteEvent;

/// <summary>A member reported a post, or gave an earlier report other words.</summary>
public sealed record ReportFiled(long ReportId, long PostId, long? ReporterId) : SiteEvent;

/// <summary>The moderators are done with a report.</summary>
/// <param name="ReportId">Which.</param>
/// <param name="PostId">What it was about.</param>
/// <param name="Act">What they did.</param>
public sealed record ReportDecided(long ReportId, long PostId, ModerationAct Act) : SiteEvent;

/// <summary>A report that was decided waits again.</summary>
public sealed record ReportReopened(long ReportId, long PostId) : SiteEvent;

/// <summary>A board was made.</summary>
public sealed record BoardCreated(long BoardId) : SiteEvent;

/// <summary>A board's name, description, rules or place changed: also who may read it.</summary>
public sealed record BoardChanged(long BoardId) : SiteEvent;

/// <summary>Nobody writes in a board any more.</summary>
public sealed record BoardArchived(long BoardId) : SiteEvent;

/// <summary>An archived board is in use again.</summary>
public sealed record BoardUnarchived(long BoardId) : SiteEvent;

/// <summary>A board without topics was deleted.</summary>
public sealed record BoardDeleted(long BoardId) : SiteEvent;
