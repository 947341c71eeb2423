using System.Text.Json;
using System.Text.RegularExpressions;
using Community.Kernel;

namespace Community.Sites;

/// <summary>
/// A recipe: a JSON file from which a site is made. The properties below are the site's own; every other property is a step
/// that a module reads (<see cref="RecipeStep"/>): groups, boards, mailKinds, members, topics …
/// </summary>
public sealed partial record Recipe
{
    public required string Key { get; init; }
    public required string Name { get; init; }
    public string Tagline { get; init; } = "";
    public required IReadOnlyList<string> Hosts { get; init; }
    public string Culture { get; init; } = "en";
    public string TimeZone { get; init; } = "Etc/UTC";
    public string Theme { get; init; } = "plain";
    public IReadOnlyDictionary<string, string> Tokens { get; init; } = new Dictionary<string, string>();
    public IReadOnlyList<string> Features { get; init; } = ["Members", "Boards", "Mailing"];
    public RecipeMail Mail { get; init; } = new();
    /// <summary>The whole file, for the steps.</summary>
    public JsonElement Root { get; init; }

    public sealed record RecipeMail
    {
        public string From { get; init; } = "";
        public string FromName { get; init; } = "";
    }

    /// <exception cref="RecipeException">The text is no JSON object, lacks a property, or has a value that no site can have.</exception>
    public static Recipe Parse(string json)
    {
        try
        {
            var root = JsonDocument.Parse(json, new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }).RootElement;
            var recipe = root.Deserialize<Recipe>(JsonSerializerOptions.Web) ?? throw new RecipeException("The recipe is empty.");
            recipe = recipe with { Root = root, Hosts = [.. recipe.Hosts.Select(h => h.Trim().ToLowerInvariant())] };
            recipe.Check();
            return recipe;
        }
        catch (JsonException error) { throw new RecipeException("The recipe cannot be read: " + error.Message); }
    }

    public void Check()
    {
        if (!KeyForm().IsMatch(Key)) throw new RecipeException($"key: \"{Key}\" must be 2 to 31 letters a–z, digits and hyphens, beginning with a letter.");
        if (Name.Trim().Length is 0 or > 100) throw new RecipeException("name: give 1 to 100 characters.");
        if (Hosts.Count == 0) throw new RecipeException("hosts: name at least one host.");
        foreach (var host in Hosts)
            if (!HostForm().IsMatch(host) || host.Length > 253) throw new RecipeException($"hosts: \"{host}\" is no host name.");
        if (!Texts.Languages.Contains(Culture)) throw new RecipeException($"culture: \"{Culture}\" is not one of {string.Join(", ", Texts.Languages)}.");
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out _)) throw new RecipeException($"timeZone: \"{TimeZone}\" is no time zone; give an IANA name such as Asia/Tokyo.");
    }

    [GeneratedRegex("^[a-z][a-z0-9-]{1,30}$")]
    private static partial Regex KeyForm();

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$")]
    private static partial Regex HostForm();
}

/// <summary>A recipe that cannot be followed; the message says where and why, in words for its author.</summary>
public sealed class RecipeException(string message) : Exception(message);
