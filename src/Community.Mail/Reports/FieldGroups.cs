using Community.Mail.Mime;

namespace Community.Mail.Reports;

/// <summary>Reads groups of fields with any number of blank lines between them, none included.</summary>
internal static class FieldGroups
{
    private const int Max = 500;

    // More fields than any report has; a group is cut there.
    private static readonly ParserOptions Limits = new() { MaxHeaders = 200, MaxHeaderSize = 8192 };

    public static HeaderList Empty() => new(_ => false);

    public static IReadOnlyList<HeaderList> Read(ReadOnlySpan<byte> bytes)
    {
        var groups = new List<HeaderList>();
        while (!bytes.IsEmpty && groups.Count < Max)
        {
            var (headers, next, _) = HeaderReader.Read(bytes, Limits);
            if (headers.Count == 0 && next == 0) next = LineScanner.Line(bytes, 0).Next; // a line that is no field
            var group = Empty();
            foreach (var (name, raw) in headers)
            {
                // A recipient's first field seen twice: the blank line between two groups was lost.
                if (group.Contains(name) && IsOnce(name))
                {
                    groups.Add(group);
                    group = Empty();
                }
                group.AddFromWire(Header.FromWire(name, raw));
            }
            if (group.Count > 0) groups.Add(group);
            bytes = bytes[next..];
        }
        return groups;
    }

    private static bool IsOnce(string name) => name.ToLowerInvariant() is "final-recipient" or "original-recipient" or "action" or "status";
}
