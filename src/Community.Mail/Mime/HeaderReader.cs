using System.Text;

namespace Community.Mail.Mime;

/// <summary>Reads a block of headers: unfolds, takes raw 8-bit text as what it seems to be, stops at the first blank line.</summary>
internal static class HeaderReader
{
    /// <returns>The headers, where the body starts, and whether a limit cut something off.</returns>
    public static (List<(string Name, string Raw)> Headers, int Body, bool Cut) Read(ReadOnlySpan<byte> bytes, ParserOptions options)
    {
        var headers = new List<(string, string)>();
        var field = new List<byte>();
        var position = 0;
        var cut = false;
        while (position < bytes.Length)
        {
            var (end, next) = LineScanner.Line(bytes, position);
            var line = bytes[position..end];
            if (line.IsEmpty)
            {
                position = next;
                break;
            }
            var folded = line[0] is (byte)' ' or (byte)'\t';
            // Neither header nor fold: the body began without a blank line. A "From " line of a mailbox file is let by.
            if (!folded && !IsHeader(line) && !(position == 0 && (line.StartsWith("From "u8) || line.StartsWith(">From "u8)))) break;
            if (!folded) Take();
            if (field.Count + line.Length <= options.MaxHeaderSize) field.AddRange(line);
            else cut = true;
            position = next;
        }
        Take();
        return (headers, position, cut);

        void Take()
        {
            var raw = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(field);
            var colon = raw.IndexOf((byte)':');
            if (colon > 0 && headers.Count < options.MaxHeaders)
            {
                var name = Encoding.Latin1.GetString(raw[..colon]).TrimEnd();
                if (HeaderRules.IsName(name)) headers.Add((name, Charsets.Decode(raw[(colon + 1)..], null).Trim()));
            }
            else if (colon > 0) cut = true;
            field.Clear();
        }
    }

    private static bool IsHeader(ReadOnlySpan<byte> line)
    {
        var colon = line.IndexOf((byte)':');
        return colon > 0 && !line[..colon].TrimEnd(" \t"u8).ContainsAnyExceptInRange((byte)'!', (byte)'~');
    }
}
