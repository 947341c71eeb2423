using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>How long a site counts as new: as long as its audit log is short. Asked by the key alone, however long the log is.</summary>
public static class AuditBeginning
{
    /// <summary>A site whose log is longer is no longer new.</summary>
    public const int Records = 2000;

    /// <summary>Whether the log is that short still.</summary>
    public static async Task<bool> IsBeginning(this IQueryable<AuditRecord> records) => !await records.AnyAsync(a => a.Id > Records);
}
