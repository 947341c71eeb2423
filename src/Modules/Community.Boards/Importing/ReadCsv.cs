using System.Globalization;
using System.Text.RegularExpressions;

namespace Community.Boards;

/// <summary>
/// Makes a post of a record of a CSV file in the form that docs/archives.md describes, or of the one in which Discourse gives a member
/// their own posts (<c>user_archive.csv</c>).
/// </summary>
sealed partial class ReadCsv
{
    /// <summary>Where a comma stands in numbers, spreadsheets write semicolons; tabs in what they call Unicode text.</summary>
    const string Separators = ",;\t";

    readonly string[] columns;
    readonly char separator;
    readonly bool isDiscourse;

    ReadCsv(string[] columns, char separator) =>
        (this.columns, this.separator, isDiscourse) = (columns, separator, IsDiscourse(columns));

    static bool IsDiscourse(string[] names) => names.Contains("post_raw") && names.Contains("url") && names.Contains("is_pm");

    /// <summary>
    /// Reads what stands before the records: the line that names the columns, perhaps behind one that names the separator
    /// (<c>sep=;</c>). Else it is the first separator with which the columns are there.
    /// </summary>
    /// <param name="line">The next line of the file; null at its end.</param>
    /// <exception cref="SourceBroken">No line names a column for texts.</exception>
    public static ReadCsv Begin(Func<string?> line)
    {
        var head = line();
        var separators = Separators;
        if (Separator().Match(head ?? "") is { Success: true } named) (separators, head) = (named.Groups[1].Value, line());
        foreach (var separator in separators)
        {
            var names = new CsvCells(separator);
            names.Add(head ?? "");
            string[] columns = [.. names.Cells.Select(c => c.Trim().TrimStart('\uFEFF').ToLowerInvariant())];
            if (columns.Contains("text") || IsDiscourse(columns)) return new(columns, separator);
        }
        throw new SourceBroken("boards.import.bad.csv");
    }

    /// <summary>Whether the line names columns, more than one.</summary>
    public static bool IsHead(IEnumerable<string> lines)
    {
        using var all = lines.GetEnumerator();
        try { return Begin(() => all.MoveNext() ? all.Current : null).columns.Length > 1; }
        catch (SourceBroken) { return false; }
    }

    public CsvCells NewRecord() => new(separator);

    /// <param name="record">Its octets, of which a key is made if it has none.</param>
    /// <param name="cells">Its cells.</param>
    /// <param name="now">What is later is no date.</param>
    /// <exception cref="SourceBroken">It is no post.</exception>
    public SourcePost Of(byte[] record, IReadOnlyList<string> cells, DateTime now)
    {
        // Spreadsheets leave out empty cells at the end of a line, and write some behind the last column.
        if (cells.Skip(columns.Length).Any(c => !string.IsNullOrWhiteSpace(c))) throw new SourceBroken("boards.import.bad.csv");
        if (isDiscourse) return OfDiscourse(record, Cell, now);
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

        string? Cell(string name) => Array.IndexOf(columns, name) is >= 0 and var at && at < cells.Count && cells[at].Trim().Length > 0
            ? cells[at] : null;
    }

    /// <summary>
    /// Neither author nor numbers are in it: the file is one member's, and the openings of their topics may be others'. Keys are those of
    /// a converted backup, so that old addresses lead on, and a backup that comes later brings nothing twice.
    /// </summary>
    static SourcePost OfDiscourse(byte[] record, Func<string, string?> cell, DateTime now)
    {
        // In the language of that forum. What is no known "no" may be a private message.
        if (cell("is_pm") is not { } message || !no.Contains(message.Trim())) throw new SourceBroken("boards.import.bad.message");
        var at = ArchiveNames.Read(cell("created_at")?.Replace("UTC", "Z", StringComparison.Ordinal));
        var place = Place().Match(cell("url") ?? "");
        var topic = place.Success ? long.Parse(place.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
        var number = place.Groups[2].Success ? int.Parse(place.Groups[2].Value, CultureInfo.InvariantCulture) : 1;
        return new()
        {
            Key = place.Success ? OldForums.DiscoursePost(topic, number) : ReadJson.KeyOf(record),
            Thread = place.Success ? OldForums.DiscourseTopic(topic) : null,
            Subject = cell("topic_title") ?? "",
            KnowsTitle = true,
            AuthorName = cell("author") ?? "",
            Address = ReadJson.AddressOf(cell("address")),
            At = at is { } said && ReadMail.IsTrue(said, now) ? at : null,
            Text = cell("post_raw") ?? "",
        };
    }

    static readonly HashSet<string> no = new(
        ["no", "false", "f", "0", "いいえ", "nein", "non", "nee", "não", "nej", "nei", "ei", "nie", "нет", "否", "아니요", "아니오"],
        StringComparer.OrdinalIgnoreCase);

    [GeneratedRegex(@"/t/(?:[^/?#]+/)?([0-9]{1,15})(?:/([0-9]{1,9}))?/?(?:[?#].*)?\z")]
    private static partial Regex Place();

    [GeneratedRegex(@"^\uFEFF?""?sep=([^""\w\s]|\t)\1*""?\1*$", RegexOptions.IgnoreCase)]
    private static partial Regex Separator();
}
