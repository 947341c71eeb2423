using System.Text;

namespace Community.Boards;

/// <summary>
/// The cells of one record of CSV (RFC 4180), line by line. A quotation mark opens a cell only where the cell begins: within words it is
/// a sign like others (5" pipes).
/// </summary>
/// <remarks>
/// Imports of members read CSV with nietras.Sep. It gives rows with lines and characters, but not octets, and an import of posts goes on
/// from an octet of the file. To it a mark within words opens a cell, too, and one that nothing closes takes the rest of the file.
/// </remarks>
sealed class CsvCells(char separator)
{
    readonly List<string> cells = [];
    readonly StringBuilder cell = new();
    bool quoted;

    public IReadOnlyList<string> Cells => cells;
    public bool IsBlank => cells.TrueForAll(string.IsNullOrWhiteSpace);

    /// <summary>Adds a line. False if its last cell goes on in the next one.</summary>
    public bool Add(ReadOnlySpan<char> line)
    {
        if (quoted) cell.Append('\n');
        var begins = !quoted;
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            if (quoted && c != '"') cell.Append(c);
            else if (quoted && i + 1 < line.Length && line[i + 1] == '"') cell.Append(line[i++]);
            else if (quoted) quoted = false;
            else if (c == separator)
            {
                End();
                begins = true;
                continue;
            }
            else if (c == '"' && begins)
            {
                // Blanks before the mark are none of the cell's.
                cell.Clear();
                quoted = true;
            }
            else cell.Append(c);
            begins &= c == ' ';
        }
        if (!quoted) End();
        return !quoted;
    }

    void End()
    {
        cells.Add(cell.ToString());
        cell.Clear();
    }
}
