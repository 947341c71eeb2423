using System.Text.Json;

namespace Community.Kernel;

/// <summary>
/// Reads one part of a recipe (the property <paramref name="Property"/>) into a new site's database.
/// Runs with the site set, inside the one transaction that fills the site.
/// </summary>
public sealed record RecipeStep(string Property, Func<JsonElement, IServiceProvider, CancellationToken, Task> Run);
