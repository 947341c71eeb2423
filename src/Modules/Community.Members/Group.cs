using Community.Kernel;

namespace Community.Members;

/// <summary>How members join a group.</summary>
public enum Joining { Open, Request, Staff }

/// <summary>A group of members; boards and mailings may be restricted to groups.</summary>
public sealed class Group
{
    public const int MaxNameLength = 60, MaxDescriptionLength = 1000;

    public long Id { get; set; }
    /// <summary>Its name in URLs and recipes.</summary>
    public required string Key { get; set; }
    public required string Name { get; set; }
    public string Description { get; set; } = "";
    public Joining Joining { get; set; }
    /// <summary>Maintained by <see cref="Memberships"/> when members join and leave.</summary>
    public int MemberCount { get; set; }
    public DateTime CreatedAt { get; set; }
    /// <summary>When staff last edited the group; null if never since it was created.</summary>
    public DateTime? ChangedAt { get; set; }
    public long? ChangedBy { get; set; }

    /// <summary>Changes with each save. Forms carry it, to detect that somebody else has saved meanwhile.</summary>
    public long Version => EditConflict.VersionOf(ChangedAt);
    public string Url => "/groups/" + Key;

    /// <summary>A <see cref="Slug"/>; <c>new</c> is reserved, as it is the path of the form.</summary>
    public static bool IsKey(string? key) => Slug.Is(key) && key is not "new";
}

/// <summary>A member in a group, or a waiting request to join it.</summary>
public sealed class GroupMembership
{
    public long GroupId { get; set; }
    public long MemberId { get; set; }
    public Group Group { get; set; } = null!;
    public DateTime RequestedAt { get; set; }
    /// <summary>What the member wrote to the staff with the request.</summary>
    public string Message { get; set; } = "";
    /// <summary>Null while the request waits.</summary>
    public DateTime? JoinedAt { get; set; }
    /// <summary>The staff member who admitted or added the member; null if the member joined alone.</summary>
    public long? AdmittedBy { get; set; }
}

/// <summary>The outcome of a request to join a group.</summary>
public enum GroupDecision { Admitted, Refused, TakenBack }

/// <summary>
/// A closed request to join a group: who decided it, when and how. A waiting request is a <see cref="GroupMembership"/>.
/// </summary>
public sealed class GroupRequest
{
    public long Id { get; set; }
    public long GroupId { get; set; }
    public long MemberId { get; set; }
    public DateTime RequestedAt { get; set; }
    public DateTime DecidedAt { get; set; }
    /// <summary>The staff member, or the member whose request it was.</summary>
    public long DecidedBy { get; set; }
    public GroupDecision Decision { get; set; }
}
