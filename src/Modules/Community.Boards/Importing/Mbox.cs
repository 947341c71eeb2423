using System.Globalization;
using System.Text;

namespace Community.Boards;

/// <summary>A message as it stands in a mailbox file: from the line behind its separator to the next separator.</summary>
/// <param name="Number">Its number in the file, from 1.</param>
/// <param name="Place">The octet at which its separator begins.</param>
/// <param name="Line">The line of the separator, from 1.</param>
/// <param name="Bytes">The message as it was sent: quoted <c>From </c> lines are unquoted. Null if it is longer than is read.</param>
/// <param name="Separated">The time of the separator; null if it has none.</param>
public sealed record MboxMessage(int Number, long Place, int Line, byte[]? Bytes, DateTime? Separated)
{
    /// <summary>The beginning of what is too long to be read.</summary>
    public byte[] Head { get; init; } = [];
}

/// <summary>
/// Reads mailbox files (RFC 4155; quoting as mboxrd: each line of a message that begins with <c>From </c>, or with that behind
/// signs <c>&gt;</c>, gets one more sign). A line is a separator only behind an empty line or at the beginning, with an address and a date,
/// and if a header follows: <c>From now on</c> in a text is none. Within the length that a message gives itself (mboxcl2) no line is one,
/// if another message begins behind it.
/// </summary>
public sealed class MboxReader : IDisposable
{
    /// <summary>A longer message is not read: attachments of thirty megabytes, as mail systems let through, grow by a third.</summary>
    public const int MaxMessage = 96 * 1024 * 1024;
    const int MaxLine = 1024 * 1024, HeadLength = 16 * 1024;

    readonly Stream file;
    readonly byte[] buffer = new byte[64 * 1024];
    int at, filled;
    long place;
    int line, number;
    Line? ahead;
    bool blank = true;
    readonly bool hasCarriageReturns;

    /// <summary>A line with its end, and where it begins. What is beyond a megabyte comes as a line of its own that continues it.</summary>
    sealed record Line(byte[] Bytes, long Place, int Number, bool Continues)
    {
        public bool IsBlank => !Continues && Bytes is [(byte)'\n'] or [(byte)'\r', (byte)'\n'];
    }

    /// <param name="file">Read from <paramref name="from"/> on; disposed of with this.</param>
    /// <param name="from">Where a separator stands, or the beginning.</param>
    /// <param name="line">How many lines are before it.</param>
    /// <param name="number">How many messages are before it.</param>
    public MboxReader(Stream file, long from = 0, int line = 0, int number = 0)
    {
        (this.file, this.line, this.number) = (file, line, number);
        hasCarriageReturns = OldLineEnds.In(file);
        place = file.Seek(from, SeekOrigin.Begin);
    }

    /// <summary>Goes to where a message begins; that costs nothing if it is the next one.</summary>
    public void MoveTo(long from, int lines, int messages)
    {
        if (Position.Place == from) return;
        (ahead, at, filled, continues, blank) = (null, 0, 0, false, true);
        (place, line, number) = (file.Seek(from, SeekOrigin.Begin), lines, messages);
    }

    /// <summary>Where the next message begins.</summary>
    public (long Place, int Line) Position => ahead is { } next ? (next.Place, next.Number - 1) : (place - (filled - at), line);

    /// <summary>The next message; null at the end.</summary>
    public MboxMessage? Next()
    {
        var first = Take();
        // Blank lines before the first separator.
        while (first is { IsBlank: true }) first = Take();
        if (first is null) return null;
        var separator = SeparatorOf(first.Bytes);
        var (content, length) = (new MemoryStream(), 0L);
        // Content-Length, and where the content ends by it.
        var (isHead, stated, ends, isQuoted) = (true, 0L, 0L, true);
        // What stands before the first separator is a message without one, and so without a header most likely.
        if (separator is null) Keep(first);
        blank = false;
        while (Peek() is { } next)
        {
            if (blank && !next.Continues && SeparatorOf(next.Bytes) is not null && HeaderFollows(next))
            {
                // mboxcl2 quotes nothing, but says how long each message is; many say so wrongly.
                if (next.Place >= ends || !IsEnd(ends)) break;
                isQuoted = false;
            }
            Keep(Take()!);
            blank = next.IsBlank;
            if (isHead && blank) (isHead, ends) = (false, Position.Place + stated);
            else if (isHead) stated = LengthOf(next.Bytes) ?? stated;
        }
        blank = true;
        number++;
        var isLarge = length > MaxMessage;
        return new(number, first.Place, first.Number, isLarge ? null : Trimmed(content), separator?.At)
        {
            Head = isLarge ? content.GetBuffer()[..HeadLength] : [],
        };

        void Keep(Line some)
        {
            var bytes = some.Continues || !isQuoted ? some.Bytes.AsSpan() : Unquoted(some.Bytes);
            if ((length += bytes.Length) <= MaxMessage) content.Write(bytes);
        }
    }

    // The empty line before the next separator belongs to the file, not to the message.
    static byte[] Trimmed(MemoryStream content)
    {
        var bytes = content.ToArray();
        return bytes.AsSpan().EndsWith("\n\n"u8) ? bytes[..^1] : bytes.AsSpan().EndsWith("\n\r\n"u8) ? bytes[..^2] : bytes;
    }

    static ReadOnlySpan<byte> Unquoted(byte[] line)
    {
        if (line.Length < 6 || line[0] != '>') return line.AsSpan();
        var signs = line.AsSpan().IndexOfAnyExcept((byte)'>');
        return signs > 0 && line.AsSpan(signs).StartsWith("From "u8) ? line.AsSpan(1) : line.AsSpan();
    }

    /// <summary>The date of a separator, as RFC 4155 has it: asctime, UTC.</summary>
    internal static string DateOf(DateTime at)
    {
        var date = at.ToString("ddd MMM d HH:mm:ss yyyy", CultureInfo.InvariantCulture);
        return at.Day < 10 ? date.Insert("Mon Jan ".Length, " ") : date;
    }

    /// <summary>A separator with its time; null if the line is none.</summary>
    internal static (string Address, DateTime? At)? SeparatorOf(ReadOnlySpan<byte> line)
    {
        if (line.Length is < 20 or > 300 || !line.StartsWith("From "u8)) return null;
        var words = Encoding.Latin1.GetString(line).TrimEnd().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        // From who Mon Jan 5 10:00:00 2009, with a zone before or behind the year; lists hide addresses as "anna at example.com".
        var day = Array.FindIndex(words, 2, w => Array.IndexOf(days, w.TrimEnd(',')) >= 0);
        if (day < 2 || words.Length < day + 5) return null;
        var who = string.Join(' ', words[1..day]);
        var isAddress = day == 2 ? who == "-" || who.Contains('@') || who.All(c => c > ' ') && who.Any(char.IsAsciiLetterOrDigit)
            : day == 4 && words[2] == "at" || who.StartsWith('"') && who.Contains('@');
        return isAddress && DateOf(words[day..]) is { } at ? (who, at) : null;
    }

    static readonly string[] days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    static readonly string[] months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

    static DateTime? DateOf(string[] words)
    {
        var month = Array.IndexOf(months, words[1]) + 1;
        if (month == 0 || !int.TryParse(words[2], CultureInfo.InvariantCulture, out var day)) return null;
        if (!TimeSpan.TryParse(words[3], CultureInfo.InvariantCulture, out var time) || time >= TimeSpan.FromDays(1)) return null;
        var year = words[4..].Select(w => w.Length == 4 && int.TryParse(w, CultureInfo.InvariantCulture, out var y) ? y : 0)
            .FirstOrDefault(y => y > 0);
        var zone = words[4..].FirstOrDefault(w => w.Length == 5 && w[0] is '+' or '-' && w[1..].All(char.IsAsciiDigit));
        if (year < 1 || day < 1 || day > DateTime.DaysInMonth(year, month)) return null;
        var at = new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Utc) + time;
        if (zone is null)
            return at;
        var offset = new TimeSpan(
            int.Parse(zone[1..3], CultureInfo.InvariantCulture),
            int.Parse(zone[3..], CultureInfo.InvariantCulture),
            0
        );
        return year is 1 or 9999 ? at : at - (zone[0] == '-' ? -offset : offset);
    }

    /// <summary>
    /// Whether the line behind a separator is a header's, as "Name: value"; lines of mboxo's quoting may stand before it.
    /// </summary>
    bool HeaderFollows(Line separator)
    {
        // The line itself is only looked at; what is behind it is read into the buffer at most.
        var behind = Behind(separator);
        if (behind.StartsWith(">From "u8)) return true;
        return IsHeader(behind);
    }

    /// <summary>Whether a line of a header stands there.</summary>
    internal static bool IsHeader(ReadOnlySpan<byte> line)
    {
        var colon = line.IndexOf((byte)':');
        if (colon is < 1 or > 76) return false;
        foreach (var b in line[..colon])
            if (b is <= (byte)' ' or > (byte)'~') return false;
        return true;
    }

    static long? LengthOf(ReadOnlySpan<byte> line) =>
        line.Length < 40 && Ascii.EqualsIgnoreCase(line[..Math.Min(line.Length, ContentLength.Length)], ContentLength)
            && long.TryParse(line[ContentLength.Length..].Trim(" \t\r\n"u8), NumberStyles.None, CultureInfo.InvariantCulture, out var said)
            ? said : null;

    static ReadOnlySpan<byte> ContentLength => "Content-Length:"u8;

    /// <summary>Whether the file ends there, or another message begins.</summary>
    bool IsEnd(long end)
    {
        var (some, back) = (new byte[512], file.Position);
        file.Position = end;
        var read = file.ReadAtLeast(some, some.Length, throwOnEndOfStream: false);
        file.Position = back;
        if (hasCarriageReturns) some.AsSpan(0, read).Replace((byte)'\r', (byte)'\n');
        var behind = some.AsSpan(0, read).TrimStart("\r\n"u8);
        if (behind.Length == 0) return end <= file.Length;
        return behind.IndexOf((byte)'\n') is > 0 and var next && SeparatorOf(behind[..next]) is not null;
    }

    // The separator is the line ahead, so the buffer stands behind it.
    ReadOnlySpan<byte> Behind(Line _)
    {
        if (filled - at < 512 && Refill() == 0 && filled == at) return [];
        return buffer.AsSpan(at, Math.Min(512, filled - at));
    }

    Line? Peek() => ahead ??= Read();

    Line? Take()
    {
        var next = Peek();
        ahead = null;
        return next;
    }

    int Refill()
    {
        if (at > 0)
        {
            Buffer.BlockCopy(buffer, at, buffer, 0, filled - at);
            (filled, at) = (filled - at, 0);
        }
        var read = file.Read(buffer, filled, buffer.Length - filled);
        if (hasCarriageReturns) buffer.AsSpan(filled, read).Replace((byte)'\r', (byte)'\n');
        filled += read;
        place += read;
        return read;
    }

    bool continues;

    Line? Read()
    {
        var start = place - (filled - at);
        // Nearly every line stands in the buffer as a whole.
        if (!continues && buffer.AsSpan(at, filled - at).IndexOf((byte)'\n') is var last and >= 0)
        {
            var bytes = buffer.AsSpan(at, last + 1).ToArray();
            at += bytes.Length;
            return new(WithoutMark(bytes, start), start, ++line, false);
        }
        using var whole = new MemoryStream();
        var continued = continues;
        continues = false;
        while (true)
        {
            if (at == filled && Refill() == 0) break;
            var end = buffer.AsSpan(at, filled - at).IndexOf((byte)'\n');
            var length = end < 0 ? filled - at : end + 1;
            whole.Write(buffer, at, length);
            at += length;
            if (end >= 0) break;
            if (whole.Length >= MaxLine) { continues = true; break; }
        }
        if (whole.Length == 0) return null;
        if (!continued) line++;
        return new(WithoutMark(whole.ToArray(), start), start, line, continued);
    }

    // An editor that saves a mailbox in UTF-8 puts its mark before the first separator.
    static byte[] WithoutMark(byte[] line, long start) => start == 0 && line.AsSpan().StartsWith("\uFEFF"u8) ? line[3..] : line;

    public void Dispose() => file.Dispose();
}
