using Community.Kernel;

namespace Community.Members;

/// <summary>What can be done to all members of a selection.</summary>
public enum BulkKind { AddToGroup, TakeOutOfGroup, Tag, Untag, Suspend }

/// <summary>running ⇄ stopped; running → done; stopped, done → undoing → undone.</summary>
public enum BulkState { Running, Stopped, Done, Undoing, Undone }

/// <summary>
/// One act on all members of a selection, carried out in steps by member id (<see cref="BulkWork"/>). Each step is committed with its place
/// and its numbers, so that it goes on there after the process died.
/// </summary>
public sealed class BulkAct
{
    /// <summary>An act can be undone this long; then what it needs for that is deleted.</summary>
    public const int UndoDays = 14;

    public long Id { get; set; }
    /// <summary>The key of the form that began it: posting the form twice begins it once.</summary>
    public Guid FormKey { get; set; }
    public BulkKind Kind { get; set; }
    /// <summary>The group or tag.</summary>
    public long? TargetId { get; set; }
    /// <summary>Its name when the act began.</summary>
    public string Target { get; set; } = "";
    /// <summary>What suspended members read.</summary>
    public string Reason { get; set; } = "";
    public string ChosenJson { get; set; } = "{}";
    public BulkState State { get; set; }
    /// <summary>The key of the reason why it stopped by itself; null if it did not.</summary>
    public string? StopText { get; set; }
    public DateTime At { get; set; }
    public long StartedBy { get; set; }
    public DateTime? EndedAt { get; set; }
    /// <summary>Who stopped, resumed or undid it last.</summary>
    public long? ChangedBy { get; set; }
    /// <summary>Members with a higher id joined after it began: they are left out.</summary>
    public long LastId { get; set; }
    /// <summary>Members up to this id are done; while it is undone, those up to it are undone.</summary>
    public long ReadUpTo { get; set; }
    /// <summary>How many members fitted when it began.</summary>
    public int Expected { get; set; }
    public int Changed { get; set; }
    /// <summary>Already as they should be.</summary>
    public int Unchanged { get; set; }
    public int Refused { get; set; }
    /// <summary>Of the changed ones, how many are as before again.</summary>
    public int Undone { get; set; }
    /// <summary>Of the changed ones, how many somebody has changed since: they were left so.</summary>
    public int Left { get; set; }

    public string Url => "/staff/members/acts/" + Id;
    public string Word => Kind.ToString().ToLowerInvariant();
    public Chosen Chosen
    {
        get => Chosen.Parse(ChosenJson);
        set => ChosenJson = value.ToJson();
    }

    public bool IsMoving => State is BulkState.Running or BulkState.Undoing;
    public bool CanStop => State is BulkState.Running;
    public bool CanResume(DateTime now) => State is BulkState.Stopped && now < At.AddDays(UndoDays);
    public bool CanUndo(DateTime now) => State is BulkState.Stopped or BulkState.Done && Changed > 0 && now < At.AddDays(UndoDays);
    public int Done => State is BulkState.Undoing ? Undone + Left : Changed + Unchanged + Refused;
    public int Total => State is BulkState.Undoing or BulkState.Undone ? Changed : Math.Max(Expected, Done);

    /// <summary>The permission that the act itself needs.</summary>
    public static string PermissionFor(BulkKind kind) => kind switch
    {
        BulkKind.AddToGroup or BulkKind.TakeOutOfGroup => MembersPermissions.Groups,
        BulkKind.Tag or BulkKind.Untag => MembersPermissions.Tags,
        _ => MembersPermissions.Suspend,
    };

    public static bool IsAboutGroup(BulkKind kind) => kind is BulkKind.AddToGroup or BulkKind.TakeOutOfGroup;
    public static bool IsAboutTag(BulkKind kind) => kind is BulkKind.Tag or BulkKind.Untag;

    public void Stop(string? why, long? by, DateTime now) =>
        (State, StopText, ChangedBy, EndedAt) = (BulkState.Stopped, why, by ?? ChangedBy, now);
}

/// <summary>A member whom an act changed or was refused for. Needed to undo it, and deleted with that possibility.</summary>
public sealed class BulkActMember
{
    public long ActId { get; set; }
    public long MemberId { get; set; }
    /// <summary>The key of the reason; null for a member who was changed.</summary>
    public string? RefusedText { get; set; }
    /// <summary>When the member was changed: what has another time now was changed again by somebody.</summary>
    public DateTime At { get; set; }
    /// <summary>Since when the member had had what was taken.</summary>
    public DateTime? Before { get; set; }
}
