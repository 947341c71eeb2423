namespace Community.Members;

/// <summary>A word of the site's that staff put on members; members do not see it.</summary>
public sealed class Tag
{
    public const int MaxNameLength = 40, MaxTags = 500;

    /// <summary>Colours that a tag may have; their values stand in staff.css.</summary>
    public static readonly IReadOnlyList<string> Colors = ["red", "orange", "green", "blue", "grey"];

    public long Id { get; set; }
    public string Name { get; private set; } = "";
    /// <summary>The name as it is compared: two tags that differ only in case or width are one.</summary>
    public string Key { get; private set; } = "";
    /// <summary>One of <see cref="Colors"/>; null for none.</summary>
    public string? Color { get; set; }
    public DateTime CreatedAt { get; set; }

    public void Rename(string name) => (Name, Key) = (Kernel.Naming.Kept(name), KeyOf(name));

    public static string KeyOf(string name) => Member.Searchable(Kernel.Naming.Kept(name));
}

/// <summary>A tag on a member.</summary>
public sealed class MemberTag
{
    public long TagId { get; set; }
    public long MemberId { get; set; }
    public DateTime At { get; set; }
    /// <summary>The staff member who put it there; null for work without a person.</summary>
    public long? TaggedBy { get; set; }
}
