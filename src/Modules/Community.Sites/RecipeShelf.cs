using System.Text.Json;
using System.Text.Json.Nodes;
using Community.Kernel;
using Microsoft.Extensions.Options;

namespace Community.Sites;

/// <summary>The recipes that are on this machine: the files of the folder <c>Community:Recipes</c>.</summary>
public sealed class RecipeShelf(IOptions<SitesOptions> options)
{
    /// <summary>Names without ending; the console's own recipe makes no other site.</summary>
    public IReadOnlyList<string> Names =>
        Directory.Exists(options.Value.Recipes)
            ?
            [
                .. Directory
                    .EnumerateFiles(options.Value.Recipes, "*.json")
                    .Select(f => Path.GetFileNameWithoutExtension(f)!)
                    .Where(n => n != Site.OperatorKey)
                    .Order(StringComparer.Ordinal),
            ]
            : [];

    /// <summary>The names, each with what a person calls the recipe: the name of the site that it describes.</summary>
    public IEnumerable<(string Name, string Title)> Titles() =>
        Names.Select(n => (n, TitleOf(n) is { Length: > 0 } title ? $"{title} ({n})" : n));

    string? TitleOf(string name)
    {
        try
        {
            return JsonNode
                .Parse(
                    File.ReadAllText(Path.Combine(options.Value.Recipes, name + ".json")),
                    null,
                    new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }
                )
                ?["name"]?.ToString();
        }
        // A file that is broken, or still being written, is listed under its file name.
        catch (Exception error) when (error is JsonException or IOException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }

    /// <returns>Null if there is no recipe of that name.</returns>
    public async Task<string?> Read(string name, CancellationToken ct) =>
        Names.Contains(name) ? await File.ReadAllTextAsync(Path.Combine(options.Value.Recipes, name + ".json"), ct) : null;
}
