namespace Community.Boards;

/// <summary>A topic was started; its opening post is told by <see cref="PostPublished"/> as well.</summary>
public sealed record TopicStarted(long BoardId, long TopicId);

/// <summary>A post became visible to the board's readers: the opening of a topic, or a reply.</summary>
public sealed record PostPublished(long BoardId, long TopicId, long PostId);

/// <summary>A board got a post. It says no more, so that many posts in a short time are counted together.</summary>
public sealed record BoardGrew(long BoardId);

/// <summary>A post was hidden, restored, or deleted by its author.</summary>
public sealed record PostVisibilityChanged(long BoardId, long TopicId, long PostId);

/// <summary>A topic was hidden, restored, or moved: told once for each board that it concerns.</summary>
public sealed record BoardContentsChanged(long BoardId);
