namespace Community.Mail.Mime;

/// <summary>Finds the ends of lines, be they CRLF, LF or CR alone.</summary>
internal static class LineScanner
{
    /// <returns>Where the line's text ends, and where the next line starts.</returns>
    public static (int End, int Next) Line(ReadOnlySpan<byte> bytes, int start)
    {
        var length = bytes[start..].IndexOfAny((byte)'\r', (byte)'\n');
        if (length < 0) return (bytes.Length, bytes.Length);
        var end = start + length;
        return (end, bytes[end] == '\r' && end + 1 < bytes.Length && bytes[end + 1] == '\n' ? end + 2 : end + 1);
    }
}
