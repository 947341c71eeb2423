using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using nietras.SeparatedValues;

namespace Community.Boards;

/// <summary>
/// Makes a post of a record of a CSV file in the form that docs/archives.md describes, or of the one in which Discourse gives a member
/// their own posts (<c>user_archive.csv</c>).
/// </summary>
sealed partial class ReadCsv(string[] columns)
{
    readonly bool isDiscourse = IsDiscourse(columns);

    static bool IsDiscourse(string[] names) => names.Contains("post_raw") && names.Contains("url") && names.Contains("is_pm");

    /// <summary>The names of columns, of the line that names them.</summary>
    /// <exception cref="SourceBroken">It has no column for texts.</exception>
    public static string[] Columns(byte[] line)
    {
        var names = Cells(line).Select(c => c.Trim().TrimStart('\uFEFF').ToLowerInvariant()).ToArray();
        return names.Contains("text") || IsDiscourse(names) ? names : throw new SourceBroken("boards.import.bad.csv");
    }

    /// <exception cref="SourceBroken">It is no post.</exception>
    public SourcePost Of(byte[] record, DateTime now)
    {
        var cells = Cells(record);
        if (cells.Length != columns.Length) throw new SourceBroken("boards.import.bad.csv");
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

        string? Cell(string name) => Array.IndexOf(columns, name) is >= 0 and var at && cells[at].Trim().Length > 0 ? cells[at] : null;
    }

    /// <summary>
    /// Neither author nor numbers are in it: the file is one member's, and the openings of their topics may be others'. Keys are those of
    /// a converted backup, so that old addresses lead on, and a backup that comes later brings nothing twice.
    /// </summary>
    static SourcePost OfDiscourse(byte[] record, Func<string, string?> cell, DateTime now)
    {
        // In the language of that forum. What is no known "no" may be a private message.
        if (cell("is_pm") is { } message && !no.Contains(message.Trim())) throw new SourceBroken("boards.import.bad.message");
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
