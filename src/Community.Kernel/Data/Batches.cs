using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>Deletes many rows in small batches, so that the site's other writers get their turn in between.</summary>
public static class Batches
{
    const int Max = 500;

    /// <summary>If it is interrupted, the next run continues where it stopped.</summary>
    /// <returns>How many were deleted.</returns>
    public static async Task<int> DeleteAll<T>(this IQueryable<T> rows, CancellationToken ct) where T : class
    {
        for (var deleted = 0; ;)
        {
            var some = await rows.Take(Max).ExecuteDeleteAsync(ct);
            deleted += some;
            if (some < Max) return deleted;
        }
    }
}
