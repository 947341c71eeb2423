namespace Community.Kernel;

/// <summary>Commands of a module about one site: <c>community search rebuild SITE</c>.</summary>
/// <param name="Name">The first word: <c>search</c>.</param>
/// <param name="Description">What they are about, as a sentence in English.</param>
/// <param name="All">The commands.</param>
public sealed record SiteCommands(string Name, string Description, IReadOnlyList<SiteCommand> All);

/// <summary>A command about one site. It may run beside servers.</summary>
/// <param name="Name">The second word: <c>rebuild</c>.</param>
/// <param name="Description">What it does, as a sentence in English.</param>
/// <param name="Run">Does it; what it says goes to the writer. Returns the exit code.</param>
public sealed record SiteCommand(string Name, string Description, Func<SiteScopes, Site, TextWriter, CancellationToken, Task<int>> Run);
