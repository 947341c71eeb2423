using System.Text;
using System.Text.RegularExpressions;

namespace Community.Boards;

/// <summary>
/// Files within the text of a mail, as programs sent them before MIME: <c>begin 644 name</c>, lines of uuencode (POSIX.1), <c>end</c>, or
/// of Base64 between <c>begin-base64 644 name</c> and <c>====</c>.
/// </summary>
static partial class UuFiles
{
    /// <summary>The text without the files that are whole; all else in it stays.</summary>
    public static string Without(string text, Action<string, byte[]> file)
    {
        if (!text.Contains("begin", StringComparison.Ordinal)) return text;
        var (lines, left) = (text.Split('\n'), new StringBuilder(text.Length));
        // From here on no file ends: a text full of beginnings would be read for each of them.
        var last = Array.FindLastIndex(lines, l => l.TrimEnd() is "end" or Base64End);
        for (var i = 0; i < lines.Length; i++)
            if (i < last && Begin().Match(lines[i].TrimEnd()) is { Success: true } begin
                && Content(lines, i + 1, begin.Groups["base64"].Success) is var (content, end))
            {
                file(begin.Groups["name"].Value, content);
                i = end;
            }
            else left.Append(i > 0 && left.Length > 0 ? "\n" : "").Append(lines[i]);
        return left.ToString();
    }

    const string Base64End = "====";

    static (byte[] Content, int End)? Content(string[] lines, int from, bool isBase64)
    {
        var content = new List<byte>();
        for (var i = from; i < lines.Length; i++)
        {
            var line = lines[i].TrimEnd('\r');
            if (line.TrimEnd() == (isBase64 ? Base64End : "end")) return content.Count > 0 ? ([.. content], i) : null;
            if (!(isBase64 ? DecodeBase64(line, content) : Decode(line, content))) return null;
        }
        return null;
    }

    /// <summary>Its first sign says how many octets it has; blanks at the end may have been lost.</summary>
    static bool Decode(string line, List<byte> to)
    {
        if (line.Length == 0) return true;
        if (line.Any(c => c is < ' ' or > '`')) return false;
        var count = line[0] - ' ' & 63;
        var needed = (count + 2) / 3 * 4;
        if (line.Length > needed + 2) return false;
        var signs = line[1..].PadRight(needed);
        for (var i = 0; i < needed; i += 4)
        {
            var bits = 0;
            for (var j = 0; j < 4; j++) bits = bits << 6 | (signs[i + j] - ' ' & 63);
            for (var j = 0; j < 3 && count > 0; j++, count--) to.Add((byte)(bits >> 16 - 8 * j));
        }
        return true;
    }

    static bool DecodeBase64(string line, List<byte> to)
    {
        var octets = new byte[line.Length];
        if (!Convert.TryFromBase64String(line, octets, out var count)) return false;
        to.AddRange(octets.AsSpan(0, count));
        return true;
    }

    [GeneratedRegex(@"^begin(?<base64>-base64)? [0-7]{3,4} (?<name>\S.{0,200})$")]
    private static partial Regex Begin();
}
