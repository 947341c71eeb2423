using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Community.Kernel;

namespace Community.Sites;

/// <summary>
/// A recipe: a JSON file from which a site is made. The properties below are the site's own; every other property is a step
/// that a module reads (<see cref="RecipeStep"/>): groups, boards, mailKinds, members, topics …
/// </summary>
public sealed partial record Recipe
{
    public const int LongestName = 100, LongestTagline = 200;

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
    /// <summary>Address of a first administrator among the members, who is sent a letter; empty for none.</summary>
    public string Administrator { get; init; } = "";
    /// <summary>The whole file, for the steps.</summary>
    public JsonElement Root { get; init; }

    public sealed record RecipeMail
    {
        public string From { get; init; } = "";
        public string FromName { get; init; } = "";
    }

    static readonly JsonSerializerOptions reading = new(JsonSerializerDefaults.Web) { RespectNullableAnnotations = true };

    /// <param name="json">The file.</param>
    /// <param name="edit">Changes it before it is read: another key, another name.</param>
    /// <exception cref="RecipeException">The text is no JSON object, lacks a property, or has a value that no site can have.</exception>
    public static Recipe Parse(string json, Action<JsonObject>? edit = null)
    {
        try
        {
            var file = Read(json) as JsonObject ?? throw new RecipeException("", "object");
            edit?.Invoke(file);
            var root = JsonSerializer.SerializeToElement(file);
            var recipe = root.Deserialize<Recipe>(reading)!;
            recipe = recipe with { Root = root, Hosts = HostsOf(recipe.Hosts) };
            var problems = recipe.Problems().ToList();
            return problems.Count == 0 ? recipe : throw new RecipeException(problems);
        }
        catch (ArgumentException) { throw new RecipeException("", "twice"); }
        catch (JsonException error) { throw error.Path?.TrimStart('$', '.') is { Length: > 0 } part ? new RecipeException("", "part", part) : new RecipeException("", "lacks"); }
    }

    static JsonNode? Read(string json)
    {
        try { return JsonNode.Parse(json, null, new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }); }
        catch (JsonException error) { throw new RecipeException("", "unreadable", (error.LineNumber ?? 0) + 1); }
    }

    IEnumerable<RecipeProblem> Problems()
    {
        // "new" is where the console makes one.
        if (!KeyForm().IsMatch(Key) || Key == "new") yield return new("key", "key", Key);
        foreach (var problem in ProblemsOf(Name, Tagline, Hosts, Culture, TimeZone, Mail.From, Mail.FromName)) yield return problem;
        if (Administrator.Length > 0 && !IsAddress(Administrator)) yield return new("administrator", "address", Administrator);
        // Only the console has the operator's feature and role; a recipe may come from anybody.
        if (Key == Site.OperatorKey) yield break;
        if (Features.Contains("Sites")) yield return new("features", "console-feature");
        if (Members().Any(m => m.EnumerateObject().Any(IsOperatorRole))) yield return new("members", "console-role");
    }

    /// <summary>What no site can be, new or old.</summary>
    internal static IEnumerable<RecipeProblem> ProblemsOf(string name, string tagline, IReadOnlyList<string> hosts, string culture, string timeZone, string from, string fromName)
    {
        if (name.Trim().Length is 0 or > LongestName || name.Any(char.IsControl)) yield return new("name", "name");
        if (tagline.Length > LongestTagline || tagline.Any(char.IsControl)) yield return new("tagline", "tagline", LongestTagline);
        if (hosts.Count == 0) yield return new("hosts", "no-host");
        foreach (var host in hosts.Where(h => !IsHost(h))) yield return new("hosts", "host", host);
        if (!Texts.Languages.Contains(culture)) yield return new("culture", "culture", culture, string.Join(", ", Texts.Languages));
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out _)) yield return new("timeZone", "time-zone", timeZone);
        if (from.Length > 0 && !IsAddress(from)) yield return new("mail.from", "address", from);
        if (fromName.Length > LongestName || fromName.Any(char.IsControl)) yield return new("mail.fromName", "sender-name", LongestName);
    }

    internal static List<string> HostsOf(IEnumerable<string?> typed) => [.. typed.Select(h => (h ?? "").Trim().ToLowerInvariant()).Distinct()];

    public static bool IsHost(string host) => host.Length <= 253 && HostForm().IsMatch(host);

    static bool IsAddress(string email) => EmailAddress.TryParse(email, out _);

    IEnumerable<JsonElement> Members() => Root.TryGetProperty("members", out var members) && members.ValueKind == JsonValueKind.Array
        ? members.EnumerateArray().Where(m => m.ValueKind == JsonValueKind.Object) : [];

    // Property by property: of two with one name, or in other case, any may be the one that is read.
    static bool IsOperatorRole(JsonProperty p) =>
        p.Name.Equals("role", StringComparison.OrdinalIgnoreCase) && p.Value.ValueKind == JsonValueKind.String
        && Roles.Operator.Equals(p.Value.GetString(), StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex("^[a-z][a-z0-9-]{1,30}\\z")]
    private static partial Regex KeyForm();

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\\z")]
    private static partial Regex HostForm();
}
