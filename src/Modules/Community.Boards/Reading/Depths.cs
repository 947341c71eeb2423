namespace Community.Boards;

/// <summary>CSS classes for tree levels: 1 to 12; deeper ones look like 12 and state the level in words.</summary>
static class Depths
{
    const int Deepest = 12;
    /// <summary>From this level on, a phone stops indenting and states the level in words.</summary>
    public const int Labelled = 6;

    static readonly string?[] read = [.. Enumerable.Range(0, Deepest + 2).Select(Of)];
    static readonly string[] unread = [.. read.Select(own => own is null ? "unread" : own + " unread")];

    static string? Of(int depth) => depth switch
    {
        0 => null,
        <= Deepest => $"depth-{depth}",
        _ => $"depth-{Deepest} depth-deep",
    };

    public static string? Class(int depth, bool isUnread = false) => (isUnread ? unread : read)[Math.Min(depth, Deepest + 1)];
}
