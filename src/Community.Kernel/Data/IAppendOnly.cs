namespace Community.Kernel;

/// <summary>
/// A row of a log that serves as evidence: <see cref="SiteDb"/> saves new ones, and refuses to change or delete one. Merging two members
/// moves rows by a statement of its own.
/// </summary>
public interface IAppendOnly;
