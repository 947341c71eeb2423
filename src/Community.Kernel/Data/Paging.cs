using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>One page of a list.</summary>
/// <param name="Rows">At most as many as the page holds.</param>
/// <param name="More">Whether others follow.</param>
public sealed record PageOfRows<T>(List<T> Rows, bool More);

public static class Paging
{
    /// <summary>
    /// The first <paramref name="size"/> rows, and whether more follow. It asks for one row more than it gives, instead of counting all.
    /// </summary>
    public static async Task<PageOfRows<T>> PageOf<T>(this IQueryable<T> rows, int size, CancellationToken ct = default)
    {
        var found = await rows.Take(size + 1).ToListAsync(ct);
        return Cut(found, size);
    }

    /// <summary>The same of rows that were asked for with one more than the page holds.</summary>
    public static PageOfRows<T> Cut<T>(List<T> found, int size)
    {
        var more = found.Count > size;
        if (more) found.RemoveAt(size);
        return new(found, more);
    }
}
