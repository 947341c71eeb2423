using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// Sort order and paging of the list of members. In the URL: <c>name</c>, or <c>-name</c> for the reverse order.
/// </summary>
public sealed record MemberOrder(string By, bool Backwards)
{
    public const string Name = "name", Joined = "joined", Seen = "seen", Furigana = "furigana";
    /// <summary>The natural order is names from A, times from the latest; <c>-</c> reverses it.</summary>
    public static readonly IReadOnlyList<string> All = ["joined", "-joined", "name", "-name", "seen", "-seen"];

    /// <summary>The attribute that <see cref="Furigana"/> sorts by.</summary>
    public long Attribute { get; init; }

    public string Word => Backwards ? "-" + By : By;
    public MemberOrder Turned => this with { Backwards = !Backwards };
    /// <summary>The value for <c>aria-sort</c>.</summary>
    public string Aria => Backwards == By is Name or Furigana ? "descending" : "ascending";

    /// <summary>By default the latest members first; null for an unknown word.</summary>
    /// <param name="word">As in the URL.</param>
    /// <param name="furigana">The site's attribute of furigana, if it has one that the reader sees.</param>
    public static MemberOrder? Of(string? word, MemberAttribute? furigana = null) =>
        word?.TrimStart('-') == Furigana ? furigana is null ? null : new(Furigana, word[0] == '-') { Attribute = furigana.Id }
        : string.IsNullOrEmpty(word) ? new(Joined, false) : All.Contains(word) ? new(word.TrimStart('-'), word[0] == '-') : null;

    /// <summary>
    /// A page of these members behind <paramref name="last"/>, or the first. Read from the index of the order, so the thousandth page
    /// takes as long as the first; who has no value to sort by comes last in both directions.
    /// </summary>
    public async Task<PageOfRows<Member>> Page(
        IQueryable<Member> members,
        Member? last,
        int size,
        SiteDb db,
        CancellationToken ct = default
    )
    {
        if (By is not (Furigana or Seen)) return await Sorted(members, last).PageOf(size, ct);
        var keys = db.AttributeValues.Where(v => v.AttributeId == Attribute && v.Key != null);
        var key = last is null || By is Seen ? null
            : await keys.Where(v => v.MemberId == last.Id).Select(v => v.Key).FirstOrDefaultAsync(ct);
        var isBehind = last is not null && (By is Seen ? last.LastSignInAt is null : key is null);
        var found = isBehind ? []
            : await (By is Seen ? BySeen(members, last) : ByKey(members, keys, last?.Id ?? 0, key)).Take(size + 1).ToListAsync(ct);
        if (found.Count > size) return Paging.Cut(found, size);
        var rest = By is Seen ? members.Where(m => m.LastSignInAt == null) : members.Where(m => !keys.Any(v => v.MemberId == m.Id));
        if (isBehind) rest = After(rest, last!.Id);
        rest = By is Seen ? rest.OrderByDescending(m => m.Id) : rest.OrderBy(m => m.Id);
        found.AddRange(await rest.Take(size + 1 - found.Count).ToListAsync(ct));
        return Paging.Cut(found, size);
    }

    IQueryable<Member> After(IQueryable<Member> members, long id) =>
        By is Seen ? members.Where(m => m.Id < id) : members.Where(m => m.Id > id);

    // Each comparison begins with a bound that an index has, since a database makes none of an OR.
    IQueryable<Member> Sorted(IQueryable<Member> members, Member? last)
    {
        if (last is not null)
        {
            var (id, name, joined) = (last.Id, last.SearchName, last.JoinedAt);
            members = Word switch
            {
                "name" => members.Where(m =>
                    string.Compare(m.SearchName, name) >= 0 && (string.Compare(m.SearchName, name) > 0 || m.Id > id)),
                "-name" => members.Where(m =>
                    string.Compare(m.SearchName, name) <= 0 && (string.Compare(m.SearchName, name) < 0 || m.Id < id)),
                "-joined" => members.Where(m => m.JoinedAt >= joined && (m.JoinedAt > joined || m.Id > id)),
                _ => members.Where(m => m.JoinedAt <= joined && (m.JoinedAt < joined || m.Id < id)),
            };
        }
        return Word switch
        {
            "name" => members.OrderBy(m => m.SearchName).ThenBy(m => m.Id),
            "-name" => members.OrderByDescending(m => m.SearchName).ThenByDescending(m => m.Id),
            "-joined" => members.OrderBy(m => m.JoinedAt).ThenBy(m => m.Id),
            _ => members.OrderByDescending(m => m.JoinedAt).ThenByDescending(m => m.Id),
        };
    }

    IQueryable<Member> BySeen(IQueryable<Member> members, Member? last)
    {
        members = members.Where(m => m.LastSignInAt != null);
        if (last is not null)
        {
            var (id, seen) = (last.Id, last.LastSignInAt);
            members = Backwards
                ? members.Where(m => m.LastSignInAt >= seen && (m.LastSignInAt > seen || m.Id > id))
                : members.Where(m => m.LastSignInAt <= seen && (m.LastSignInAt < seen || m.Id < id));
        }
        return Backwards
            ? members.OrderBy(m => m.LastSignInAt).ThenBy(m => m.Id)
            : members.OrderByDescending(m => m.LastSignInAt).ThenByDescending(m => m.Id);
    }

    IQueryable<Member> ByKey(IQueryable<Member> members, IQueryable<AttributeValue> keys, long id, string? key)
    {
        if (key is not null)
            keys = Backwards
                ? keys.Where(v => string.Compare(v.Key, key) <= 0 && (string.Compare(v.Key, key) < 0 || v.MemberId < id))
                : keys.Where(v => string.Compare(v.Key, key) >= 0 && (string.Compare(v.Key, key) > 0 || v.MemberId > id));
        var sorted = keys.Join(members, v => v.MemberId, m => m.Id, (v, m) => new { v.Key, v.MemberId, Member = m });
        return (Backwards
            ? sorted.OrderByDescending(r => r.Key).ThenByDescending(r => r.MemberId)
            : sorted.OrderBy(r => r.Key).ThenBy(r => r.MemberId)).Select(r => r.Member);
    }
}
