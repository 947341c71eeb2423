namespace Community.Boards;

/// <summary>A topic was started.</summary>
public sealed record TopicStarted(long BoardId);

/// <summary>A board got a post. It says no more, so that many posts in a short time are counted together.</summary>
public sealed record BoardGrew(long BoardId);

/// <summary>A post was hidden, restored, or deleted by its author.</summary>
public sealed record PostVisibilityChanged(long BoardId, long PostId);

/// <summary>A topic was hidden, restored, or moved: told once for each board that it concerns.</summary>
public sealed record BoardContentsChanged(long BoardId);
