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
            if (at == filled && !Fill() && filled == 0) break;
            (var some, ended) = form.FirstLine(buffer.AsSpan(at, filled - at));
            if ((length += some) <= MaxLine) whole.Write(buffer, at, some);
            at += some;
        }
        if (length == 0) return null;
        var isFirst = Position.Place == 0;
        Position = (Position.Place + length, Position.Line + 1);
        return length > MaxLine ? ([], true) : (form.Utf8(whole.GetBuffer().AsSpan(0, (int)whole.Length), isFirst), false);
    }

    /// <summary>Whether the file is an array of JSON, to be read by <see cref="NextItem"/>.</summary>
    public bool IsArray => form.IsArray;

    /// <summary>The next item of an array, whether it takes a part of a line or several; null at the end.</summary>
    /// <param name="begins">Where it begins. The place behind it is where the next one begins.</param>
    public (byte[] Bytes, bool IsTooLong)? NextItem(out (long Place, int Line) begins)
    {
        PassBetween();
        begins = Position;
        if (filled - at < form.Width) return null;
        using var whole = new MemoryStream();
        var (item, length) = (new JsonItem(form.Charset), 0L);
        while (!item.Ended && (filled - at >= form.Width || Fill()))
        {
            var (i, kept, line) = (at, at, Position.Line);
            for (; !item.Ended && i + form.Width <= filled; i += form.Width)
            {
                var sign = form.SignAt(buffer, i);
                if (item.Take(sign) is not { } belongs) break;
                if (sign == form.End) line++;
                if (belongs) kept = i + form.Width;
            }
            if ((length += kept - at) <= MaxLine) whole.Write(buffer, at, kept - at);
            Position = (Position.Place + i - at, line);
            at = i;
        }
        PassBetween();
        return length > MaxLine ? ([], true) : (form.Utf8(whole.GetBuffer().AsSpan(0, (int)whole.Length), isFirst: false), false);
    }

    void PassBetween()
    {
        while (filled - at >= form.Width || Fill())
        {
            var sign = form.SignAt(buffer, at);
            if (!JsonItem.IsBetween(sign)) return;
            at += form.Width;
            Position = (Position.Place + form.Width, Position.Line + (sign == form.End ? 1 : 0));
        }
    }

    bool Fill()
    {
        (at, filled) = (0, file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false));
        return filled >= form.Width;
    }

    public void Dispose() => file.Dispose();
}
