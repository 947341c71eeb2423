using System.Text;

namespace Community.Mail.Mime;

/// <summary>Cuts a multipart's body at its boundary (RFC 2046 §5.1.1). A missing last boundary ends with the body.</summary>
internal static class MultipartSplitter
{
    public static List<Range> Split(ReadOnlySpan<byte> body, string boundary, int most)
    {
        var parts = new List<Range>();
        var marker = Encoding.UTF8.GetBytes("--" + boundary);
        int start = -1, previousEnd = 0;
        for (var position = 0; position < body.Length && parts.Count < most;)
        {
            var (end, next) = LineScanner.Line(body, position);
            var line = body[position..end];
            if (line.StartsWith(marker))
            {
                var rest = line[marker.Length..].TrimEnd(" \t"u8);
                var closes = rest.SequenceEqual("--"u8);
                if (rest.IsEmpty || closes)
                {
                    // The line end before a boundary belongs to the boundary.
                    if (start >= 0) parts.Add(start..Math.Max(start, previousEnd));
                    start = next;
                    if (closes) return parts;
                }
            }
            (previousEnd, position) = (end, next);
        }
        if (start >= 0 && start < body.Length && parts.Count < most) parts.Add(start..body.Length);
        return parts;
    }
}
