using nietras.SeparatedValues;

namespace Community.Members;

/// <summary>A line of a list that staff paste or upload: of addresses, of member numbers.</summary>
/// <param name="Text">On one line: as it was pasted, or what a file's row has, with tabs.</param>
/// <param name="Fields">What stands between its separators, without quotation marks. Empty ones are left out.</param>
public sealed record ListLine(string Text, IReadOnlyList<string> Fields)
{
    /// <summary>The lines of a text that was pasted, those that are empty left out. Each may have another separator.</summary>
    public static IReadOnlyList<ListLine> Of(string? pasted)
    {
        if (string.IsNullOrWhiteSpace(pasted)) return [];
        try { return [.. Read(new StringReader(pasted), ImportFile.SeparatorOf(pasted), pasted: true)]; }
        catch (FileUnreadable) when (pasted.Contains('"')) { return Of(pasted.Replace("\"", "")); }
    }

    /// <summary>The rows of a CSV or XLSX file as lines; a first row without digits and addresses is a heading.</summary>
    /// <param name="file">The file.</param>
    /// <param name="most">Lines behind these are not read.</param>
    /// <param name="ct">Cancels it.</param>
    /// <exception cref="FileUnreadable">It is neither.</exception>
    public static async Task<IReadOnlyList<ListLine>> Of(Stream file, int most, CancellationToken ct)
    {
        // A folder that nobody else reads: the list has addresses of people.
        var folder = Directory.CreateTempSubdirectory("community-list-");
        try
        {
            var path = Path.Combine(folder.FullName, "list");
            await using (var copy = new FileStream(path, FileMode.CreateNew)) await file.CopyToAsync(copy, ct);
            var lines = Rows(path).Take(most + 2).ToList();
            return lines is [var first, ..] && !first.Text.Any(c => char.IsDigit(c) || c is '@' or '＠') ? lines[1..] : lines;
        }
        finally { folder.Delete(recursive: true); }
    }

    static IEnumerable<ListLine> Rows(string path)
    {
        var format = ImportFile.Guess(path);
        if (!format.IsCsv)
        {
            foreach (var row in ImportFile.Rows(path, format))
                if (Of(row.Cells.Select(c => c.Text)) is { } line) yield return line;
            yield break;
        }
        using var text = ImportFile.Text(path, format);
        foreach (var line in Read(text, format.Separator, pasted: false)) yield return line;
    }

    static IEnumerable<ListLine> Read(TextReader text, char separator, bool pasted)
    {
        using var reader = ImportFile.Table(text, separator);
        while (ImportFile.Next(reader))
            foreach (var line in Lines(reader.Current, separator, pasted)) yield return line;
    }

    static List<ListLine> Lines(SepReader.Row row, char separator, bool pasted)
    {
        var raw = row.Span;
        if (row.ColCount == 1 && raw.IndexOfAny(FileFormat.Separators) >= 0 && ImportFile.SeparatorOf(raw) is var own && own != separator)
            return [.. Read(new StringReader(raw.ToString()), own, pasted)];
        var fields = new List<string>(row.ColCount);
        for (var i = 0; i < row.ColCount; i++)
        {
            var cell = row[i].Span;
            var field = cell.Contains('"') ? ImportFile.Unquoted(cell) : cell.ToString();
            // A quotation mark somewhere in a line means nothing: what follows up to the next one are lines of their own.
            if (field is null && cell.Contains('\n'))
                return [.. Read(new StringReader(raw.ToString().Replace("\"", "")), separator, pasted)];
            fields.Add(field ?? cell.ToString().Replace("\"", ""));
        }
        return Of(fields) is not { } line ? []
            : pasted && !raw.Trim().Contains('\n') ? [line with { Text = raw.ToString().Trim() }]
            : [line];
    }

    static ListLine? Of(IEnumerable<string> cells)
    {
        List<string> fields = [.. cells.Select(c => c.ReplaceLineEndings(" ").Trim().Trim('\uFEFF').Trim()).Where(c => c.Length > 0)];
        return fields.Count == 0 ? null : new(string.Join('\t', fields), fields);
    }
}
