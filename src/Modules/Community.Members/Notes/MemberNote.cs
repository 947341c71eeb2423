using Community.Kernel;

namespace Community.Members;

/// <summary>What staff wrote down about a member, for other staff. The member does not see it, but gets it with all other data.</summary>
public sealed class MemberNote
{
    public const int MaxTextLength = 4000;

    public long Id { get; set; }
    public long MemberId { get; set; }
    /// <summary>The staff member who wrote it; null after that person was erased.</summary>
    public long? AuthorId { get; set; }
    public DateTime At { get; set; }
    public string Text { get; set; } = "";

    public bool MayBeDeletedBy(Reader reader) =>
        reader.May(MembersPermissions.Notes) && (reader.Is(AuthorId) || reader.May(MembersPermissions.Edit));
}
