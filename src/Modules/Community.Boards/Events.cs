using Community.Kernel;

namespace Community.Boards;

/// <summary>A post was published. Number 1 opens its topic; every other one replies to the post <c>ParentNumber</c>.</summary>
public sealed record PostPublished(
    long BoardId,
    long TopicId,
    long PostId,
    int Number,
    int? ParentNumber,
    long? AuthorId
) : SiteEvent;

/// <summary>
/// A post, or the edit of a published post, waits for a moderator. Of a post nothing else is told before it is approved: then as
/// <see cref="PostPublished"/>.
/// </summary>
public sealed record PostHeld(long BoardId, long TopicId, long PostId, long? AuthorId, HoldReasons Reasons, bool IsEdit) : SiteEvent;

/// <summary>A moderator approved or refused what waited.</summary>
public sealed record QueueDecided(long BoardId, long TopicId, long PostId, long? AuthorId, QueueOutcome Outcome, bool IsEdit) : SiteEvent;

/// <summary>A watched word could not be looked for in the time it has: it may be an expression that never ends.</summary>
public sealed record WatchedWordFailed(long WordId) : SiteEvent;

/// <summary>
/// A step of an import was committed: its posts in this board are among the ids from one to the other. Each is old, so of none comes a
/// <see cref="PostPublished"/>, and nobody is told.
/// </summary>
public sealed record PostsImported(long BoardId, long ImportId, long FirstPostId, long LastPostId) : SiteEvent;

/// <summary>A post of an import was taken back: it is gone. It was of this time.</summary>
public sealed record ImportUndone(long BoardId, long ImportId, long PostId, DateTime Written) : SiteEvent;

/// <summary>A post's text or title changed. For post 1 that is the topic's title.</summary>
public sealed record PostEdited(long BoardId, long TopicId, long PostId, int Number) : SiteEvent;

/// <summary>
/// A moderator changed title or text of a member's post. Where others see it, <see cref="PostEdited"/> is told too.
/// </summary>
public sealed record PostCorrected(long BoardId, long TopicId, long PostId, long? AuthorId) : SiteEvent;

/// <summary>A member uploaded a picture or file for a post, or somebody did so in the member's name.</summary>
public sealed record FileUploaded(long AttachmentId, long OwnerId) : SiteEvent;

/// <summary>A moderator hid a post.</summary>
public sealed record PostHidden(long BoardId, long TopicId, long PostId, int Number) : SiteEvent;

/// <summary>A moderator restored a hidden post.</summary>
public sealed record PostRestored(long BoardId, long TopicId, long PostId, int Number) : SiteEvent;

/// <summary>The author deleted a post.</summary>
public sealed record PostDeleted(long BoardId, long TopicId, long PostId, int Number) : SiteEvent;

/// <summary>A topic was hidden: by a moderator, or because its author deleted the opening and there were no visible replies.</summary>
public sealed record TopicHidden(long BoardId, long TopicId) : SiteEvent;

/// <summary>A moderator restored a hidden topic.</summary>
public sealed record TopicRestored(long BoardId, long TopicId) : SiteEvent;

/// <summary>A topic was moved to another board with all its posts.</summary>
public sealed record TopicMoved(long TopicId, long FromBoardId, long ToBoardId) : SiteEvent;

/// <summary>A branch of a topic became a topic of its own, in the same board. Its posts keep their ids and have other numbers.</summary>
/// <param name="BoardId">The board of both.</param>
/// <param name="TopicId">The topic that the branch has left.</param>
/// <param name="NewTopicId">The new topic.</param>
/// <param name="PostId">The post that opens the new topic.</param>
/// <param name="Number">The number that it had.</param>
public sealed record TopicSplit(long BoardId, long TopicId, long NewTopicId, long PostId, int Number) : SiteEvent;

/// <summary>All posts of a topic went to another one. They keep their ids; the empty topic is shown to nobody.</summary>
/// <param name="TopicId">The topic that is empty now.</param>
/// <param name="BoardId">Its board.</param>
/// <param name="IntoTopicId">The topic that has the posts of both.</param>
/// <param name="IntoBoardId">Its board.</param>
public sealed record TopicsMerged(long TopicId, long BoardId, long IntoTopicId, long IntoBoardId) : SiteEvent;

/// <summary>A topic was closed to replies.</summary>
public sealed record TopicClosed(long BoardId, long TopicId) : SiteEvent;

/// <summary>A closed topic was opened to replies again.</summary>
public sealed record TopicReopened(long BoardId, long TopicId) : SiteEvent;

/// <summary>A topic was archived, by a moderator or for its age.</summary>
public sealed record TopicArchived(long BoardId, long TopicId) : SiteEvent;

/// <summary>A topic was taken out of the archive.</summary>
public sealed record TopicUnarchived(long BoardId, long TopicId) : SiteEvent;

/// <summary>A topic was pinned to the top of its board.</summary>
public sealed record TopicPinned(long BoardId, long TopicId) : SiteEvent;

/// <summary>A topic was unpinned.</summary>
public sealed record TopicUnpinned(long BoardId, long TopicId) : SiteEvent;

/// <summary>A member reported a post, or changed the reason of an earlier report.</summary>
public sealed record ReportFiled(long ReportId, long PostId, long? ReporterId) : SiteEvent;

/// <summary>The moderators decided a report.</summary>
/// <param name="ReportId">The report.</param>
/// <param name="PostId">The reported post.</param>
/// <param name="Act">What the moderators did.</param>
public sealed record ReportDecided(long ReportId, long PostId, ModerationAct Act) : SiteEvent;

/// <summary>A decided report was reopened.</summary>
public sealed record ReportReopened(long ReportId, long PostId) : SiteEvent;

/// <summary>A moderator began to hide all posts of a member. Each post is told as <see cref="PostHidden"/>.</summary>
public sealed record ClearingBegun(long ClearingId, long MemberId) : SiteEvent;

/// <summary>A moderator began to undo that. Each post is told as <see cref="PostRestored"/>.</summary>
public sealed record ClearingUndone(long ClearingId, long? MemberId) : SiteEvent;

/// <summary>A moderator set how far a member is trusted with writing; null lets it follow by itself again.</summary>
public sealed record TrustSet(long MemberId, TrustLevel? Level) : SiteEvent;

/// <summary>A board was created.</summary>
public sealed record BoardCreated(long BoardId) : SiteEvent;

/// <summary>A board's name, description, position or rules changed, perhaps also who may read it.</summary>
public sealed record BoardChanged(long BoardId) : SiteEvent;

/// <summary>A category of boards was made, named, moved or deleted.</summary>
public sealed record CategoryChanged(long CategoryId) : SiteEvent;

/// <summary>A board was archived: nobody can write in it any more.</summary>
public sealed record BoardArchived(long BoardId) : SiteEvent;

/// <summary>A board was taken out of the archive.</summary>
public sealed record BoardUnarchived(long BoardId) : SiteEvent;

/// <summary>A board without topics was deleted.</summary>
public sealed record BoardDeleted(long BoardId) : SiteEvent;

/// <summary>A member became moderator of a single board.</summary>
public sealed record BoardModeratorAppointed(long BoardId, long MemberId) : SiteEvent;

/// <summary>A member is no longer moderator of a single board.</summary>
public sealed record BoardModeratorDismissed(long BoardId, long MemberId) : SiteEvent;

/// <summary>A member chose how much to hear of a topic.</summary>
public sealed record TopicFollowed(long TopicId, long MemberId, FollowLevel Level) : SiteEvent;

/// <summary>A member chose how much to hear of a board.</summary>
public sealed record BoardFollowed(long BoardId, long MemberId, FollowLevel Level) : SiteEvent;

/// <summary>A member muted another, or no longer does.</summary>
public sealed record MemberMuted(long MemberId, long MutedId, bool On) : SiteEvent;

/// <summary>A member put a bookmark into a post, or took it out.</summary>
public sealed record PostBookmarked(long PostId, long MemberId, bool On) : SiteEvent;

/// <summary>A member gave a reaction to a post, or took it back.</summary>
public sealed record PostReacted(long PostId, long MemberId, long ReactionId, bool On) : SiteEvent;

/// <summary>Staff changed the reactions that members choose from.</summary>
public sealed record ReactionsChanged(long ReactionId) : SiteEvent;

/// <summary>A topic got a poll, or its poll was changed or opened again.</summary>
public sealed record PollSaved(long TopicId, long PollId) : SiteEvent;

/// <summary>A member voted, chose anew, or took the vote back. What was chosen is not told.</summary>
public sealed record PollVoted(long TopicId, long PollId) : SiteEvent;

/// <summary>A poll is over: its time has come, or its author or a moderator ended it.</summary>
public sealed record PollEnded(long TopicId, long PollId) : SiteEvent;

/// <summary>A poll was taken away.</summary>
public sealed record PollDeleted(long TopicId, long PollId) : SiteEvent;
