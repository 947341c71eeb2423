using System.Collections.Concurrent;

namespace Community.Kernel;

/// <summary>A part that one module shows on a page of another.</summary>
/// <param name="Place">The name that the page gives the place, such as <c>home</c> or <c>topic.post</c>; docs/modules.md lists
/// them.</param>
/// <param name="Component">The component; it gets the page's parameters of that place.</param>
/// <param name="Permission">Shown only to who has it; null for everybody.</param>
/// <param name="When">
/// Asks the site, with services of the panel's own, whether it is shown; null for always. It is asked on each page.
/// </param>
public sealed record Panel(
    string Place,
    Type Component,
    string? Permission = null,
    Func<IServiceProvider, ValueTask<bool>>? When = null
);

/// <summary>One row of a page's list, as the panels in it know it.</summary>
/// <param name="Id">The row's id, of a post for example.</param>
/// <param name="Member">The member whose it is; null for nobody's.</param>
public sealed record RowOnPage(long Id, long? Member);

/// <summary>
/// The rows that a page shows. A panel that stands in each of them (a button in each post) asks the database once for all of them.
/// </summary>
public sealed class RowsOnPage(IReadOnlyList<RowOnPage> rows)
{
    readonly ConcurrentDictionary<Type, Task> asked = [];

    public IReadOnlyList<RowOnPage> All => rows;

    /// <summary>The answer of the first panel that asked.</summary>
    /// <typeparam name="TPanel">The component that asks.</typeparam>
    /// <typeparam name="TAnswer">What it asks for.</typeparam>
    /// <param name="ask">Asks for all rows, on the <see cref="SiteDb"/> of the panel.</param>
    public Task<TAnswer> Once<TPanel, TAnswer>(Func<IReadOnlyList<RowOnPage>, Task<TAnswer>> ask) =>
        (Task<TAnswer>)asked.GetOrAdd(typeof(TPanel), static (_, a) => a.ask(a.rows), (ask, rows));
}
