using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>Which members somebody looks for. What is null does not matter.</summary>
public sealed record MemberFilter
{
    /// <summary>Part of the name; widths and capitals are the same.</summary>
    public string? Name { get; init; }
    /// <summary>Part of the address.</summary>
    public string? Email { get; init; }
    /// <summary>In one of these; empty for all.</summary>
    public IReadOnlyList<long> Groups { get; init; } = [];
    public MemberState? State { get; init; }
    /// <summary>A staff role; <see cref="AnyStaff"/> for all of them.</summary>
    public string? Role { get; init; }
    /// <summary>Days of the site's calendar, both included.</summary>
    public DateOnly? JoinedFrom { get; init; }
    public DateOnly? JoinedTo { get; init; }

    public const string AnyStaff = "staff";

    public IQueryable<Member> Apply(IQueryable<Member> members, Site site)
    {
        members = State is { } state ? members.Of(state) : members.Where(m => m.ErasedAt == null);
        if (!string.IsNullOrWhiteSpace(Name))
        {
            var part = Member.Searchable(Name);
            members = members.Where(m => m.SearchName.Contains(part));
        }
        if (!string.IsNullOrWhiteSpace(Email))
        {
            var part = Member.Normal(Email);
            members = members.Where(m => m.NormalizedEmail!.Contains(part));
        }
        if (Groups.Count > 0) members = members.Where(m => m.Groups.Any(g => g.JoinedAt != null && Groups.Contains(g.GroupId)));
        if (!string.IsNullOrEmpty(Role)) members = Role == AnyStaff ? members.Where(m => m.Role != null) : members.Where(m => m.Role == Role);
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
}
