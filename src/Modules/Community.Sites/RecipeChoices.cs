using System.Text.Json.Nodes;

namespace Community.Sites;

/// <summary>What whoever makes a site wants otherwise than the recipe says. What is null stays as it is.</summary>
public sealed record RecipeChoices
{
    public string? Key { get; init; }
    public string? Name { get; init; }
    public IReadOnlyList<string>? Hosts { get; init; }
    public string? Culture { get; init; }
    public string? TimeZone { get; init; }
    public string? Theme { get; init; }
    public string? MailFrom { get; init; }
    /// <summary>E-mail address of a first administrator, added to the recipe's members.</summary>
    public string? Administrator { get; init; }

    public void Apply(JsonObject recipe)
    {
        Set("key", Key);
        if (Name is not null && Part("mail") is var mail) mail["fromName"] = Name;
        Set("name", Name);
        if (Hosts is not null) recipe["hosts"] = new JsonArray([.. Hosts.Select(h => (JsonNode)h)]);
        Set("culture", Culture);
        Set("timeZone", TimeZone);
        Set("theme", Theme);
        if (MailFrom is not null) Part("mail")["from"] = MailFrom;
        Set("administrator", Administrator);
        if (Administrator is not null) AddAdministrator(Administrator);

        void Set(string property, string? value)
        {
            if (value is not null) recipe[property] = value;
        }

        JsonObject Part(string property) => recipe[property] as JsonObject ?? (JsonObject)(recipe[property] = new JsonObject());

        void AddAdministrator(string email)
        {
            var members = recipe["members"] as JsonArray ?? (JsonArray)(recipe["members"] = new JsonArray());
            if (members.OfType<JsonObject>().Any(m => string.Equals(m["email"]?.ToString(), email, StringComparison.OrdinalIgnoreCase))) return;
            members.Add(new JsonObject { ["key"] = "first-administrator", ["name"] = email.Split('@')[0], ["email"] = email, ["role"] = "administrator", ["state"] = "active" });
        }
    }
}
