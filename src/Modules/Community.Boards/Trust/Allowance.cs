namespace Community.Boards;

/// <summary>What a member with limits may still write.</summary>
/// <param name="Limits">The limits.</param>
/// <param name="Left">Posts that may still be written within this hour.</param>
/// <param name="Minutes">If none, in how many minutes the next one may.</param>
public sealed record Allowance(PostLimits Limits, int Left, int Minutes);
