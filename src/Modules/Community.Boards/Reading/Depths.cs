namespace Community.Boards;

/// <summary>CSS classes for tree levels: 1 to 12; deeper ones look like 12 and state the level in words.</summary>
static class Depths
{
    const int Deepest = 12;
    /// <summary>From this level on, a phone stops indenting and states the level in words.</summary>
    public const int Labelled = 6;

    public static string? Class(int depth, string? more = null) =>
        string.Join(
            ' ',
            new[] { depth == 0 ? null : "depth-" + Math.Min(depth, Deepest), depth > Deepest ? "depth-deep" : null, more }.OfType<string>()
        )
            is { Length: > 0 } names
            ? names
            : null;
}
