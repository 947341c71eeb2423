using System.Runtime.InteropServices;
using System.Text;

namespace Community.Boards;

/// <summary>
/// How the lines of a file stand in it, by its beginning: its charset, and how they end. Whoever reads them gets UTF-8, and places stay
/// those of the file.
/// </summary>
/// <param name="Wide">UTF-16 and the order of its octets; null for charsets in which a sign of ASCII is one octet.</param>
/// <param name="Charset">The charset, if it is neither UTF-8 nor UTF-16.</param>
/// <param name="End">The sign that ends lines: of old Macintoshes a carriage return, with line feeds within cells.</param>
sealed record SourceForm(Encoding? Wide, string? Charset, char End)
{
    const int Block = 64 * 1024;
    /// <summary>How far the first sign is looked for that is not ASCII.</summary>
    const int MaxLook = 16 * 1024 * 1024;
    /// <summary>What may stand before the first sign: marks of UTF-8 and UTF-16, and blanks.</summary>
    const string Blanks = "\u00EF\u00BB\u00BF\uFEFF \t\r\n";

    /// <summary>Whether it begins as an array of JSON does.</summary>
    public bool IsArray { get; private init; }

    /// <summary>The form of a file, which stands at its beginning afterwards.</summary>
    public static SourceForm Of(Stream file)
    {
        file.Position = 0;
        var head = new byte[Block];
        Array.Resize(ref head, file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false));
        file.Position = 0;
        var wide = WideOf(head);
        var text = (wide ?? Encoding.Latin1).GetString(head);
        var form = new SourceForm(wide, wide is null ? CharsetOf(file) : null, EndOf(text))
        {
            IsArray = text.AsSpan().TrimStart(Blanks).StartsWith("["),
        };
        file.Position = 0;
        return form;
    }

    /// <summary>UTF-16, with its mark or without: names of columns, and braces, are ASCII.</summary>
    static Encoding? WideOf(ReadOnlySpan<byte> head) => head switch
    {
        [0xFF, 0xFE, ..] or [not 0, 0, not 0, 0, ..] => Encoding.Unicode,
        [0xFE, 0xFF, ..] or [0, not 0, 0, not 0, ..] => Encoding.BigEndianUnicode,
        _ => null,
    };

    /// <summary>The charset of what stands in a file; null for UTF-8 and ASCII. Reads on from where the file is.</summary>
    public static string? CharsetOf(Stream file)
    {
        var block = new byte[Block];
        for (var looked = 0; looked < MaxLook; looked += Block)
        {
            var some = block.AsSpan(0, file.ReadAtLeast(block, Block, throwOnEndOfStream: false));
            if (some.IndexOfAnyInRange((byte)0x80, (byte)0xFF) >= 0 || some.Contains((byte)'\u001b'))
                return MailCharsets.CharsetOf(Whole(some));
            if (some.Length < Block) break;
        }
        return null;
    }

    /// <summary>Without signs that are cut at its ends: these octets are part of no longer sign in any charset.</summary>
    static ReadOnlySpan<byte> Whole(ReadOnlySpan<byte> some)
    {
        if (some.Length < Block) return some;
        var (first, last) = (some.IndexOfAnyInRange((byte)0, (byte)'/'), some.LastIndexOfAnyInRange((byte)0, (byte)'/'));
        return first < last ? some[first..last] : some;
    }

    // Within quotation marks a line may end otherwise; those of JSON have no line ends in them.
    static char EndOf(string head)
    {
        var (quoted, isJson) = (false, head.AsSpan().TrimStart(Blanks + "[").StartsWith("{"));
        for (var i = 0; i < head.Length; i++)
            if (head[i] == '"' && !isJson) quoted = !quoted;
            else if (quoted) continue;
            else if (head[i] == '\n') break;
            else if (head[i] == '\r') return i + 1 < head.Length && head[i + 1] != '\n' ? '\r' : '\n';
        return '\n';
    }

    /// <summary>How many of these octets belong to the first line, its end included, and whether it ends in them.</summary>
    public (int Length, bool Ends) FirstLine(ReadOnlySpan<byte> some)
    {
        var end = Wide is null ? some.IndexOf((byte)End) : 2 * MemoryMarshal.Cast<byte, ushort>(some).IndexOf(Unit(End));
        return end < 0 ? (some.Length, false) : (end + Width, true);
    }

    /// <summary>Octets of a sign of ASCII.</summary>
    public int Width => Wide is null ? 1 : 2;

    /// <summary>The sign, or in other charsets the octet, that stands there.</summary>
    public char SignAt(ReadOnlySpan<byte> some, int at) =>
        Wide is null ? (char)some[at]
        : (char)(ReferenceEquals(Wide, Encoding.BigEndianUnicode) ? some[at] << 8 | some[at + 1] : some[at + 1] << 8 | some[at]);

    // As it stands in memory, whose order is that of the little end.
    ushort Unit(char c) => ReferenceEquals(Wide, Encoding.BigEndianUnicode) ? (ushort)(c << 8) : c;

    /// <summary>A line as UTF-8, without its end.</summary>
    /// <param name="line">As it stands in the file.</param>
    /// <param name="isFirst">Whether the mark of the charset may stand before it.</param>
    public byte[] Utf8(ReadOnlySpan<byte> line, bool isFirst)
    {
        if (Wide is null && isFirst && line.StartsWith("\uFEFF"u8)) line = line[3..];
        if (Wide is null && Charset is null) return Ended(line).ToArray();
        var text = Text(Wide is null ? Ended(line) : line);
        if (isFirst) text = text.TrimStart('\uFEFF');
        if (Wide is not null && text.EndsWith(End)) text = text[..^1];
        if (Wide is not null && text.EndsWith('\r')) text = text[..^1];
        return Encoding.UTF8.GetBytes(text);
    }

    ReadOnlySpan<byte> Ended(ReadOnlySpan<byte> line)
    {
        if (line.EndsWith([(byte)End])) line = line[..^1];
        return line.EndsWith("\r"u8) ? line[..^1] : line;
    }

    /// <summary>The text of some octets of the file.</summary>
    public string Text(ReadOnlySpan<byte> some) => Wide?.GetString(some) ?? MailCharsets.Decode(some, Charset ?? "utf-8");
}
