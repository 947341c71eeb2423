using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>Questions to the audit log.</summary>
static class AuditQueries
{
    /// <summary>Records about one member: by index those about this member alone, and above <paramref name="listsAbove"/> lists that showed the member.</summary>
    public static IQueryable<AuditRecord> About(this IQueryable<AuditRecord> records, long member, long listsAbove)
    {
        string first = $"[{member},", middle = $",{member},", last = $",{member}]";
        return records.Where(a => a.SubjectId == member
            || (a.Id > listsAbove && a.Ids != null && (a.Ids.StartsWith(first) || a.Ids.Contains(middle) || a.Ids.EndsWith(last))));
    }

    /// <summary>The names of everybody whom these records mention: one query.</summary>
    public static async Task<Dictionary<long, string>> NamesIn(this SiteDb db, IReadOnlyCollection<AuditRecord> records)
    {
        var ids = records.SelectMany(r => new[] { r.ActorId, r.SubjectId }).OfType<long>().Distinct().ToList();
        return ids.Count == 0 ? [] : await db.Members.Where(m => ids.Contains(m.Id)).Select(m => new { m.Id, m.Name }).ToDictionaryAsync(m => m.Id, m => m.Name);
    }
}
