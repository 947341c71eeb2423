namespace Community.Boards;

/// <summary>Reads lines of octets from any place of a file on, and knows where each begins.</summary>
sealed class SourceLines(FileStream file) : IDisposable
{
    /// <summary>A line of JSON may have a post's files in it; longer ones are passed over.</summary>
    public const int MaxLine = MboxReader.MaxMessage;

    readonly byte[] buffer = new byte[64 * 1024];
    readonly bool hasCarriageReturns = OldLineEnds.In(file);
    int at, filled;

    /// <summary>The octet at which the next line begins, and how many lines are before it.</summary>
    public (long Place, int Line) Position { get; private set; }

    public void MoveTo(long place, int lines)
    {
        if (Position.Place == place) return;
        (at, filled) = (0, 0);
        Position = (file.Seek(place, SeekOrigin.Begin), lines);
    }

    /// <summary>The next line without its end; null at the end of the file. One that is too long is empty, and says so.</summary>
    public (byte[] Bytes, bool IsTooLong)? Next()
    {
        using var whole = new MemoryStream();
        var (length, ended) = (0L, false);
        while (!ended)
        {
            if (at == filled)
            {
                (at, filled) = (0, file.Read(buffer));
                if (hasCarriageReturns) buffer.AsSpan(0, filled).Replace((byte)'\r', (byte)'\n');
                if (filled == 0) break;
            }
            var end = buffer.AsSpan(at, filled - at).IndexOf((byte)'\n');
            var some = end < 0 ? filled - at : end + 1;
            if ((length += some) <= MaxLine) whole.Write(buffer, at, some);
            at += some;
            ended = end >= 0;
        }
        if (length == 0) return null;
        Position = (Position.Place + length, Position.Line + 1);
        if (length > MaxLine) return ([], true);
        var line = whole.ToArray().AsSpan();
        if (line.EndsWith("\n"u8)) line = line[..^1];
        if (line.EndsWith("\r"u8)) line = line[..^1];
        return (line.ToArray(), false);
    }

    public void Dispose() => file.Dispose();
}
