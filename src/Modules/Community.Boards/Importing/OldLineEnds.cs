namespace Community.Boards;

/// <summary>
/// Files of old Macintoshes, whose lines end with a carriage return alone. Read as line feeds, and every place stays what it was.
/// </summary>
static class OldLineEnds
{
    /// <summary>Whether the file is one; its position is the beginning afterwards.</summary>
    public static bool In(Stream file)
    {
        var head = new byte[16 * 1024];
        file.Position = 0;
        var some = head.AsSpan(0, file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false));
        file.Position = 0;
        return some.Contains((byte)'\r') && !some.Contains((byte)'\n');
    }
}
