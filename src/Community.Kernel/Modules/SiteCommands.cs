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
public sealed record SiteCommand(string Name, string Description, Func<SiteCommandCall, Task<int>> Run)
{
    /// <summary>What it takes behind the site's key, as name and description: <c>("FILE", "The file.")</c>.</summary>
    public IReadOnlyList<(string Name, string Description)> Arguments { get; init; } = [];
}

/// <summary>A command as it was typed.</summary>
/// <param name="Scopes">Runs work for the site.</param>
/// <param name="Site">The site.</param>
/// <param name="Arguments">The values of <see cref="SiteCommand.Arguments"/>.</param>
/// <param name="Output">What it says.</param>
/// <param name="Ct">Cancels it.</param>
public sealed record SiteCommandCall(
    SiteScopes Scopes, Site Site, IReadOnlyList<string> Arguments, TextWriter Output, CancellationToken Ct);
