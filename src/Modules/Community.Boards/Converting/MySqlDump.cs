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
    /// <param name="dump">The dump, in UTF-8.</param>
    /// <param name="isWanted">Of a table.</param>
    public static IEnumerable<DumpRow> Read(Stream dump, Func<string, bool> isWanted)
    {
        using var text = new StreamReader(dump, new UTF8Encoding(false), false, 64 * 1024, leaveOpen: true);
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
                foreach (var row in Values(text, table, isWanted(table), names)) yield return row;
                continue;
            }
            if (head.StartsWith(')')) creating = null;
            // The rest of a long line that is no statement with rows.
            if (head.Length == MaxHead) text.ReadLine();
        }
    }

    const int MaxHead = 8 * 1024;

    /// <summary>A line, or of one with rows what stands before them.</summary>
    static string Head(StreamReader text)
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

    /// <summary>(1,'a',NULL),(…); up to the semicolon.</summary>
    static IEnumerable<DumpRow> Values(StreamReader text, string table, bool wanted, List<string> columns)
    {
        var cells = new List<string?>();
        var cell = new StringBuilder();
        var (inRow, quoted, ended, depth) = (false, false, false, 0);
        for (int read; !ended && (read = text.Read()) >= 0;)
        {
            var c = (char)read;
            if (!inRow)
            {
                if (c == '(') (inRow, quoted) = (true, false);
                else if (c == ';') ended = true;
            }
            else if (c is '\'' or '"' && !quoted && depth == 0 && IsIntroducer(cell))
            {
                // _binary'…' says how the text is meant, x'…' that it is written in hexadecimal digits.
                var isHex = cell.Length == 1 && cell[0] is 'x' or 'X';
                quoted = true;
                String(text, cell.Clear(), c);
                if (isHex && FromHex(cell.ToString()) is { } octets) cell.Clear().Append(octets);
            }
            else if (c == '(' || (c == ')' && depth > 0))
            {
                // A function around a value.
                depth += c == '(' ? 1 : -1;
                cell.Append(c);
            }
            else if (c is ',' or ')' && depth == 0)
            {
                var value = cell.ToString();
                if (!quoted && value.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && FromHex(value[2..]) is { } plain)
                    value = plain;
                cells.Add(quoted || !value.Equals("NULL", StringComparison.OrdinalIgnoreCase) ? value : null);
                cell.Clear();
                quoted = false;
                if (c == ',') continue;
                if (wanted && columns.Count > 0)
                {
                    var (known, of) = (columns, cells.ToArray());
                    yield return new(table, name => known.IndexOf(name) is >= 0 and var at && at < of.Length ? of[at] : null);
                }
                cells.Clear();
                inRow = false;
            }
            // Behind a text only its collation may stand.
            else if (!quoted && !char.IsWhiteSpace(c)) cell.Append(c);
        }
        text.ReadLine();
    }

    static bool IsIntroducer(StringBuilder cell) =>
        cell.Length == 0 || cell[0] == '_' || (cell.Length == 1 && cell[0] is 'x' or 'X' or 'n' or 'N');

    /// <summary>What mysqldump --hex-blob makes of texts in columns for octets; null if it is none.</summary>
    static string? FromHex(string digits)
    {
        try { return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Convert.FromHexString(digits)); }
        catch (Exception error) when (error is FormatException or ArgumentException) { return null; }
    }

    /// <summary>Up to the closing sign; quoted as MySQL does, by a backslash or by doubling.</summary>
    static void String(StreamReader text, StringBuilder to, char sign)
    {
        for (int read; (read = text.Read()) >= 0;)
            if (read == '\\')
                to.Append(
                    text.Read() switch
                    {
                        '0' => '\0',
                        'n' => '\n',
                        'r' => '\r',
                        't' => '\t',
                        'b' => '\b',
                        'Z' => '\u001A',
                        var c => (char)c,
                    }
                );
            else if (read != sign)
                to.Append((char)read);
            else if (text.Peek() != sign)
                return;
            else
                to.Append((char)text.Read());
    }

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
