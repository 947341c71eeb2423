namespace Community.Boards;

/// <summary>Levels of a tree as classes: 1 to 12, all deeper ones like 12, with the level said in words.</summary>
static class Depths
{
    const int Deepest = 12;
    /// <summary>From here on a telephone no longer indents, and says the level.</summary>
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
