using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>
/// The first records of a site's audit log: what its staff did while it was new. Asked by the key alone, however long the log is.
/// </summary>
public static class AuditBeginning
{
    /// <summary>A site whose log is longer is no longer new.</summary>
    public const int Records = 2000;

    public static IQueryable<AuditRecord> OfBeginning(this IQueryable<AuditRecord> records) => records.Where(a => a.Id <= Records);

    /// <summary>Whether the log is that short still.</summary>
    public static async Task<bool> IsBeginning(this IQueryable<AuditRecord> records) => !await records.AnyAsync(a => a.Id > Records);
}
