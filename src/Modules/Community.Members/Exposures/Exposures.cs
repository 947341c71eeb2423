using System.Runtime.InteropServices;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// What an account could have seen in a time, from the audit log: whose data, which fields, by which acts and from where.
/// </summary>
public sealed class Exposure
{
    /// <summary>What was seen of one member.</summary>
    public struct Seen
    {
        public DateTime First { get; set; }
        public DateTime Last { get; set; }
        /// <summary>Bits into <see cref="Fields"/>.</summary>
        public ulong Fields { get; set; }
    }

    /// <summary>Beyond this, fields of a site are counted together; a site has some forty.</summary>
    const int MaxFields = 64;

    public Dictionary<long, Seen> People { get; } = [];
    public List<string> Fields { get; } = [];
    /// <summary>How many records each act and purpose has.</summary>
    public Dictionary<(string Act, string Purpose), int> Acts { get; } = [];
    public SortedSet<string> Networks { get; } = new(StringComparer.Ordinal);
    public int Records { get; private set; }
    /// <summary>The oldest record that is kept, if the time asked about begins earlier: what was seen before it is not known.</summary>
    public DateTime? KeptSince { get; internal set; }

    internal void Add(AuditRecord record)
    {
        Records++;
        CollectionsMarshal.GetValueRefOrAddDefault(Acts, (record.Action, record.Purpose), out _)++;
        if (record.Network is { Length: > 0 } network) Networks.Add(network);
        var mask = 0UL;
        foreach (var field in record.Fields.Split(' ', StringSplitOptions.RemoveEmptyEntries)) mask |= 1UL << BitOf(field);
        foreach (var change in record.ReadChanges()) mask |= 1UL << BitOf(change.Field);
        foreach (var member in record.ReadMembers())
        {
            ref var seen = ref CollectionsMarshal.GetValueRefOrAddDefault(People, member, out var known);
            if (!known) seen.First = record.At;
            (seen.Last, seen.Fields) = (record.At, seen.Fields | mask);
        }
    }

    int BitOf(string field)
    {
        var at = Fields.IndexOf(field);
        if (at >= 0) return at;
        if (Fields.Count == MaxFields) return MaxFields - 1;
        Fields.Add(field);
        return Fields.Count - 1;
    }

    /// <summary>The fields of a member, in the order of <see cref="Fields"/>.</summary>
    public IEnumerable<string> FieldsOf(Seen seen) => Fields.Where((_, i) => (seen.Fields & (1UL << i)) != 0);

    /// <summary>How many people's data each field was of, the most first.</summary>
    public IReadOnlyList<(string Field, int People)> Items()
    {
        var counts = new int[Fields.Count];
        foreach (var seen in People.Values)
            for (var i = 0; i < counts.Length; i++)
                if ((seen.Fields & (1UL << i)) != 0) counts[i]++;
        return [.. Fields.Select((f, i) => (f, counts[i])).Where(f => f.Item2 > 0).OrderByDescending(f => f.Item2)];
    }
}

/// <summary>Reads exposures from the audit log. Records of an account are read by index, one after the other.</summary>
public sealed class Exposures(SiteDb db)
{
    /// <param name="account">The member who acted.</param>
    /// <param name="from">The first moment (UTC).</param>
    /// <param name="to">The end, exclusive.</param>
    /// <param name="ct">Cancels it.</param>
    public async Task<Exposure> Of(long account, DateTime from, DateTime to, CancellationToken ct = default)
    {
        var exposure = new Exposure { KeptSince = await KeptSince(from, ct) };
        var records = db.Audit.AsNoTracking()
            .Where(a => a.ActorId == account && a.At >= from && a.At < to && a.Count > 0)
            .OrderBy(a => a.At).ThenBy(a => a.Id);
        await foreach (var record in records.AsAsyncEnumerable().WithCancellation(ct)) exposure.Add(record);
        return exposure;
    }

    async Task<DateTime?> KeptSince(DateTime from, CancellationToken ct)
    {
        // By id, which is the order of time: by its index.
        var oldest = await db.Audit.OrderBy(a => a.Id).Select(a => (DateTime?)a.At).FirstOrDefaultAsync(ct) ?? db.Now;
        if (from >= oldest) return null;
        // A log from which nothing was deleted has all of its first day.
        return DateOnly.FromDateTime(db.Site.ToLocal(from)) < DateOnly.FromDateTime(db.Site.ToLocal(oldest))
            || await db.AuditSeals.AnyAsync(s => s.ForgottenAt != null, ct) ? oldest : null;
    }
}
