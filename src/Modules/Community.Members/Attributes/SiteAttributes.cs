using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// The attributes that a site defined: <c>await db.Attributes(ct)</c>. Kept in memory, so a page that shows values asks one question, for
/// the values. Not tracked, and shared: who changes a definition loads it inside a change.
/// </summary>
public sealed class SiteAttributes
{
    /// <summary>What a change of a definition touches; see <see cref="SiteDb.Cached"/>.</summary>
    public const string Version = "@attributes";

    readonly Dictionary<long, MemberAttribute> byId;

    SiteAttributes(IReadOnlyList<MemberAttribute> all) => (All, byId) = (all, all.ToDictionary(a => a.Id));

    /// <summary>In order, retired ones included.</summary>
    public IReadOnlyList<MemberAttribute> All { get; }

    /// <summary>Those that are asked and shown, in order.</summary>
    public IEnumerable<MemberAttribute> InUse => All.Where(a => a.IsInUse);

    public MemberAttribute? this[long id] => byId.GetValueOrDefault(id);

    public MemberAttribute? OfKey(string key) => All.FirstOrDefault(a => a.Key == key);

    /// <summary>What the registration form asks.</summary>
    public IEnumerable<MemberAttribute> AskedAtRegistration =>
        InUse.Where(a => a is { Asked: AskedWhen.Registration, MemberMayEdit: true, RetypingSince: null });

    /// <summary>Those whose values a reader sees of other members, in order.</summary>
    public IEnumerable<MemberAttribute> VisibleTo(Reader reader) => InUse.Where(a => a.IsVisibleTo(reader));

    /// <summary>What members see of their own values on their account page: what they edit, and what they see of others.</summary>
    public IEnumerable<MemberAttribute> OfOwnAccount =>
        InUse.Where(a => a.MemberMayEdit || a.Visibility is Visibility.Everyone or Visibility.Members);

    internal static async Task<SiteAttributes> Load(SiteDb db, CancellationToken ct)
    {
        var all = await db.MemberAttributes.AsNoTracking().OrderBy(a => a.Position).ThenBy(a => a.Id).ToListAsync(ct);
        if (all.Count == 0) return new([]);
        var options = await db.AttributeOptions.AsNoTracking().OrderBy(o => o.Position).ThenBy(o => o.Id).ToListAsync(ct);
        var byAttribute = options.ToLookup(o => o.AttributeId);
        foreach (var attribute in all) attribute.Options = [.. byAttribute[attribute.Id]];
        return new(all);
    }
}

/// <summary>How values are read and written for members.</summary>
public static class AttributeQueries
{
    /// <summary>The site's attributes, from memory.</summary>
    public static ValueTask<SiteAttributes> Attributes(this SiteDb db, CancellationToken ct = default) =>
        db.Cached(SiteAttributes.Version, SiteAttributes.Load, ct);

    /// <summary>
    /// The values of one member, by attribute. Of which of them somebody may see, <see cref="MemberAttribute.IsVisibleTo"/> decides: pass
    /// only attributes that passed it.
    /// </summary>
    public static async Task<IReadOnlyDictionary<long, TypedValue>> ValuesOf(
        this SiteDb db,
        long member,
        IEnumerable<MemberAttribute> attributes,
        CancellationToken ct = default
    ) => (await db.ValuesOf([member], attributes, ct)).GetValueOrDefault(member) ?? new Dictionary<long, TypedValue>();

    /// <summary>The values of several members, by member and attribute, by one query. Who has none is not in it.</summary>
    public static async Task<IReadOnlyDictionary<long, IReadOnlyDictionary<long, TypedValue>>> ValuesOf(
        this SiteDb db,
        IReadOnlyCollection<long> members,
        IEnumerable<MemberAttribute> attributes,
        CancellationToken ct = default
    )
    {
        var ids = attributes.Select(a => a.Id).ToList();
        if (ids.Count == 0 || members.Count == 0) return new Dictionary<long, IReadOnlyDictionary<long, TypedValue>>();
        var rows = await db
            .AttributeValues.AsNoTracking()
            .Where(v => members.Contains(v.MemberId) && ids.Contains(v.AttributeId))
            .ToListAsync(ct);
        return rows.GroupBy(r => r.MemberId)
            .ToDictionary(
                m => m.Key,
                m => (IReadOnlyDictionary<long, TypedValue>)m
                    .GroupBy(r => r.AttributeId)
                    .ToDictionary(a => a.Key, a => MemberAttribute.Of([.. a])!)
            );
    }

    /// <summary>
    /// Replaces a member's value, in the open change; null removes it. It asks for no permission and leaves no record: the verb does.
    /// </summary>
    public static async Task SetValue(
        this SiteDb db,
        long member,
        MemberAttribute attribute,
        TypedValue? value,
        CancellationToken ct = default
    )
    {
        db.SetValue(
            member,
            attribute,
            value,
            await db.AttributeValues.Where(v => v.MemberId == member && v.AttributeId == attribute.Id).ToListAsync(ct)
        );
    }

    /// <summary>The same, with the rows of the value before.</summary>
    internal static void SetValue(
        this SiteDb db, long member, MemberAttribute attribute, TypedValue? value, IReadOnlyList<AttributeValue> before)
    {
        var rows = value is null ? [] : attribute.Rows(member, value);
        foreach (var gone in before.Where(b => rows.All(r => r.Item != b.Item))) db.AttributeValues.Remove(gone);
        foreach (var row in rows)
            if (before.FirstOrDefault(b => b.Item == row.Item) is { } present) db.Entry(present).CurrentValues.SetValues(row);
            else db.AttributeValues.Add(row);
    }
}
