using System.Net.Mail;
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

    static readonly JsonSerializerOptions reading = new(JsonSerializerDefaults.Web) { RespectNullableAnnotations = true };

    /// <param name="json">The file.</param>
    /// <param name="edit">Changes it before it is read: another key, another name.</param>
    /// <exception cref="RecipeException">The text is no JSON object, lacks a property, or has a value that no site can have.</exception>
    public static Recipe Parse(string json, Action<JsonObject>? edit = null)
    {
        try
        {
            var file = JsonNode.Parse(json, null, new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }) as JsonObject
                ?? throw new RecipeException("The recipe is no JSON object.");
            edit?.Invoke(file);
            var root = JsonSerializer.SerializeToElement(file);
            var recipe = root.Deserialize<Recipe>(reading) ?? throw new RecipeException("The recipe is empty.");
            recipe = recipe with { Root = root, Hosts = [.. recipe.Hosts.Select(h => (h ?? "").Trim().ToLowerInvariant())] };
            recipe.Check();
            return recipe;
        }
        catch (ArgumentException) { throw new RecipeException("The recipe names a property twice."); }
        catch (JsonException error) { throw new RecipeException("The recipe cannot be read: " + error.Message); }
    }

    public void Check()
    {
        if (!KeyForm().IsMatch(Key)) throw new RecipeException($"key: \"{Key}\" must be 2 to 31 letters a–z, digits and hyphens, beginning with a letter.");
        if (Name.Trim().Length is 0 or > 100 || Name.Any(char.IsControl)) throw new RecipeException("name: give 1 to 100 characters.");
        if (Mail.From.Length > 0 && !(MailAddress.TryCreate(Mail.From, out var from) && from.Address == Mail.From))
            throw new RecipeException($"mail.from: \"{Mail.From}\" is no e-mail address.");
        if (Hosts.Count == 0) throw new RecipeException("hosts: name at least one host.");
        foreach (var host in Hosts) CheckHost(host);
        if (!Texts.Languages.Contains(Culture)) throw new RecipeException($"culture: \"{Culture}\" is not one of {string.Join(", ", Texts.Languages)}.");
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out _)) throw new RecipeException($"timeZone: \"{TimeZone}\" is no time zone; give an IANA name such as Asia/Tokyo.");
        if (Key != Site.OperatorKey) CheckNoOperator();
    }

    public static void CheckHost(string host)
    {
        if (!HostForm().IsMatch(host) || host.Length > 253) throw new RecipeException($"hosts: \"{host}\" is no host name.");
    }

    /// <summary>Only the console has the operator's feature and role; a recipe may come from anybody.</summary>
    void CheckNoOperator()
    {
        if (Features.Contains("Sites")) throw new RecipeException("features: \"Sites\" is the console's alone.");
        if (Root.TryGetProperty("members", out var members) && members.ValueKind == JsonValueKind.Array)
            foreach (var member in members.EnumerateArray())
                if (member.ValueKind == JsonValueKind.Object && member.EnumerateObject().Any(IsOperatorRole))
                    throw new RecipeException("members: the role \"operator\" is the console's alone.");
    }

    // Property by property: of two with one name, or in other case, any may be the one that is read.
    static bool IsOperatorRole(JsonProperty p) =>
        p.Name.Equals("role", StringComparison.OrdinalIgnoreCase) && p.Value.ValueKind == JsonValueKind.String
        && Roles.Operator.Equals(p.Value.GetString(), StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex("^[a-z][a-z0-9-]{1,30}$")]
    private static partial Regex KeyForm();

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$")]
    private static partial Regex HostForm();
}

/// <summary>A recipe that cannot be followed; the message says where and why, in words for its author.</summary>
public sealed class RecipeException(string message) : Exception(message);
