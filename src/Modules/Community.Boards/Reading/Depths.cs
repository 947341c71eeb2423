namespace Community.Boards;

/// <summary>CSS classes for tree levels: 1 to 12; deeper ones look like 12 and state the level in words.</summary>
static class Depths
{
    const int Deepest = 12;
    /// <summary>From this level on, a phone stops indenting and states the level in words.</summary>
    public const int Labelled = 6;

    static readonly string[] classes =
        [.. Enumerable.Range(0, Deepest + 2).Select(d => d == 0 ? "" : d <= Deepest ? $"depth-{d}" : $"depth-{Deepest} depth-deep")];

    public static string? Class(int depth, string? more = null)
    {
        var own = classes[Math.Min(depth, Deepest + 1)];
        return own.Length == 0 ? more : more is null ? own : own + " " + more;
    }
}
