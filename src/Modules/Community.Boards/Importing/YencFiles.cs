using System.Text;
using System.Text.RegularExpressions;

namespace Community.Boards;

/// <summary>
/// Files within the octets of a text, as news programs sent them: <c>=ybegin</c>, lines of yEnc (yenc.org, version 1.3), <c>=yend</c>.
/// Found before the text is decoded, since such lines are in no charset.
/// </summary>
static partial class YencFiles
{
    /// <summary>The octets without the files that have an end.</summary>
    /// <param name="text">The octets of a text.</param>
    /// <param name="file">Takes a file that is whole.</param>
    /// <param name="broken">Takes the name of one that is not, such as a part of a file that came in several messages.</param>
    public static byte[] Without(byte[] text, Action<string, byte[]> file, Action<string> broken)
    {
        if (text.AsSpan().IndexOf("=ybegin "u8) < 0) return text;
        var (left, content) = (new MemoryStream(text.Length), new MemoryStream());
        var last = text.AsSpan().LastIndexOf("\n=yend "u8);
        (string Name, long Size)? begun = null;
        for (var at = 0; at < text.Length;)
        {
            var end = text.AsSpan(at).IndexOf((byte)'\n');
            var line = text.AsSpan(at, end < 0 ? text.Length - at : end + 1);
            // Behind the last end no file is whole.
            if (begun is null && at < last && Head(line) is { } head) (begun, content) = (head, new MemoryStream());
            else if (begun is null) left.Write(line);
            else if (line.StartsWith("=yend "u8))
            {
                if (content.Length == begun.Value.Size) file(begun.Value.Name, content.ToArray());
                else broken(begun.Value.Name);
                begun = null;
            }
            else if (!line.StartsWith("=ypart "u8)) Decode(line, content);
            at += line.Length;
        }
        return left.ToArray();
    }

    static void Decode(ReadOnlySpan<byte> line, MemoryStream to)
    {
        for (var i = 0; i < line.Length; i++)
            if (line[i] is (byte)'\r' or (byte)'\n') continue;
            else if (line[i] == '=' && ++i < line.Length) to.WriteByte((byte)(line[i] - 64 - 42));
            else if (i < line.Length) to.WriteByte((byte)(line[i] - 42));
    }

    static (string Name, long Size)? Head(ReadOnlySpan<byte> line)
    {
        if (!line.StartsWith("=ybegin "u8) || line.Length > 1000) return null;
        var match = Begin().Match(MailCharsets.Decode(line, null).TrimEnd());
        return match.Success && long.TryParse(match.Groups["size"].ValueSpan, out var size)
            ? (match.Groups["name"].Value.Trim(' ', '"'), size) : null;
    }

    [GeneratedRegex(@"^=ybegin (?:(?:part|total|line)=\d+ +)*size=(?<size>\d+) +(?:(?:part|total|line)=\d+ +)*name=(?<name>.+)$")]
    private static partial Regex Begin();
}
