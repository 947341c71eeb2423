using System.Text.Json;
using Community.Kernel;
using Community.Members;
using Microsoft.Extensions.Localization;

namespace Community.Sites;

/// <summary>What a recipe will make, shown before it is made: a recipe may come from anybody.</summary>
public sealed record RecipePlan(
    IReadOnlyList<RecipePlan.Fact> Facts,
    IReadOnlyList<RecipePlan.Staff> StaffMembers,
    IReadOnlyList<RecipePlan.Part> Parts
)
{
    /// <summary>A setting of the site: the text that names it, and its value.</summary>
    public sealed record Fact(string Text, string Value);
    /// <summary>Somebody who will have a role.</summary>
    public sealed record Staff(string Name, string Email, string Role);
    /// <summary>So many of something, with the first names.</summary>
    public sealed record Part(string Text, int Count, IReadOnlyList<string> Names)
    {
        public bool HasMore => Count > Names.Count && Names.Count > 0;
    }

    const int MaxNames = 20;

    /// <param name="recipe">One that was checked (<see cref="CreateSite.Check"/>).</param>
    /// <param name="steps">Of the features that the site will have.</param>
    public static RecipePlan Of(Recipe recipe, IEnumerable<RecipeStep> steps)
    {
        var members = Recipe.Entries(recipe.Root, "members").ToList();
        var facts = new List<Fact>
        {
            new("sites.plan.name", Naming.Kept(recipe.Name)),
            new("sites.plan.tagline", recipe.Tagline),
            new("sites.plan.key", recipe.Key),
            new("sites.plan.hosts", string.Join(", ", recipe.Hosts)),
            new("sites.plan.culture", recipe.Culture),
            new("sites.plan.zone", recipe.TimeZone),
            new("sites.plan.theme", recipe.Theme),
            new("sites.plan.features", string.Join(", ", recipe.Features)),
            new("sites.plan.tokens", string.Join(", ", recipe.Tokens.Select(t => $"{t.Key}: {t.Value}"))),
            new("sites.plan.settings", string.Join(", ", SettingsOf(recipe.Root))),
            new("sites.plan.sender", $"{recipe.Mail.FromName} {recipe.Mail.From}".Trim()),
        };
        return new(
            [.. facts.Where(f => f.Value.Length > 0)],
            [
                .. members
                    .Where(m => Recipe.Text(m, "role").Length > 0)
                    .Select(m => new Staff(Recipe.Text(m, "name"), Recipe.Text(m, "email"), Recipe.Text(m, "role"))),
            ],
            [.. steps.Select(s => Of(recipe.Root, s.Property)).Where(p => p.Count > 0)]
        );
    }

    // Members are only counted: a preview does not need their names.
    static Part Of(JsonElement root, string property)
    {
        var entries = Recipe.Entries(root, property).ToList();
        return property == "topics" ? new("sites.plan.posts", entries.Sum(Posts), [])
            : property == "members" ? new("sites.plan.members", entries.Count(m => Recipe.Text(m, "role").Length == 0), [])
            : new(
                "sites.plan." + property,
                entries.Count,
                [.. entries.Select(e => Recipe.Text(e, "name")).Where(n => n.Length > 0).Take(MaxNames)]
            );
    }

    static IEnumerable<string> SettingsOf(JsonElement root) =>
        root.TryGetProperty(SettingsInRecipes.Property, out var settings)
            ? settings.EnumerateObject().SelectMany(p => p.Value.EnumerateObject(), (p, v) => $"{p.Name}.{v.Name}: {v.Value}")
            : [];

    static int Posts(JsonElement post) => 1 + Recipe.Entries(post, "replies").Sum(Posts);

    /// <summary>As the command line prints it.</summary>
    public IEnumerable<string> Lines(IStringLocalizer texts)
    {
        string In(string text, params object[] arguments) => texts.In("en", text, arguments);
        foreach (var fact in Facts)
            yield return $"{In(fact.Text),-12} {fact.Value}";
        foreach (var part in Parts)
        {
            var names = part.Names.Count > 0 ? ": " + string.Join(", ", part.Names) : "";
            yield return $"{In(part.Text),-12} {part.Count}{names}{(part.HasMore ? " …" : "")}";
        }
        yield return $"{In("sites.plan.staff"),-12} {(StaffMembers.Count == 0 ? In("sites.plan.staff.none") : "")}".TrimEnd();
        foreach (var staff in StaffMembers)
            yield return $"  {staff.Name} <{staff.Email}>: {staff.Role}";
        if (StaffMembers.Count > 0)
            yield return "  " + In("sites.plan.staff.invited");
    }
}
