using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>Queries on the audit log.</summary>
static class AuditQueries
{
    /// <summary>
    /// Records about one member: by index those about this member alone, and above id <paramref name="listsAbove"/> lists that showed the
    /// member.
    /// </summary>
    /// <param name="records">The log.</param>
    /// <param name="member">The member's id.</param>
    /// <param name="listsAbove">See above.</param>
    /// <param name="sets">As of <see cref="SetsWith"/>.</param>
    public static IQueryable<AuditRecord> About(
        this IQueryable<AuditRecord> records,
        long member,
        long listsAbove,
        IReadOnlyCollection<long> sets
    )
    {
        string first = $"[{member},", middle = $",{member},", last = $",{member}]";
        return records.Where(a => a.SubjectId == member
            || (a.Id > listsAbove && sets.Contains(a.Id))
            || (a.Id > listsAbove && a.Ids != null && (a.Ids.StartsWith(first) || a.Ids.Contains(middle) || a.Ids.EndsWith(last))));
    }

    /// <summary>
    /// Ids of the records above <paramref name="above"/> whose <see cref="AuditRecord.IdSet"/> has the member. Such records are few: one
    /// for each look at very many members, found by an index of their own.
    /// </summary>
    public static async Task<List<long>> SetsWith(this SiteDb db, long member, long above, CancellationToken ct = default)
    {
        var found = new List<long>();
        var sets = db.Audit.AsNoTracking().Where(a => a.Id > above && a.IdSet != null).OrderBy(a => a.Id)
            .Select(a => new { a.Id, a.IdSet });
        await foreach (var set in sets.AsAsyncEnumerable().WithCancellation(ct))
            if (IdSet.Read(set.IdSet!).BinarySearch(member) >= 0) found.Add(set.Id);
        return found;
    }

    /// <summary>Texts that these records refer to by id: one query for each kind.</summary>
    public static async Task<AuditTexts> WordsOf(this SiteDb db, IReadOnlyCollection<AuditRecord> records)
    {
        var ids = records.SelectMany(r => new[] { r.ActorId, r.SubjectId }).OfType<long>().Distinct().ToList();
        var names =
            ids.Count == 0
                ? []
                : await db
                    .Members.Where(m => ids.Contains(m.Id))
                    .Select(m => new { m.Id, m.Name })
                    .ToDictionaryAsync(m => m.Id, m => m.Name);
        var suspensions = records.Select(r => AuditTexts.SuspensionIn(r.Purpose)).OfType<long>().ToList();
        var reasons =
            suspensions.Count == 0
                ? []
                : await db.Suspensions.Where(s => suspensions.Contains(s.Id)).ToDictionaryAsync(s => s.Id, s => s.Reason);
        var labels = records.Any(r => (r.Fields + r.Changes).Contains(AttributeTexts.FieldPrefix, StringComparison.Ordinal))
            ? (await db.Attributes()).All.ToDictionary(ShownValue.FieldOf, a => a.Labels)
            : [];
        return new(names, reasons) { Attributes = labels };
    }
}

/// <summary>Names of members and reasons of suspensions: identifying data is stored outside the log, where it can be erased.</summary>
public sealed record AuditTexts(IReadOnlyDictionary<long, string> Names, IReadOnlyDictionary<long, string> Reasons)
{
    const string Suspended = "suspension ";

    /// <summary>The labels of attributes, by the field of a record.</summary>
    public IReadOnlyDictionary<string, Translations> Attributes { get; init; } = new Dictionary<string, Translations>();

    public static readonly AuditTexts None = new(new Dictionary<long, string>(), new Dictionary<long, string>());

    public static string Named(Suspension suspension) => Suspended + suspension.Id;

    public static long? SuspensionIn(string purpose) =>
        purpose.StartsWith(Suspended, StringComparison.Ordinal) && long.TryParse(purpose.AsSpan(Suspended.Length), out var id) ? id : null;

    public string NameOf(long id) => Names.GetValueOrDefault(id, "#" + id);
}
