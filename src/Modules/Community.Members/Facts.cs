namespace Community.Members;

/// <summary>A member's address was confirmed for the first time: from here on the member may do what members do.</summary>
public sealed record MemberConfirmed(long MemberId);

/// <summary>A member was suspended by staff.</summary>
public sealed record MemberSuspended(long MemberId);
