using System.Text.Json;

namespace Community.Kernel;

/// <summary>
/// Reads one part of a recipe (the property <paramref name="Property"/>) into a new site's database.
/// Runs with the site set, inside the one transaction that fills the site.
/// </summary>
/// <param name="Property">The recipe's property: an array of entries, but for <see cref="SettingsInRecipes"/>.</param>
/// <param name="Entry">A record: its parameters are what an entry may hold and, without a default, must. Checked before anything
/// runs.</param>
/// <param name="Run">Does it.</param>
public sealed record RecipeStep(string Property, Type Entry, Func<JsonElement, IServiceProvider, CancellationToken, Task> Run)
{
    /// <summary>The settings, whose shape each module's record says.</summary>
    internal static readonly RecipeStep OfSettings = new(SettingsInRecipes.Property, typeof(SettingsPart), SettingsInRecipes.Fill);
}

/// <summary>What a text of a recipe is.</summary>
public enum RecipeText
{
    /// <summary>Any words.</summary>
    Words,
    /// <summary>A short word for addresses; each entry of a part has another.</summary>
    Key,
    /// <summary>A line that shows something, see <see cref="Naming"/>.</summary>
    Name,
    /// <summary>Lines that may be empty.</summary>
    Lines,
    /// <summary>An e-mail address; each entry of a part has another.</summary>
    Address,
}

/// <summary>What a parameter of a <see cref="RecipeStep.Entry"/> takes.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class InRecipeAttribute(RecipeText text = RecipeText.Words, int longest = 100) : Attribute
{
    public RecipeText Text => text;
    public int MaxLength => longest;
    /// <summary>The only values, separated by spaces; empty for any.</summary>
    public string OneOf { get; init; } = "";
}
