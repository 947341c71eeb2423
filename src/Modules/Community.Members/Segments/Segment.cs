using Community.Kernel;

namespace Community.Members;

/// <summary>
/// A selection of members under a name. A live one is computed each time that it is asked; a frozen one is the list of who fitted at one
/// moment.
/// </summary>
public sealed class Segment
{
    public const int MaxNameLength = 60, MaxSegments = 500;
    /// <summary>Segments inside segments.</summary>
    public const int MaxDepth = 5;

    public long Id { get; set; }
    public string Name { get; private set; } = "";
    /// <summary>The name as it is compared.</summary>
    public string Key { get; private set; } = "";
    /// <summary>A <see cref="Chosen"/> as JSON; of a frozen segment, what it was made from.</summary>
    public string ChosenJson { get; set; } = "{}";
    /// <summary>Null for a live segment; else the moment at which it began to be written down.</summary>
    public DateTime? FrozenAt { get; set; }
    /// <summary>Of a frozen segment: members up to this id are written down.</summary>
    public long ReadUpTo { get; set; }
    /// <summary>Of a frozen segment: how many members it has; null until all are written down. It selects nobody before that.</summary>
    public int? Count { get; set; }
    public DateTime CreatedAt { get; set; }
    public long? CreatedBy { get; set; }
    public DateTime? ChangedAt { get; set; }
    public long? ChangedBy { get; set; }

    /// <summary>Changes with each save. Forms carry it, to detect that somebody else has saved meanwhile.</summary>
    public long Version => EditConflict.VersionOf(ChangedAt);
    public bool IsFrozen => FrozenAt is not null;
    public bool IsReady => FrozenAt is null || Count is not null;
    public string Url => "/staff/segments/" + Id;

    public Chosen Chosen
    {
        get => Chosen.Parse(ChosenJson);
        set => ChosenJson = value.ToJson();
    }

    public void Rename(string name) => (Name, Key) = (Naming.Kept(name), Tag.KeyOf(name));

    /// <summary>The selection of exactly this segment's members.</summary>
    public Chosen AsChosen => Chosen.By(SegmentCondition.With(Id));
}

/// <summary>A member of a frozen segment.</summary>
public sealed class SegmentMember
{
    public long SegmentId { get; set; }
    public long MemberId { get; set; }
}
