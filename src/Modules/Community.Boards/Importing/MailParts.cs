using System.Text;

namespace Community.Boards;

/// <summary>
/// Counts what a mail would be made of before it is parsed: an empty part takes five octets in a file, and some kilobytes in memory, so a
/// mail of fifty megabytes could take all that there is.
/// </summary>
static class MailParts
{
    const int MaxParts = 5_000, MaxHeaders = 50_000, MaxBoundaries = 1_000;

    /// <summary>Whether it has more parts or lines of headers than any program writes.</summary>
    public static bool AreTooMany(ReadOnlySpan<byte> mail)
    {
        var boundaries = new HashSet<string>();
        var (parts, headers, isHeader, isMessage) = (0, 0, true, false);
        foreach (var range in mail.Split((byte)'\n'))
        {
            var line = mail[range];
            if (line.EndsWith("\r"u8)) line = line[..^1];
            if (line.StartsWith("--"u8) && boundaries.Count > 0 && IsOne(line))
            {
                if (++parts > MaxParts) return true;
                (isHeader, isMessage) = (true, false);
            }
            else if (isHeader && line.Length == 0) (isHeader, isMessage) = (isMessage, false);
            else if (isHeader)
            {
                if (++headers > MaxHeaders) return true;
                // A mail within a mail has headers of its own behind those of its part.
                isMessage |= Contains(line, "message/"u8);
                if (!Contains(line, "boundary"u8)) continue;
                if (boundaries.Count == MaxBoundaries) return true;
                Add(line);
            }
        }
        return false;

        bool IsOne(ReadOnlySpan<byte> line)
        {
            var word = Encoding.Latin1.GetString(line[2..Math.Min(line.Length, 300)]).TrimEnd();
            return boundaries.Contains(word) || (word.EndsWith("--", StringComparison.Ordinal) && boundaries.Contains(word[..^2]))
                // Written in pieces, or encoded (RFC 2231): then each such line counts.
                || boundaries.Contains("*");
        }

        void Add(ReadOnlySpan<byte> line)
        {
            var text = Encoding.Latin1.GetString(line[..Math.Min(line.Length, 1000)]);
            var value = text[(text.IndexOf("boundary", StringComparison.OrdinalIgnoreCase) + "boundary".Length)..].TrimStart();
            if (!value.StartsWith('=')) boundaries.Add("*");
            else if (value[1..].TrimStart() is ['"', .. var quoted]) boundaries.Add(quoted.Split('"')[0].TrimEnd());
            else boundaries.Add(value[1..].Trim().Split(';', ' ')[0]);
        }
    }

    static bool Contains(ReadOnlySpan<byte> line, ReadOnlySpan<byte> word)
    {
        for (var at = 0; at + word.Length <= line.Length; at++)
            if (Ascii.EqualsIgnoreCase(line.Slice(at, word.Length), word)) return true;
        return false;
    }
}
