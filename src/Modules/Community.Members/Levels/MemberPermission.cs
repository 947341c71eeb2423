using Community.Kernel;

namespace Community.Members;

/// <summary>
/// A permission that a member has for a single thing of a module, beside what the role gives: moderating one board. The module whose
/// thing it is gives and takes it, and takes it with the thing.
/// </summary>
public sealed class MemberPermission
{
    public long MemberId { get; set; }
    /// <summary>The permission's name.</summary>
    public required string Permission { get; set; }
    public long ThingId { get; set; }
    public DateTime GivenAt { get; set; }
    public long? GivenBy { get; set; }
}
