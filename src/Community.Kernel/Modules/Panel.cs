using System.Collections.Concurrent;
using Microsoft.AspNetCore.Components;

namespace Community.Kernel;

/// <summary>A component that one module shows on a page of another.</summary>
/// <param name="Place">The name that the page gives the place, such as <c>home</c> or <c>topic.post</c>; docs/modules.md lists
/// them.</param>
/// <param name="Component">The component; it gets the parameters of the place that it declares.</param>
/// <param name="Permission">Shown only to those who have it; null for everybody.</param>
/// <param name="When">
/// Decides whether the site shows it, with the panel's own services; null for always. Called on each page.
/// </param>
public sealed record Panel(
    string Place,
    Type Component,
    string? Permission = null,
    Func<IServiceProvider, ValueTask<bool>>? When = null
)
{
    readonly HashSet<string> declared =
        [.. Component.GetProperties().Where(p => p.IsDefined(typeof(ParameterAttribute), true)).Select(p => p.Name)];

    /// <summary>Those of a place's parameters that the component declares: a place may get more of them, and no panel breaks.</summary>
    internal IDictionary<string, object?>? Declared(IDictionary<string, object?>? parameters) =>
        parameters is null || parameters.Keys.All(declared.Contains)
            ? parameters
            : parameters.Where(p => declared.Contains(p.Key)).ToDictionary();
}

/// <summary>One row of a page's list, as the panels in it see it.</summary>
/// <param name="Id">The row's id, for example that of a post.</param>
/// <param name="Member">The member who owns it; null for none.</param>
public sealed record RowOnPage(long Id, long? Member);

/// <summary>
/// The rows that a page shows. A panel that appears in each of them (a button in each post) queries the database once for all of them.
/// </summary>
public sealed class RowsOnPage(IReadOnlyList<RowOnPage> rows)
{
    readonly ConcurrentDictionary<Type, Task> asked = [];

    public IReadOnlyList<RowOnPage> All => rows;

    /// <summary>Runs <paramref name="ask"/> for the first panel; the others share its result.</summary>
    /// <typeparam name="TPanel">The calling component.</typeparam>
    /// <typeparam name="TAnswer">The result.</typeparam>
    /// <param name="ask">Queries for all rows, on the panel's <see cref="SiteDb"/>.</param>
    public Task<TAnswer> Once<TPanel, TAnswer>(Func<IReadOnlyList<RowOnPage>, Task<TAnswer>> ask) =>
        (Task<TAnswer>)asked.GetOrAdd(typeof(TPanel), static (_, a) => a.ask(a.rows), (ask, rows));
}
