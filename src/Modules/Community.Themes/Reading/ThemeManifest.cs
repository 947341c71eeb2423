using System.Text.Json;
using Community.Kernel;

namespace Community.Themes;

/// <summary>The content of theme.json.</summary>
sealed record ThemeManifest
{
    /// <summary>The version of the theme contract that this host supports: docs/theming.md.</summary>
    public const int Contract = 1;

    public required Dictionary<string, string> Name { get; init; }
    public Dictionary<string, string> About { get; init; } = [];
    public string? Parent { get; init; }
    public required int ContractVersion { get; init; }
    public required IReadOnlyDictionary<string, JsonElement> Tokens { get; init; }

    /// <exception cref="BrokenTheme">The text is not JSON, or lacks a required property.</exception>
    public static ThemeManifest Parse(string json)
    {
        try
        {
            var root = JsonDocument
                .Parse(
                    json,
                    new()
                    {
                        CommentHandling = JsonCommentHandling.Skip,
                        AllowTrailingCommas = true,
                        MaxDepth = 8,
                    }
                )
                .RootElement;
            var manifest = new ThemeManifest
            {
                Name = WordsOf(root, "name") ?? throw new BrokenTheme("theme.json", 0, "themes.broken.json.lacks", "name"),
                About = WordsOf(root, "about") ?? [],
                Parent =
                    root.TryGetProperty("parent", out var parent) && parent.ValueKind == JsonValueKind.String ? parent.GetString() : null,
                ContractVersion = root.TryGetProperty("contract", out var contract)
                    ? contract.GetInt32()
                    : throw new BrokenTheme("theme.json", 0, "themes.broken.json.lacks", "contract"),
                Tokens = root.TryGetProperty("tokens", out var tokens)
                    ? tokens.EnumerateObject().ToDictionary(t => t.Name, t => t.Value)
                    : new Dictionary<string, JsonElement>(),
            };
            if (manifest.ContractVersion != Contract)
                throw new BrokenTheme("theme.json", 0, "themes.broken.contract", manifest.ContractVersion, Contract);
            return manifest;
        }
        catch (JsonException error)
        {
            throw new BrokenTheme("theme.json", (int)(error.LineNumber ?? -1) + 1, "themes.broken.json", error.Message);
        }
        catch (Exception error) when (error is InvalidOperationException or FormatException or ArgumentException)
        {
            throw new BrokenTheme("theme.json", 0, "themes.broken.json", error.Message);
        }
    }

    /// <summary>A theme's texts appear in lists and forms, so they are validated like every name.</summary>
    public static Dictionary<string, string>? WordsOf(JsonElement element, string property)
    {
        var words = Written(element, property);
        foreach (var word in words?.Values.AsEnumerable() ?? [])
            if (Naming.ReadOptional(word).Problem is { } wrong) throw new BrokenTheme("theme.json", 0, wrong);
        return words?.ToDictionary(w => w.Key, w => Naming.ReadOptional(w.Value).Text);
    }

    static Dictionary<string, string>? Written(JsonElement element, string property) =>
        !element.TryGetProperty(property, out var words) ? null
        : words.ValueKind == JsonValueKind.String ? new() { ["en"] = words.GetString()! }
        : words.EnumerateObject().ToDictionary(w => w.Name, w => w.Value.GetString()!);
}
