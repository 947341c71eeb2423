using System.Text;
using nietras.SeparatedValues;

namespace Community.Boards;

/// <summary>Makes a post of a record of a CSV file in the form that docs/archives.md describes.</summary>
sealed class ReadCsv(string[] columns)
{
    /// <summary>The names of columns, of the line that names them.</summary>
    /// <exception cref="SourceBroken">It has no column for texts.</exception>
    public static string[] Columns(byte[] line)
    {
        var names = Cells(line).Select(c => c.Trim().TrimStart('\uFEFF').ToLowerInvariant()).ToArray();
        return names.Contains("text") ? names : throw new SourceBroken("boards.import.bad.csv");
    }

    /// <exception cref="SourceBroken">It is no post.</exception>
    public SourcePost Of(byte[] record, DateTime now)
    {
        var cells = Cells(record);
        if (cells.Length != columns.Length) throw new SourceBroken("boards.import.bad.csv");
        var (title, subject, answers) = (Cell("title"), Cell("subject"), ReadJson.Key(Cell("answers")));
        var at = ArchiveNames.Read(Cell("at"));
        return new()
        {
            Key = ReadJson.Key(Cell("id")) ?? ReadJson.KeyOf(record),
            Thread = ReadJson.Key(Cell("topic")),
            Answers = answers is null ? [] : [answers],
            Subject = subject ?? title ?? "",
            KnowsTitle = true,
            Title = subject is null && answers is null ? null : title,
            AuthorName = Cell("author") ?? "",
            Address = ReadJson.AddressOf(Cell("address")),
            At = at is { } said && ReadMail.IsTrue(said, now) ? at : null,
            EditedAt = ArchiveNames.Read(Cell("edited")),
            Text = Cell("text") ?? "",
        };

        string? Cell(string name) => Array.IndexOf(columns, name) is >= 0 and var at && cells[at].Trim().Length > 0 ? cells[at] : null;
    }

    static string[] Cells(byte[] record)
    {
        using var reader = Sep.New(',').Reader(o => o with { HasHeader = false, Unescape = true, DisableColCountCheck = true })
            .FromText(MailCharsets.Decode(record, "utf-8"));
        foreach (var row in reader)
        {
            var cells = new string[row.ColCount];
            for (var i = 0; i < cells.Length; i++) cells[i] = row[i].ToString();
            return cells;
        }
        return [];
    }
}
