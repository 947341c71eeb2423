namespace Community.Members;

/// <summary>
/// Two members were made one. Until it can no longer be undone, the row holds what the other member was; then that is deleted.
/// </summary>
public sealed class MemberMerge
{
    /// <summary>A merge can be undone this long.</summary>
    public const int UndoDays = 14;

    public long Id { get; set; }
    /// <summary>The member who stays.</summary>
    public long KeptId { get; set; }
    /// <summary>The id of the member who is gone; nobody gets it again.</summary>
    public long GoneId { get; set; }
    public DateTime At { get; set; }
    public long? MergedBy { get; set; }
    /// <summary>A <see cref="MergeRecord"/> as JSON; empty when it is too late to undo the merge.</summary>
    public string Data { get; set; } = "";
    public DateTime? UndoneAt { get; set; }
    public long? UndoneBy { get; set; }

    public bool CanUndo(DateTime now) => UndoneAt is null && Data.Length > 0 && now < At.AddDays(UndoDays);
}
