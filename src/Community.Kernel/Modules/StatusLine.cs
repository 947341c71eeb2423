namespace Community.Kernel;

/// <summary>
/// One fact about a module on a site, for whoever runs the installation: how much there is, what waits. Never anything of one member.
/// </summary>
/// <param name="Text">The key of its text.</param>
/// <param name="Number">How many; null if it is a time.</param>
/// <param name="At">When (UTC); null if it is a number, or for never.</param>
/// <param name="Warn">Somebody should look into it.</param>
public sealed record StatusLine(string Text, long? Number = null, DateTime? At = null, bool Warn = false);
