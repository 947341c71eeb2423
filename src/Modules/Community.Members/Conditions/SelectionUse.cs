using System.Text.Json;
using Community.Kernel;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Members;

/// <summary>
/// Something of a module that keeps a selection of members, such as a segment or a mailing that has not been sent: asked before a
/// group, a tag, an attribute or a segment that a selection names is deleted.
/// </summary>
/// <param name="Text">The key of the text for its kind: "the segment “{0}”".</param>
/// <param name="Name">Its name.</param>
/// <param name="Url">Its page for staff.</param>
/// <param name="Permission">Who may open that page.</param>
/// <param name="Chosen">The selection.</param>
public sealed record SelectionUse(string Text, string Name, string Url, string Permission, Chosen Chosen)
{
    /// <summary>All selections that the site's modules keep, those of features that are off too.</summary>
    public static async Task<IReadOnlyList<SelectionUse>> All(IServiceProvider site, SiteDb db, CancellationToken ct)
    {
        var all = new List<SelectionUse>();
        foreach (var selections in site.GetServices<ISelections>()) all.AddRange(await selections.Of(db, ct));
        return all;
    }

    /// <summary>Whether a condition of it names this row.</summary>
    /// <param name="key">The condition's key.</param>
    /// <param name="property">The property of its values that holds one id, or a list of them.</param>
    /// <param name="id">The row's id.</param>
    public bool Names(string key, string property, long id) =>
        Chosen.Conditions.Any(c =>
            c.Key == key
            && c.Values.ValueKind is JsonValueKind.Object
            && c.Values.TryGetProperty(property, out var held)
            && (held.ValueKind is JsonValueKind.Array ? held.EnumerateArray() : Enumerable.Repeat(held, 1))
                .Any(v => v.ValueKind is JsonValueKind.Number && v.TryGetInt64(out var one) && one == id)
        );
}

/// <summary>The selections that a module keeps. Each module that keeps some registers one.</summary>
public interface ISelections
{
    Task<IEnumerable<SelectionUse>> Of(SiteDb db, CancellationToken ct);
}
