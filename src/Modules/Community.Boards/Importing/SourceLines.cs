namespace Community.Boards;

/// <summary>Reads lines of a file as UTF-8, whatever the file is written in, from any place on, and knows where each begins.</summary>
sealed class SourceLines(FileStream file) : IDisposable
{
    /// <summary>A line of JSON may have a post's files in it; longer ones are passed over.</summary>
    public const int MaxLine = MboxReader.MaxMessage;

    // An even number of octets: signs of UTF-16 are not cut.
    readonly byte[] buffer = new byte[64 * 1024];
    readonly SourceForm form = SourceForm.Of(file);
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
                (at, filled) = (0, file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false));
                if (filled == 0) break;
            }
            (var some, ended) = form.FirstLine(buffer.AsSpan(at, filled - at));
            if ((length += some) <= MaxLine) whole.Write(buffer, at, some);
            at += some;
        }
        if (length == 0) return null;
        var isFirst = Position.Place == 0;
        Position = (Position.Place + length, Position.Line + 1);
        return length > MaxLine ? ([], true) : (form.Utf8(whole.GetBuffer().AsSpan(0, (int)whole.Length), isFirst), false);
    }

    public void Dispose() => file.Dispose();
}
