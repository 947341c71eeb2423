namespace Community.Members;

/// <summary>A group is gone. Whatever was for it is for nobody now.</summary>
public sealed record GroupDeleted(long GroupId);
