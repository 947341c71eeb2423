namespace Community.Members;

/// <summary>
/// How the list of members is sorted, and what follows after a member in it. In the address: <c>name</c>, and <c>-name</c> backwards.
/// </summary>
public sealed record MemberOrder(string By, bool Backwards)
{
    public const string Name = "name", Joined = "joined", Seen = "seen";
    /// <summary>Names from the beginning, times from the latest: what one looks for first.</summary>
    public static readonly IReadOnlyList<string> All = ["joined", "-joined", "name", "-name", "seen", "-seen"];

    public string Word => Backwards ? "-" + By : By;
    public MemberOrder Turned => this with { Backwards = !Backwards };
    /// <summary>As <c>aria-sort</c> says it.</summary>
    public string Aria => Backwards == (By == Name) ? "descending" : "ascending";

    /// <summary>The latest members first, if nothing else is asked for; null for a word that is none of these.</summary>
    public static MemberOrder? Of(string? word) =>
        string.IsNullOrEmpty(word) ? new(Joined, false) : All.Contains(word) ? new(word.TrimStart('-'), word[0] == '-') : null;

    // By name and by joining along an index. Who never signed in stands last either way.
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
