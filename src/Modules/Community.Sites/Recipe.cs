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
    public const int MaxNameLength = 100, MaxTaglineLength = 200, MaxHosts = 50, MaxKeyLength = 31;

    /// <summary>The site's own properties.</summary>
    public static readonly IReadOnlyList<string> Properties =
    [
        "key",
        "name",
        "tagline",
        "hosts",
        "culture",
        "timeZone",
        "theme",
        "tokens",
        "features",
        "mail",
        "administrator",
    ];

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
    /// <summary>Address of a first administrator among the members, who is sent an e-mail; empty for none.</summary>
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
    /// <param name="edit">Modifies the JSON before it is read, for example key and name.</param>
    /// <exception cref="RecipeException">The text is not a JSON object, lacks a property, or has an invalid value.</exception>
    /// <param name="found">Collects the problems so that all can be reported at once; null throws the first.</param>
    public static Recipe Parse(string json, Action<JsonObject>? edit = null, ICollection<SiteProblem>? found = null)
    {
        try
        {
            var file = RecipeReader.Read(json);
            edit?.Invoke(file);
            var root = JsonSerializer.SerializeToElement(file);
            var recipe = root.Deserialize<Recipe>(reading)!;
            recipe = recipe with { Root = root, Hosts = HostsOf(recipe.Hosts) };
            var problems = recipe.Problems().ToList();
            if (problems.Count > 0 && found is null) throw new RecipeException(problems);
            foreach (var problem in problems) found!.Add(problem);
            return recipe;
        }
        catch (JsonException error)
        {
            throw error.Path?.TrimStart('$', '.') is { Length: > 0 } part
                ? new RecipeException("", "part", part)
                : new RecipeException("", "lacks");
        }
    }

    IEnumerable<SiteProblem> Problems()
    {
        // "new" is the console's URL for creating a site.
        if (!Slug.Is(Key, max: MaxKeyLength) || Key == "new")
            yield return new("key", "key", Key);
        foreach (var problem in ProblemsOf(Name, Tagline, Hosts, Culture, TimeZone, Mail.From, Mail.FromName, Key == Site.OperatorKey))
            yield return problem;
        if (Administrator.Length > 0 && !IsAddress(Administrator))
            yield return new("administrator", "address", Administrator);
        // Only the console has the operator's feature and role; a recipe may come from anybody.
        if (Key == Site.OperatorKey) yield break;
        if (Features.Contains("Sites")) yield return new("features", "console-feature");
        if (Members().Any(m => m.EnumerateObject().Any(IsOperatorRole))) yield return new("members", "console-role");
    }

    /// <summary>What no site can be, new or old.</summary>
    internal static IEnumerable<SiteProblem> ProblemsOf(
        string name,
        string tagline,
        IReadOnlyList<string> hosts,
        string culture,
        string timeZone,
        string from,
        string fromName,
        bool isConsole = false
    )
    {
        var (read, line, sender) = (Naming.Read(name), Naming.ReadOptional(tagline), Naming.ReadOptional(fromName));
        if (read.Fault is NameFault.Missing || read.Text.Length > MaxNameLength)
            yield return new("name", "name");
        else if (read.Problem is { } noName)
            yield return new("name", noName);
        if (line.Problem is { } noLine)
            yield return new("tagline", noLine);
        else if (line.Text.Length > MaxTaglineLength)
            yield return new("tagline", "tagline", MaxTaglineLength);
        if (hosts.Count == 0)
            yield return new("hosts", "no-host");
        if (hosts.Count > MaxHosts)
            yield return new("hosts", "hosts-many", MaxHosts);
        foreach (var host in hosts.Take(MaxHosts).Where(h => !IsHost(h)))
            yield return new("hosts", "host", host);
        foreach (var host in hosts.Take(MaxHosts).Where(h => !isConsole && IsHost(h) && IsReserved(h)))
            yield return new("hosts", "host-reserved", host);
        if (!Texts.Languages.Contains(culture))
            yield return new("culture", "culture", culture, string.Join(", ", Texts.Languages));
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out _))
            yield return new("timeZone", "time-zone", timeZone);
        if (from.Length > 0 && !IsAddress(from))
            yield return new("mail.from", "address", from);
        if (sender.Problem is { } noSender)
            yield return new("mail.fromName", noSender);
        else if (sender.Text.Length > MaxNameLength)
            yield return new("mail.fromName", "sender-name", MaxNameLength);
    }

    internal static List<string> HostsOf(IEnumerable<string?> typed) =>
        [.. typed.Select(h => (h ?? "").Trim().ToLowerInvariant()).Distinct()];

    public static bool IsHost(string host) => host.Length <= 253 && HostForm().IsMatch(host);

    /// <summary>
    /// Special-use names that can never reach this installation (RFC 6761, RFC 7686), and IP addresses.
    /// </summary>
    static bool IsReserved(string host) =>
        host is "localhost" || host.Split('.')[^1] is "invalid" or "onion" or "arpa" || host.Split('.')[^1].All(char.IsAsciiDigit);

    static bool IsAddress(string email) => EmailAddress.TryParse(email, out _);

    internal IEnumerable<JsonElement> Members() => Entries(Root, "members");

    /// <summary>The entries of a list; whatever else stands there, none.</summary>
    internal static IEnumerable<JsonElement> Entries(JsonElement value, string property) =>
        Property(value, property) is { ValueKind: JsonValueKind.Array } list
            ? list.EnumerateArray().Where(e => e.ValueKind == JsonValueKind.Object)
            : [];

    internal static string Text(JsonElement value, string property) =>
        Property(value, property) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "";

    static JsonElement? Property(JsonElement value, string name) =>
        value
            .EnumerateObject()
            .Where(p => p.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            .Select(p => (JsonElement?)p.Value)
            .FirstOrDefault();

    // Set property by property: duplicates, or names in another case, make it unclear which one is read.
    static bool IsOperatorRole(JsonProperty p) =>
        p.Name.Equals("role", StringComparison.OrdinalIgnoreCase) && p.Value.ValueKind == JsonValueKind.String
        && Roles.Operator.Equals(p.Value.GetString(), StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\\z")]
    private static partial Regex HostForm();
}
