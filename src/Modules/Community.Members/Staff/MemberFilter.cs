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
    public long? Group { get; init; }
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
        if (Group is { } group) members = members.Where(m => m.Groups.Any(g => g.GroupId == group && g.JoinedAt != null));
        if (!string.IsNullOrEmpty(Role)) members = Role == AnyStaff ? members.Where(m => m.Role != null) : members.Where(m => m.Role == Role);
        if (JoinedFrom is { } from)
        {
            var start = StartOf(from, site);
            members = members.Where(m => m.JoinedAt >= start);
        }
        if (JoinedTo is { } to)
        {
            var end = StartOf(to.AddDays(1), site);
            members = members.Where(m => m.JoinedAt < end);
        }
        return members;
    }

    // Some zones change their clocks at midnight; the day then begins an hour later.
    static DateTime StartOf(DateOnly day, Site site)
    {
        var local = day.ToDateTime(TimeOnly.MinValue);
        return TimeZoneInfo.ConvertTimeToUtc(site.Zone.IsInvalidTime(local) ? local.AddHours(1) : local, site.Zone);
    }
}
