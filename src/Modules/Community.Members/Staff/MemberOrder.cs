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

    // Sorting by name and by joining uses an index. Members who never signed in come last in both directions.
    public IQueryable<Member> Apply(IQueryable<Member> members, SiteDb? db = null) => Word switch
    {
        "furigana" or "-furigana" => ByKey(members, Keys(db!)),
        "name" => members.OrderBy(m => m.SearchName).ThenBy(m => m.Id),
        "-name" => members.OrderByDescending(m => m.SearchName).ThenByDescending(m => m.Id),
        "-joined" => members.OrderBy(m => m.JoinedAt).ThenBy(m => m.Id),
        "seen" => members.OrderBy(m => m.LastSignInAt == null).ThenByDescending(m => m.LastSignInAt).ThenByDescending(m => m.Id),
        "-seen" => members.OrderBy(m => m.LastSignInAt == null).ThenBy(m => m.LastSignInAt).ThenByDescending(m => m.Id),
        _ => members.OrderByDescending(m => m.JoinedAt).ThenByDescending(m => m.Id),
    };

    IQueryable<AttributeValue> Keys(SiteDb db) => db.AttributeValues.Where(v => v.AttributeId == Attribute);

    // Whoever has no furigana comes last in both directions.
    IQueryable<Member> ByKey(IQueryable<Member> members, IQueryable<AttributeValue> keys)
    {
        var sorted = members.OrderBy(m => !keys.Any(v => v.MemberId == m.Id));
        return Backwards
            ? sorted.ThenByDescending(m => keys.Where(v => v.MemberId == m.Id).Select(v => v.Key).FirstOrDefault()).ThenBy(m => m.Id)
            : sorted.ThenBy(m => keys.Where(v => v.MemberId == m.Id).Select(v => v.Key).FirstOrDefault()).ThenBy(m => m.Id);
    }

    async Task<IQueryable<Member>> AfterKey(IQueryable<Member> members, IQueryable<AttributeValue> keys, Member last, CancellationToken ct)
    {
        var (id, key) = (last.Id, await keys.Where(v => v.MemberId == last.Id).Select(v => v.Key).FirstOrDefaultAsync(ct));
        if (key is null) return members.Where(m => m.Id > id && !keys.Any(v => v.MemberId == m.Id));
        var behind = keys.Where(v => Backwards
            ? string.Compare(v.Key, key) < 0 || (v.Key == key && v.MemberId > id)
            : string.Compare(v.Key, key) > 0 || (v.Key == key && v.MemberId > id));
        return members.Where(m => behind.Any(v => v.MemberId == m.Id) || !keys.Any(v => v.MemberId == m.Id));
    }

    /// <summary>The members behind one, in this order.</summary>
    public async Task<IQueryable<Member>> After(IQueryable<Member> members, Member last, SiteDb db, CancellationToken ct = default)
    {
        if (By == Furigana) return await AfterKey(members, Keys(db), last, ct);
        var (id, name, joined, seen) = (last.Id, last.SearchName, last.JoinedAt, last.LastSignInAt);
        return Word switch
        {
            "name" => members.Where(m => string.Compare(m.SearchName, name) > 0 || (m.SearchName == name && m.Id > id)),
            "-name" => members.Where(m => string.Compare(m.SearchName, name) < 0 || (m.SearchName == name && m.Id < id)),
            "-joined" => members.Where(m => m.JoinedAt > joined || (m.JoinedAt == joined && m.Id > id)),
            "seen" or "-seen" when seen is null => members.Where(m => m.LastSignInAt == null && m.Id < id),
            "seen" => members.Where(m => m.LastSignInAt < seen || m.LastSignInAt == null || (m.LastSignInAt == seen && m.Id < id)),
            "-seen" => members.Where(m => m.LastSignInAt > seen || m.LastSignInAt == null || (m.LastSignInAt == seen && m.Id < id)),
            _ => members.Where(m => m.JoinedAt < joined || (m.JoinedAt == joined && m.Id < id)),
        };
    }
}
