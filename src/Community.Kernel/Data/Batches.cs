using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>Deletes much in little pieces: the site's writers come in between.</summary>
public static class Batches
{
    const int Max = 500;

    /// <summary>Ended half-way, it goes on where it was the next time.</summary>
    public static async Task DeleteAll<T>(this IQueryable<T> rows, CancellationToken ct) where T : class
    {
        while (await rows.Take(Max).ExecuteDeleteAsync(ct) == Max) { }
    }
}
