namespace Community.Kernel;

/// <summary>
/// A request feature: the path that the reader asked for, where routing was given another, as for a topic's address with the words of its
/// title.
/// </summary>
public sealed record AskedPath(string Path);
