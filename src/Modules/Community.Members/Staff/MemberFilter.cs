using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>Which members somebody looks for. What is null does not matter.</summary>
public sealed record MemberFilter
{
    /// <summary>Part of the name; widths and capitals are the same.</summary>
    public string? Name { get; init; }
    /// <summary>
    /// Words in any order, each a part of the name or address, or the beginning of the handle, on its own or in a profile's address.
    /// </summary>
    public string? Words { get; init; }
    /// <summary>Whether who looks may see addresses, and so find members by them.</summary>
    public bool SeesEmail { get; init; }
    /// <summary>In one of these; empty for all.</summary>
    public IReadOnlyList<long> Groups { get; init; } = [];
    public MemberState? State { get; init; }
    /// <summary>A staff role; <see cref="AnyStaff"/> for all of them.</summary>
    public string? Role { get; init; }
    /// <summary>Days of the site's calendar, both included.</summary>
    public DateOnly? JoinedFrom { get; init; }
    public DateOnly? JoinedTo { get; init; }

    public const string AnyStaff = "staff";
    const int MaxWords = 8, MinHandleLength = 6;

    public IQueryable<Member> Apply(IQueryable<Member> members, Site site)
    {
        if (State is { } state) members = members.Of(state);
        if (!string.IsNullOrWhiteSpace(Name))
        {
            var part = Member.Searchable(Name);
            members = members.Where(m => m.SearchName.Contains(part));
        }
        foreach (var word in (Words ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Take(MaxWords))
            members = With(members, word);
        if (Groups.Count > 0)
            members = members.Where(m => m.Groups.Any(g => g.JoinedAt != null && Groups.Contains(g.GroupId)));
        if (!string.IsNullOrEmpty(Role))
            members = Role == AnyStaff ? members.Where(m => m.Role != null) : members.Where(m => m.Role == Role);
        if (JoinedFrom is { } from)
        {
            var start = WallClock.StartOf(from, site.Zone);
            members = members.Where(m => m.JoinedAt >= start);
        }
        if (JoinedTo is { } to)
        {
            var end = WallClock.StartOf(to.AddDays(1), site.Zone);
            members = members.Where(m => m.JoinedAt < end);
        }
        return members;
    }

    IQueryable<Member> With(IQueryable<Member> members, string word)
    {
        // A domain is compared as it is sent (xn--…) and as it is read: a part of it can be searched for only as it is read.
        var (name, mail, read, handle) = (
            Member.Searchable(word),
            EmailAddress.NormalOf(word),
            EmailAddress.Part(word),
            word[(word.LastIndexOf('/') + 1)..].ToLowerInvariant()
        );
        var (byMail, byHandle) = (SeesEmail, handle.Length >= MinHandleLength);
        return members.Where(m =>
            m.SearchName.Contains(name)
            || (byMail && (m.NormalizedEmail!.Contains(mail) || m.Email!.ToLower().Contains(read)))
            || (byHandle && m.Handle.StartsWith(handle))
        );
    }
}
