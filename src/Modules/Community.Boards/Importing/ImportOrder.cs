using System.Collections.Concurrent;

namespace Community.Boards;

/// <summary>In which order the rest of an import is written, from one step to the next.</summary>
/// <param name="Threads">What answers what.</param>
/// <param name="Places">Where the rows stand in the file.</param>
/// <param name="Open">The rows that were not written when this was made.</param>
/// <param name="Others">See <see cref="ImportOrders"/>.</param>
sealed record ImportOrder(Threads Threads, IReadOnlyList<ImportOrder.Row> Places, IReadOnlyList<int> Open, long Others)
{
    public readonly record struct Row(int Number, long Place, int Line, bool Done);

    /// <summary>How many of <see cref="Open"/> are written.</summary>
    public int At { get; set; }
    /// <summary>What the import said of itself then: <see cref="BoardImport.DoneUpTo"/>.</summary>
    public int DoneUpTo { get; set; }
}

/// <summary>
/// Keeps the order of an import for its next turn, for as long as nothing else wants the memory: of a large file, to make it takes as long
/// as a turn. It is made anew if another process has gone on meanwhile, or other imports have brought posts into the board.
/// </summary>
public sealed class ImportOrders
{
    readonly ConcurrentDictionary<(long Site, long Import), WeakReference<ImportOrder>> kept = new();

    /// <param name="site">The site's id.</param>
    /// <param name="import">The import, as it is now.</param>
    /// <param name="others">A number that grows with what other imports into the board do.</param>
    internal ImportOrder? Of(long site, BoardImport import, long others) =>
        kept.TryGetValue((site, import.Id), out var some) && some.TryGetTarget(out var order)
            && order.DoneUpTo == import.DoneUpTo && order.Others == others ? order : null;

    internal void Keep(long site, long import, ImportOrder order) => kept[(site, import)] = new(order);

    internal void Forget(long site, long import) => kept.TryRemove((site, import), out _);
}
