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
    /// <summary>Only its members and staff see that there is such a group; nobody joins it alone.</summary>
    public bool IsHidden { get; set; }
    /// <summary>How many members it takes; null for any number. Who is in stays when it is lowered.</summary>
    public int? MaxMembers { get; set; }
    /// <summary>The segment whose members are in the group by rule; null for none. See <see cref="ApplyGroupRules"/>.</summary>
    public long? SegmentId { get; set; }
    public DateTime CreatedAt { get; set; }
    /// <summary>When staff last edited the group; null if never since it was created.</summary>
    public DateTime? ChangedAt { get; set; }
    public long? ChangedBy { get; set; }

    /// <summary>Changes with each save. Forms carry it, to detect that somebody else has saved meanwhile.</summary>
    public long Version => EditConflict.VersionOf(ChangedAt);
    public string Url => "/groups/" + Key;
    public bool IsFull => MemberCount >= MaxMembers;

    /// <summary>Whether a reader may know of it.</summary>
    public bool IsVisibleTo(Reader reader) => !IsHidden || reader.Groups.Contains(Id) || reader.May(MembersPermissions.Admit);

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
    /// <summary>Decides on requests to join this group, without being staff.</summary>
    public bool IsLeader { get; set; }
    /// <summary>Joined, or was added by a person. Stays in when the rule no longer says so.</summary>
    public bool ByHand { get; set; } = true;
    /// <summary>The group's segment has the member. With <see cref="ByHand"/>, both hold, and either can end alone.</summary>
    public bool ByRule { get; set; }
}

/// <summary>A member whom a person took out of a group that has a rule, or who left it: the rule does not bring them back.</summary>
public sealed class GroupExclusion
{
    public long GroupId { get; set; }
    public long MemberId { get; set; }
    public DateTime At { get; set; }
    public long? ExcludedBy { get; set; }
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
