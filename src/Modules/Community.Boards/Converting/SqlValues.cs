using System.Text;

namespace Community.Boards;

/// <summary>Reads the rows of an INSERT of a dump, sign by sign: a statement may have a gigabyte.</summary>
static class SqlValues
{
    /// <summary>(1,'a',NULL),(…); up to the semicolon.</summary>
    /// <param name="text">Stands behind VALUES; behind the end of the statement's line afterwards.</param>
    /// <param name="table">The table.</param>
    /// <param name="wanted">Whether its rows are wanted, or passed over.</param>
    /// <param name="columns">The names of its columns.</param>
    /// <param name="backslashes">Whether a backslash in a text means another sign, as in MySQL; in PostgreSQL only in E'…'.</param>
    public static IEnumerable<DumpRow> Read(TextReader text, string table, bool wanted, List<string> columns, bool backslashes)
    {
        var cells = new List<string?>();
        var cell = new StringBuilder();
        var (inRow, quoted, ended, depth) = (false, false, false, 0);
        for (int read; !ended && (read = text.Read()) >= 0; DumpText.Require(cell))
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
                var escapes = backslashes || (cell.Length == 1 && cell[0] is 'e' or 'E');
                quoted = true;
                String(text, cell.Clear(), c, escapes);
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
                // As COPY writes them.
                if (!quoted && !backslashes && value is "true" or "false") value = value[..1];
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
        cell.Length == 0 || cell[0] == '_' || (cell.Length == 1 && cell[0] is 'x' or 'X' or 'n' or 'N' or 'e' or 'E');

    /// <summary>What mysqldump --hex-blob makes of texts in columns for octets; null if it is none.</summary>
    static string? FromHex(string digits)
    {
        try { return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Convert.FromHexString(digits)); }
        catch (Exception error) when (error is FormatException or ArgumentException) { return null; }
    }

    /// <summary>Up to the closing sign, which is quoted by doubling, or by a backslash.</summary>
    static void String(TextReader text, StringBuilder to, char sign, bool escapes)
    {
        for (int read; (read = text.Read()) >= 0; DumpText.Require(to))
            if (escapes && read == '\\')
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
}
