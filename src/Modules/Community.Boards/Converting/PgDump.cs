using System.Text;
using System.Text.RegularExpressions;
using Community.Kernel;

namespace Community.Boards;

/// <summary>A row of a dump.</summary>
/// <param name="Table">Its table.</param>
/// <param name="Cell">What a column has, by its name; null for NULL, or if there is no such column.</param>
readonly record struct DumpRow(string Table, Func<string, string?> Cell);

/// <summary>
/// Reads the rows of tables from a dump that <c>pg_dump</c> has written as text: COPY … FROM stdin, line by line, or INSERT.
/// </summary>
static partial class PgDump
{
    /// <summary>The rows of the tables, one after the other; others are passed over.</summary>
    /// <exception cref="FileRefused">It is no text.</exception>
    public static IEnumerable<DumpRow> Read(Stream dump, IReadOnlySet<string> tables)
    {
        using var lines = new DumpText(dump, new UTF8Encoding(false));
        var defined = new Dictionary<string, List<string>>();
        List<string>? creating = null;
        while (lines.ReadLine() is { } line)
        {
            if (line.StartsWith("PGDMP", StringComparison.Ordinal))
                throw new FileRefused("boards.import.refused.pg-format");
            if (Create().Match(line) is { Success: true } create) defined[create.Groups["table"].Value] = creating = [];
            else if (creating is not null && Column().Match(line) is { Success: true } column) creating.Add(column.Groups[1].Value);
            else if (line.StartsWith(')')) creating = null;
            else if (Insert().Match(line) is { Success: true } insert)
            {
                var into = insert.Groups["table"].Value;
                var names = insert.Groups["columns"].Success
                    ? [.. insert.Groups["columns"].Value.Split(',').Select(c => c.Trim(' ', '"'))]
                    : defined.GetValueOrDefault(into) ?? [];
                // Texts go over lines: the rest of this one is read with those behind it.
                var rest = new Rest(line[insert.Length..] + "\n", lines);
                foreach (var row in SqlValues.Read(rest, into, tables.Contains(into), names, backslashes: false)) yield return row;
            }
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

    /// <summary>Some words, and then what follows them.</summary>
    sealed class Rest(string words, TextReader behind) : TextReader
    {
        int at;

        public override int Peek() => at < words.Length ? words[at] : behind.Peek();

        public override int Read() => at < words.Length ? words[at++] : behind.Read();

        public override string? ReadLine()
        {
            if (at == words.Length) return behind.ReadLine();
            (var rest, at) = (words[at..], words.Length);
            return rest;
        }
    }

    const string Name = @"(?:(?:""[^""]+""|\w+)\.)?(?:""(?<table>[^""]+)""|(?<table>\w+))";

    [GeneratedRegex("^CREATE TABLE (?:IF NOT EXISTS )?" + Name)]
    private static partial Regex Create();

    [GeneratedRegex(@"^\s+""?(?!CONSTRAINT )(\w+)""? ")]
    private static partial Regex Column();

    [GeneratedRegex("^INSERT INTO " + Name + @" (?:\((?<columns>[^)]*)\) )?(?:OVERRIDING SYSTEM VALUE )?VALUES")]
    private static partial Regex Insert();
}
