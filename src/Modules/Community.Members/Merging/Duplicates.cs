using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>Two members who are likely one person.</summary>
/// <param name="One">The one who joined first.</param>
/// <param name="Other">The other.</param>
/// <param name="Attribute">The attribute in which they are equal, besides the name; null for the mailbox.</param>
public sealed record Duplicate(Member One, Member Other, long? Attribute);

/// <summary>Finds members who are likely one person: the same mailbox, or the same name and telephone, address or birthday.</summary>
public static class Duplicates
{
    static readonly AttributeType[] telling = [AttributeType.Telephone, AttributeType.Address, AttributeType.Birthday, AttributeType.Date];

    /// <param name="db">The site's database.</param>
    /// <param name="attributes">The attributes that the reader may see: the others must not be found out by this list.</param>
    /// <param name="after">The id of the first member of the last pair shown; 0 to begin.</param>
    /// <param name="size">How many pairs.</param>
    /// <param name="ct">Cancels the query.</param>
    public static async Task<List<Duplicate>> Find(
        SiteDb db,
        IReadOnlyCollection<MemberAttribute> attributes,
        long after,
        int size,
        CancellationToken ct
    )
    {
        var (members, values) = (db.Members.AsNoTracking(), db.AttributeValues);
        var twins = await members.Where(m => m.AddressTwin != null && m.Id > after).OrderBy(m => m.Id).Take(size)
            .Join(members, m => m.AddressTwin, m => (long?)m.Id, (one, other) => new { one, other }).ToListAsync(ct);
        var ids = attributes.Where(a => telling.Contains(a.Type)).Select(a => a.Id).ToList();
        var pairs = ids.Count == 0 ? [] : await (
            from value in values
            where value.MemberId > after && ids.Contains(value.AttributeId) && (value.Key != null || value.Date != null)
            join second in values on value.AttributeId equals second.AttributeId
            where second.MemberId > value.MemberId
                && ((value.Key != null && second.Key == value.Key) || (value.Key == null && second.Date == value.Date))
            join one in members on value.MemberId equals one.Id
            join other in members on second.MemberId equals other.Id
            where one.SearchName == other.SearchName
            orderby one.Id, other.Id
            select new { one, other, value.AttributeId }
        ).Take(size).ToListAsync(ct);
        return
        [
            .. twins.Select(t => new Duplicate(t.one, t.other, null))
                .Concat(pairs.Select(p => new Duplicate(p.one, p.other, p.AttributeId)))
                .DistinctBy(d => (Math.Min(d.One.Id, d.Other.Id), Math.Max(d.One.Id, d.Other.Id)))
                .OrderBy(d => d.One.Id)
                .Take(size),
        ];
    }
}
