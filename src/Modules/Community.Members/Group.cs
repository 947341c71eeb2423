using Community.Kernel;

namespace Community.Members;

/// <summary>How members come into a group.</summary>
public enum Joining { Open, Request, Staff }

/// <summary>A group of members; boards and mailings may be for groups.</summary>
public sealed class Group
{
    public const int MaxNameLength = 60, MaxDescriptionLength = 1000;

    public long Id { get; set; }
    /// <summary>Name in addresses and recipes.</summary>
    public required string Key { get; set; }
    public required string Name { get; set; }
    public string Description { get; set; } = "";
    public Joining Joining { get; set; }
    /// <summary>Kept by joining and leaving.</summary>
    public int MemberCount { get; set; }
    public DateTime CreatedAt { get; set; }
    /// <summary>When staff last saved what it is; null if nobody has since it was made.</summary>
    public DateTime? ChangedAt { get; set; }
    public long? ChangedBy { get; set; }

    /// <summary>Moves with each save: a form carries it, so that it is seen when somebody else has saved meanwhile.</summary>
    public long Version => EditConflict.VersionOf(ChangedAt);
    public string Url => "/groups/" + Key;

    /// <summary>A <see cref="Slug"/>; <c>new</c> is the address of the form.</summary>
    public static bool IsKey(string? key) => Slug.Is(key) && key is not "new";
}

/// <summary>A member in a group, or on the way into it.</summary>
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
    /// <summary>The staff member who let or put the member in; null for the member.</summary>
    public long? AdmittedBy { get; set; }
}

/// <summary>What became of a request to join a group.</summary>
public enum GroupDecision { Admitted, Refused, TakenBack }

/// <summary>
/// A request to join a group that waits no longer: who decided it, when and how. What waits is a <see cref="GroupMembership"/>.
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
