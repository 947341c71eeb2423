namespace Community.Kernel;

/// <summary>
/// One fact about a module on a site, for the operator: how much there is, what is waiting. Never data of a single member.
/// </summary>
/// <param name="Text">The key of its text.</param>
/// <param name="Number">The number; null if it is a time.</param>
/// <param name="At">The time (UTC); null if it is a number, or never.</param>
/// <param name="Warn">True if somebody should look into it.</param>
public sealed record StatusLine(string Text, long? Number = null, DateTime? At = null, bool Warn = false);
