namespace Community.Members;

/// <summary>
/// Sort order and paging of the list of members. In the URL: <c>name</c>, or <c>-name</c> for the reverse order.
/// </summary>
public sealed record MemberOrder(string By, bool Backwards)
{
    public const string Name = "name", Joined = "joined", Seen = "seen";
    /// <summary>The natural order is names from A, times from the latest; <c>-</c> reverses it.</summary>
    public static readonly IReadOnlyList<string> All = ["joined", "-joined", "name", "-name", "seen", "-seen"];

    public string Word => Backwards ? "-" + By : By;
    public MemberOrder Turned => this with { Backwards = !Backwards };
    /// <summary>The value for <c>aria-sort</c>.</summary>
    public string Aria => Backwards == (By == Name) ? "descending" : "ascending";

    /// <summary>By default the latest members first; null for an unknown word.</summary>
    public static MemberOrder? Of(string? word) =>
        string.IsNullOrEmpty(word) ? new(Joined, false) : All.Contains(word) ? new(word.TrimStart('-'), word[0] == '-') : null;

    // Sorting by name and by joining uses an index. Members who never signed in come last in both directions.
    public IQueryable<Member> Apply(IQueryable<Member> members) => Word switch
    {
        "name" => members.OrderBy(m => m.SearchName).ThenBy(m => m.Id),
        "-name" => members.OrderByDescending(m => m.SearchName).ThenByDescending(m => m.Id),
        "-joined" => members.OrderBy(m => m.JoinedAt).ThenBy(m => m.Id),
        "seen" => members.OrderBy(m => m.LastSignInAt == null).ThenByDescending(m => m.LastSignInAt).ThenByDescending(m => m.Id),
        "-seen" => members.OrderBy(m => m.LastSignInAt == null).ThenBy(m => m.LastSignInAt).ThenByDescending(m => m.Id),
        _ => members.OrderByDescending(m => m.JoinedAt).ThenByDescending(m => m.Id),
    };

    public IQueryable<Member> After(IQueryable<Member> members, Member last)
    {
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
