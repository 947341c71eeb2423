using System.Text.Json;

namespace Community.Kernel;

/// <summary>
/// Reads one part of a recipe (the property <paramref name="Property"/>) into a new site's database.
/// Runs with the site set, inside the one transaction that fills the site.
/// </summary>
/// <param name="Property">The recipe's property: an array of entries, except for <see cref="SettingsInRecipes"/>.</param>
/// <param name="Entry">A record: its parameters are an entry's properties, required unless they have a default. Checked before anything
/// runs.</param>
/// <param name="Run">Fills it in.</param>
public sealed record RecipeStep(string Property, Type Entry, Func<JsonElement, IServiceProvider, CancellationToken, Task> Run)
{
    /// <summary>The settings, whose shape each module's record defines.</summary>
    internal static readonly RecipeStep OfSettings = new(SettingsInRecipes.Property, typeof(SettingsPart), SettingsInRecipes.Fill);
}

/// <summary>The kind of a text in a recipe.</summary>
public enum RecipeText
{
    /// <summary>Any text.</summary>
    Words,
    /// <summary>A short word for URLs, unique among a part's entries.</summary>
    Key,
    /// <summary>A line with visible text, see <see cref="Naming"/>.</summary>
    Name,
    /// <summary>Lines that may be empty.</summary>
    Lines,
    /// <summary>An e-mail address, unique among a part's entries.</summary>
    Address,
}

/// <summary>What a parameter of a <see cref="RecipeStep.Entry"/> accepts.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class InRecipeAttribute(RecipeText text = RecipeText.Words, int maxLength = 100) : Attribute
{
    public RecipeText Text => text;
    public int MaxLength => maxLength;
    /// <summary>The allowed values, separated by spaces; empty for any.</summary>
    public string OneOf { get; init; } = "";
}
