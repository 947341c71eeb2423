using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>A site counts as new while its audit log is short. The check uses only the key, so a long log does not slow it down.</summary>
public static class AuditBeginning
{
    /// <summary>A site with more records is no longer new.</summary>
    public const int Records = 2000;

    /// <summary>Whether the log is still that short.</summary>
    public static async Task<bool> IsBeginning(this IQueryable<AuditRecord> records) => !await records.AnyAsync(a => a.Id > Records);
}
