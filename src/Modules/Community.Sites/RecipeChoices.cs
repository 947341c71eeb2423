using System.Text.Json.Nodes;
using Community.Kernel;
using Community.Members;

namespace Community.Sites;

/// <summary>What whoever makes a site wants otherwise than the recipe says, as it was typed. What is empty stays as it is.</summary>
public sealed record RecipeChoices
{
    public string? Key { get; set; }
    public string? Name { get; set; }
    /// <summary>Separated by white space.</summary>
    public string? Hosts { get; set; }
    public string? Culture { get; set; }
    public string? TimeZone { get; set; }
    public string? Theme { get; set; }
    public string? MailFrom { get; set; }
    /// <summary>E-mail address of a first administrator, added to the recipe's members.</summary>
    public string? Administrator { get; set; }

    /// <summary>What a new site has to be given as its own: those of the recipe are an example, or another site's.</summary>
    public IEnumerable<SiteProblem> Missing()
    {
        if (Typed(Key) is null)
            yield return new("key", "no-key");
        if (Typed(Name) is null)
            yield return new("name", "name");
        if (Typed(Hosts) is not { } hosts)
        {
            yield return new("hosts", "no-host");
            yield break;
        }
        foreach (var line in hosts.Split('\n', StringSplitOptions.TrimEntries).Where(l => l.Any(char.IsWhiteSpace)))
            yield return new("hosts", "host", line);
    }

    public void Apply(JsonObject recipe)
    {
        Set("key", Key);
        // The recipe's sender name is that of its example. Without one, mail uses the site's name and follows its changes.
        if (Typed(Name) is not null && recipe["mail"] is JsonObject mail) mail.Remove("fromName");
        Set("name", Name);
        if (Typed(Hosts) is { } hosts)
            recipe["hosts"] = new JsonArray([
                .. hosts.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(h => (JsonNode)h),
            ]);
        Set("culture", Culture);
        Set("timeZone", TimeZone);
        Set("theme", Theme);
        if (Typed(MailFrom) is { } from) Part("mail")["from"] = from;
        Set("administrator", Administrator);
        if (Typed(Administrator) is { } email) AddAdministrator(email);

        void Set(string property, string? value)
        {
            if (Typed(value) is { } typed) recipe[property] = typed;
        }

        JsonObject Part(string property) => recipe[property] as JsonObject ?? (JsonObject)(recipe[property] = new JsonObject());

        void AddAdministrator(string email)
        {
            var members = recipe["members"] as JsonArray ?? (JsonArray)(recipe["members"] = new JsonArray());
            if (members.OfType<JsonObject>().Any(m => EmailAddress.Same(m["email"]?.ToString(), email)))
                return;
            members.Add(
                new JsonObject
                {
                    ["key"] = "first-administrator",
                    ["name"] = NameOf(email),
                    ["email"] = email,
                    ["role"] = "administrator",
                    ["state"] = "active",
                }
            );
        }
    }

    /// <summary>Puts in what is missing altogether, so that the rest can be read and judged beside it.</summary>
    public void FillEmpty(JsonObject recipe)
    {
        foreach (var property in Missing().Select(p => p.Property).Where(p => !recipe.ContainsKey(p)).Distinct().ToList())
            recipe[property] = property == "hosts" ? new JsonArray() : "";
    }

    // The local part of the address, if it looks like a name.
    static string NameOf(string email) =>
        Naming.Read(email.Split('@')[0]) is { Fault: null, Text.Length: <= Member.MaxNameLength } name ? name.Text : "Administrator";

    /// <summary>The field in which a recipe's property is typed; "" if it has none.</summary>
    public static string FieldOf(string property) =>
        property switch
        {
            "key" => nameof(Key),
            "name" => nameof(Name),
            "hosts" => nameof(Hosts),
            "culture" => nameof(Culture),
            "timeZone" => nameof(TimeZone),
            "theme" => nameof(Theme),
            "mail.from" => nameof(MailFrom),
            "administrator" => nameof(Administrator),
            _ => "",
        };

    static string? Typed(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
