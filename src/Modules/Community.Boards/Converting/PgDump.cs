using System.Text;

namespace Community.Boards;

/// <summary>A row of a dump.</summary>
/// <param name="Table">Its table.</param>
/// <param name="Cell">What a column has, by its name; null for NULL, or if there is no such column.</param>
readonly record struct DumpRow(string Table, Func<string, string?> Cell);

/// <summary>Reads the rows of tables from a dump that <c>pg_dump</c> has written as text (COPY … FROM stdin), line by line.</summary>
static class PgDump
{
    /// <summary>The rows of the tables, one after the other; others are passed over.</summary>
    public static IEnumerable<DumpRow> Read(Stream dump, IReadOnlySet<string> tables)
    {
        using var lines = new StreamReader(dump, new UTF8Encoding(false), false, 64 * 1024, leaveOpen: true);
        while (lines.ReadLine() is { } line)
        {
            if (!line.StartsWith("COPY ", StringComparison.Ordinal) || !line.EndsWith(" FROM stdin;", StringComparison.Ordinal)) continue;
            var open = line.IndexOf('(');
            if (open < 0) continue;
            // COPY public.posts (id, user_id) FROM stdin;
            var table = line[5..open].Trim().Split('.')[^1].Trim('"');
            var columns = line[(open + 1)..line.LastIndexOf(')')].Split(", ").Select((c, i) => (Name: c.Trim('"'), i))
                .ToDictionary(c => c.Name, c => c.i);
            var wanted = tables.Contains(table);
            while (lines.ReadLine() is { } data && data != "\\.")
            {
                if (!wanted) continue;
                var cells = data.Split('\t');
                yield return new(table, name =>
                    columns.TryGetValue(name, out var at) && at < cells.Length && cells[at] != "\\N" ? Plain(cells[at]) : null);
            }
        }
    }

    /// <summary>PostgreSQL's documentation, COPY, "Text Format".</summary>
    internal static string Plain(string cell)
    {
        if (!cell.Contains('\\')) return cell;
        var text = new StringBuilder(cell.Length);
        for (var i = 0; i < cell.Length; i++)
            if (cell[i] != '\\' || i + 1 == cell.Length) text.Append(cell[i]);
            else
                text.Append(
                    cell[++i] switch
                    {
                        'n' => '\n',
                        't' => '\t',
                        'r' => '\r',
                        'b' => '\b',
                        'f' => '\f',
                        'v' => '\v',
                        var other => other,
                    }
                );
        return text.ToString();
    }
}
