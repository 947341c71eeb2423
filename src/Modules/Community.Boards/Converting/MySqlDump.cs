using System.Text;
using System.Text.RegularExpressions;

namespace Community.Boards;

/// <summary>
/// Reads the rows of tables from a dump that <c>mysqldump</c> or phpBB's own backup has written (INSERT INTO … VALUES), sign by sign, so
/// that a statement of a gigabyte is read row by row.
/// </summary>
static partial class MySqlDump
{
    /// <summary>The rows of tables, one after the other; others are passed over.</summary>
    /// <param name="dump">The dump.</param>
    /// <param name="encoding">What it is written in.</param>
    /// <param name="isWanted">Of a table.</param>
    public static IEnumerable<DumpRow> Read(Stream dump, Encoding encoding, Func<string, bool> isWanted)
    {
        using var text = new DumpText(dump, encoding);
        var columns = new Dictionary<string, List<string>>();
        string? creating = null;
        while (text.Peek() >= 0)
        {
            // Statements begin on a line of their own; only the beginning of one is read as a line.
            var head = Head(text);
            if (Create().Match(head) is { Success: true } create)
            {
                columns[creating = create.Groups["table"].Value] = [];
                // A table without rows names the others' prefix, too.
                _ = isWanted(creating);
            }
            else if (creating is not null && Column().Match(head) is { Success: true } column)
                columns[creating].Add(column.Groups[1].Value);
            else if (Insert().Match(head) is { Success: true } insert)
            {
                creating = null;
                var table = insert.Groups["table"].Value;
                var names = insert.Groups["columns"].Success
                    ? [.. insert.Groups["columns"].Value.Split(',').Select(c => c.Trim(' ', '`', '"'))]
                    : columns.GetValueOrDefault(table) ?? [];
                foreach (var row in SqlValues.Read(text, table, isWanted(table), names, backslashes: true)) yield return row;
                continue;
            }
            if (head.StartsWith(')')) creating = null;
            // The rest of a long line that is no statement with rows.
            if (head.Length == MaxHead) text.ReadLine();
        }
    }

    const int MaxHead = 8 * 1024;

    /// <summary>A line, or of one with rows what stands before them.</summary>
    static string Head(DumpText text)
    {
        var head = new StringBuilder();
        for (int c; head.Length < MaxHead && (c = text.Read()) >= 0 && c != '\n';)
        {
            head.Append((char)c);
            if (c is 'S' or 's' && EndsWithValues(head) && head.Length > 7 && Insert().IsMatch(head.ToString())) break;
        }
        return head.ToString().TrimEnd('\r');
    }

    static bool EndsWithValues(StringBuilder head) =>
        head.Length >= 6 && head.ToString(head.Length - 6, 6).Equals("VALUES", StringComparison.OrdinalIgnoreCase);

    /// <summary>A table's name, perhaps with that of its database before it.</summary>
    const string Name = @"(?:(?:`[^`]+`|""[^""]+""|\w+)\.)?(?:`(?<table>[^`]+)`|""(?<table>[^""]+)""|(?<table>\w+))";

    [GeneratedRegex("^CREATE TABLE (?:IF NOT EXISTS )?" + Name, RegexOptions.IgnoreCase)]
    private static partial Regex Create();

    [GeneratedRegex(@"^\s+[`""](\w+)[`""] ")]
    private static partial Regex Column();

    [GeneratedRegex(
        @"^(?:INSERT|REPLACE)\s+(?:(?:IGNORE|DELAYED)\s+)?INTO\s+" + Name + @"\s*(?:\((?<columns>[^)]*)\))?\s*VALUES$",
        RegexOptions.IgnoreCase)]
    private static partial Regex Insert();
}
