namespace Community.Boards;

/// <summary>running ⇄ stopped; running → done; stopped, done → undoing → undone.</summary>
public enum ClearingState { Running, Stopped, Done, Undoing, Undone }

/// <summary>
/// One act that hides all posts of a member, in the boards that the moderator moderates, carried out in steps by post id
/// (<see cref="ClearingWork"/>). Each step is committed with its place and its numbers, so that it goes on there after the process died.
/// Posts of others in the member's topics stay readable.
/// </summary>
public sealed class Clearing
{
    /// <summary>It can be undone this long; then what it needs for that is deleted.</summary>
    public const int UndoDays = 30;

    public long Id { get; set; }
    /// <summary>The key of the form that began it: posting the form twice begins it once.</summary>
    public Guid FormKey { get; set; }
    /// <summary>Whose posts; null once that member was erased.</summary>
    public long? MemberId { get; set; }
    /// <summary>What the member and readers see at each post.</summary>
    public string Reason { get; set; } = "";
    public ClearingState State { get; set; }
    /// <summary>The key of the reason why it stopped by itself; null if it did not.</summary>
    public string? StopText { get; set; }
    public DateTime At { get; set; }
    public long? StartedBy { get; set; }
    public DateTime? EndedAt { get; set; }
    /// <summary>Who stopped, resumed or undid it last.</summary>
    public long? ChangedBy { get; set; }
    /// <summary>Posts with a higher id were written after it began: they are left out.</summary>
    public long LastId { get; set; }
    /// <summary>Posts up to this id are done; while it is undone, those up to it are undone.</summary>
    public long ReadUpTo { get; set; }
    /// <summary>How many posts there were when it began.</summary>
    public int Expected { get; set; }
    /// <summary>Posts that were hidden, or refused in the queue.</summary>
    public int Hidden { get; set; }
    /// <summary>Topics that were hidden, since nobody else's posts are in them.</summary>
    public int Topics { get; set; }
    /// <summary>Of the hidden posts, how many are as before again.</summary>
    public int Undone { get; set; }
    /// <summary>Of the hidden posts, how many somebody has decided about since: they were left so.</summary>
    public int Left { get; set; }
    /// <summary>The suspension that was part of the act; null for none.</summary>
    public long? SuspensionId { get; set; }

    public string Url => UrlOf(Id);
    public static string UrlOf(long id) => $"/staff/boards/clearings/{id}";

    public bool IsMoving => State is ClearingState.Running or ClearingState.Undoing;
    public bool CanStop => State is ClearingState.Running;
    public bool CanResume(DateTime now) => State is ClearingState.Stopped && now < At.AddDays(UndoDays);
    public bool CanUndo(DateTime now) =>
        State is ClearingState.Stopped or ClearingState.Done && (Hidden > 0 || SuspensionId is not null) && now < At.AddDays(UndoDays);
    public int Progress => State is ClearingState.Undoing or ClearingState.Undone ? Undone + Left : Hidden;
    public int Total => State is ClearingState.Undoing or ClearingState.Undone ? Hidden : Math.Max(Expected, Hidden);

    public void Stop(string? why, long? by, DateTime now) =>
        (State, StopText, ChangedBy, EndedAt) = (ClearingState.Stopped, why, by ?? ChangedBy, now);
}

/// <summary>A post that a clearing hid, and what else it did on its way. Needed to undo it, and deleted with that possibility.</summary>
public sealed class ClearedPost
{
    public long ClearingId { get; set; }
    public long PostId { get; set; }
    /// <summary>When: what has another time now was decided about again by somebody.</summary>
    public DateTime At { get; set; }
    /// <summary>It had waited in the queue, and was refused.</summary>
    public bool Waited { get; set; }
    /// <summary>The topic that was hidden, or lost its title, with this post.</summary>
    public long? TopicId { get; set; }
    /// <summary>The topic's title before; null if the topic was hidden as a whole.</summary>
    public string? Title { get; set; }
}
