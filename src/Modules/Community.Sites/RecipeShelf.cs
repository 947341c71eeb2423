using Community.Kernel;
using Microsoft.Extensions.Options;

namespace Community.Sites;

/// <summary>The recipes that are on this machine: the files of the folder <c>Community:Recipes</c>.</summary>
public sealed class RecipeShelf(IOptions<CommunityOptions> options)
{
    /// <summary>Names without ending; the console's own recipe makes no other site.</summary>
    public IReadOnlyList<string> Names => Directory.Exists(options.Value.Recipes)
        ? [.. Directory.EnumerateFiles(options.Value.Recipes, "*.json").Select(f => Path.GetFileNameWithoutExtension(f)!).Where(n => n != Site.OperatorKey).Order(StringComparer.Ordinal)]
        : [];

    /// <returns>Null if there is none of that name.</returns>
    public async Task<string?> Read(string name, CancellationToken ct) =>
        Names.Contains(name) ? await File.ReadAllTextAsync(Path.Combine(options.Value.Recipes, name + ".json"), ct) : null;
}
