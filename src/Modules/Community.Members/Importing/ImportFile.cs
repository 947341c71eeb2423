using System.Globalization;
using System.IO.Compression;
using System.Text;
using ExcelDataReader;
using nietras.SeparatedValues;

namespace Community.Members;

/// <summary>What a cell was in the file: text tells nothing of itself, a spreadsheet's cell may be a number or a date.</summary>
public enum CellKind { Text, Number, Date, Error }

/// <summary>A cell, as text that the attributes' rules read.</summary>
/// <param name="Text">The text; of an error, what the spreadsheet shows.</param>
/// <param name="Kind">What it was in the file.</param>
/// <param name="Fault">Of an error: the key of the reason.</param>
public readonly record struct Cell(string Text, CellKind Kind = CellKind.Text, string? Fault = null)
{
    /// <summary>The value is that of a cell merged with this one, in a row above.</summary>
    public bool IsMerged { get; init; }
    /// <summary>A number of a workbook that counts days from 1904.</summary>
    public bool Is1904 { get; init; }
}

/// <summary>A row of the file.</summary>
/// <param name="Line">The line, or the row of the sheet, on which it begins; from 1.</param>
/// <param name="Cells">May be fewer or more than there are headings.</param>
public sealed record FileRow(int Line, Cell[] Cells)
{
    /// <summary>Why the row as a whole cannot be trusted, and up to which line it goes; null if it can.</summary>
    public (string Reason, int LastLine)? Fault { get; init; }
    public Cell this[int column] => column >= 0 && column < Cells.Length ? Cells[column] : new("");
    public bool IsBlank => Fault is null && Cells.All(c => ValueRules.IsBlank(c.Text));
}

/// <summary>The file is none that can be read; <see cref="Text"/> is the key of the sentence, which names a limit in its place.</summary>
public sealed class FileUnreadable(string text, params object[] arguments) : Exception(text)
{
    public string Text => Message;
    public object[] Arguments => arguments;
}

/// <summary>Reads CSV and XLSX files row by row.</summary>
public static class ImportFile
{
    const int Probe = 64 * 1024;
    /// <summary>What a workbook may unpack to.</summary>
    const long Megabyte = 1024 * 1024, MaxUnpacked = 1024 * Megabyte;
    /// <summary>Spreadsheets keep 15 digits of a number.</summary>
    const double Exact = 1e15;

    static readonly System.Buffers.SearchValues<char> controls =
        System.Buffers.SearchValues.Create([.. Enumerable.Range(0, 32).Select(c => (char)c).Where(c => c is not ('\t' or '\n' or '\r'))]);

    static ImportFile() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>How a file is most likely to be read.</summary>
    /// <exception cref="FileUnreadable">It is neither CSV nor XLSX.</exception>
    public static FileFormat Guess(string path)
    {
        var probe = new byte[Probe];
        using (var file = File.OpenRead(path)) Array.Resize(ref probe, file.ReadAtLeast(probe, Probe, throwOnEndOfStream: false));
        if (probe is [(byte)'P', (byte)'K', 3, 4, ..])
        {
            return Workbook(path);
        }
        // The older format of Excel, PDF, and pictures, which people rename.
        if (probe is [0xD0, 0xCF, 0x11, 0xE0, ..])
            throw new FileUnreadable(IsEncrypted(path) ? "import.unreadable.encrypted" : "import.unreadable.xls");
        var encoding = EncodingOf(path, probe);
        if (encoding is "utf-8" or "shift_jis" && probe.Contains((byte)0)) throw new FileUnreadable("import.unreadable.kind");
        var format = new FileFormat("csv", encoding);
        return format with { Separator = SeparatorOf(Decoder(encoding).GetString(probe)) };
    }

    /// <summary>A workbook with a password is a compound file with this part in it, whose name stands in UTF-16.</summary>
    static bool IsEncrypted(string path)
    {
        var name = Encoding.Unicode.GetBytes("EncryptedPackage");
        using var file = File.OpenRead(path);
        var (buffer, kept) = (new byte[Probe], 0);
        for (int read; (read = file.Read(buffer, kept, buffer.Length - kept)) > 0;)
        {
            var all = buffer.AsSpan(0, kept + read);
            if (all.IndexOf(name) >= 0) return true;
            kept = Math.Min(name.Length, all.Length);
            all[^kept..].CopyTo(buffer);
        }
        return false;
    }

    static FileFormat Workbook(string path)
    {
        try
        {
            using (var zip = ZipFile.OpenRead(path))
            {
                if (zip.GetEntry("xl/workbook.xml") is null) throw new FileUnreadable("import.unreadable.kind");
                // No entry gives more than it says there.
                if (zip.Entries.Sum(e => e.Length) > MaxUnpacked)
                    throw new FileUnreadable("import.unreadable.large", MaxUnpacked / Megabyte);
            }
            return Of(WorkbookSheet.Check(path), new("xlsx"));
        }
        catch (Exception error) when (IsBroken(error)) { throw new FileUnreadable("import.unreadable.broken"); }
    }

    /// <summary>The format with what is known of its sheet: see <see cref="FileFormat.HiddenRows"/>.</summary>
    /// <exception cref="FileUnreadable">The workbook is damaged.</exception>
    public static FileFormat AsWorkbook(string path, FileFormat format)
    {
        if (format.IsCsv) return format;
        try { return Of(WorkbookSheet.Read(path, format.Sheet), format); }
        catch (Exception error) when (IsBroken(error)) { throw new FileUnreadable("import.unreadable.broken"); }
    }

    static FileFormat Of(WorkbookSheet sheet, FileFormat format) =>
        format with { HiddenRows = sheet.HiddenRows, HasFaults = sheet.HasFaults, From1904 = sheet.From1904 };

    static string EncodingOf(string path, byte[] probe)
    {
        if (probe is [0xEF, 0xBB, 0xBF, ..]) return "utf-8";
        if (probe is [0xFF, 0xFE, ..]) return "utf-16";
        if (probe is [0xFE, 0xFF, ..]) return "utf-16BE";
        // Without a mark: every other byte of Latin text, digits and separators is 0.
        var (even, odd) = (0, 0);
        for (var i = 0; i < probe.Length; i++)
            if (probe[i] == 0 && i % 2 == 0) even++;
            else if (probe[i] == 0) odd++;
        if (odd > probe.Length / 10 && even * 10 < odd) return "utf-16";
        if (even > probe.Length / 10 && odd * 10 < even) return "utf-16BE";
        return IsUtf8(path) ? "utf-8" : "shift_jis";
    }

    static bool IsUtf8(string path)
    {
        var strict = new UTF8Encoding(false, throwOnInvalidBytes: true);
        using var reader = new StreamReader(path, strict, false);
        var buffer = new char[Probe];
        try
        {
            while (reader.Read(buffer) > 0) { }
            return true;
        }
        catch (DecoderFallbackException) { return false; }
    }

    // A byte that the table does not have becomes U+FFFD, and its row a bad one (see IsUnreadable).
    static Encoding Decoder(string name) =>
        Encoding.GetEncoding(name == "shift_jis" ? 932 : Encoding.GetEncoding(name).CodePage,
            EncoderFallback.ExceptionFallback, name == "shift_jis" ? new NecLetters() : new DecoderReplacementFallback("\uFFFD"));

    /// <summary>
    /// Whether the text has a character that the file's encoding does not give: a byte that its table does not have, or that of a private
    /// letter (外字), which nobody else can show.
    /// </summary>
    public static bool IsUnreadable(string text) =>
        text.AsSpan().IndexOfAnyInRange('\u0080', '\u009F') >= 0
        // Such as NUL, which PostgreSQL stores in no text.
        || text.AsSpan().IndexOfAny(controls) >= 0
        || text.Contains('\uFFFD')
        || text.AsSpan().IndexOfAnyInRange('\uE000', '\uF8FF') >= 0;

    // The separator that stands equally often in the first lines, outside quotes.
    internal static char SeparatorOf(ReadOnlySpan<char> probe)
    {
        var counts = FileFormat.Separators.ToDictionary(s => s, _ => new List<int> { 0 });
        var (quoted, lines) = (false, 0);
        foreach (var c in probe)
        {
            if (c == '"') quoted = !quoted;
            else if (quoted) continue;
            else if (counts.TryGetValue(c, out var all)) all[^1]++;
            else if (c == '\n')
            {
                if (++lines >= 30) break;
                foreach (var list in counts.Values) list.Add(0);
            }
        }
        return counts
            .OrderByDescending(c => c.Value.Where(n => n > 0).GroupBy(n => n).Select(g => g.Count() * 1000 + g.Key).DefaultIfEmpty().Max())
            .First()
            .Key;
    }

    /// <summary>The rows of the file, headings included, blank rows left out. The file is read as they are asked for.</summary>
    /// <exception cref="FileUnreadable">It breaks off, or is no such file.</exception>
    public static IEnumerable<FileRow> Rows(string path, FileFormat format) => format.IsCsv ? Csv(path, format) : Xlsx(path, format);

    static IEnumerable<FileRow> Csv(string path, FileFormat format)
    {
        using var text = Text(path, format);
        using var reader = Table(text, format.Separator);
        // Of the first row the reader tells the number of the line after it.
        for (var isFirst = true; Next(reader); isFirst = false)
        {
            var row = Row();
            if (isFirst) row = row with { Line = 1 };
            if (!row.IsBlank) yield return row;
        }

        FileRow Row()
        {
            var row = reader.Current;
            var (cells, fault) = (new Cell[Math.Min(row.ColCount, MemberImport.MaxColumns + 1)], false);
            for (var i = 0; i < cells.Length; i++)
            {
                var raw = row[i].Span;
                var cell = raw.Contains('"') ? Unquoted(raw) : raw.ToString();
                fault |= cell is null;
                cells[i] = new(Formulas.Restored(cell ?? raw.ToString()));
            }
            return new(row.LineNumberFrom, cells)
            {
                // The last row's end of line is in the cell that is never closed.
                Fault = fault
                    ? ("import.bad.quote", Math.Max(row.LineNumberFrom, row.LineNumberToExcl - (row.Span.EndsWith('\n') ? 2 : 1)))
                    : null,
            };
        }
    }

    /// <summary>The text of a CSV file.</summary>
    internal static StreamReader Text(string path, FileFormat format) =>
        new(path, Decoder(format.Encoding), detectEncodingFromByteOrderMarks: true, Probe);

    /// <summary>Reads the rows of a text, whose columns may be more or fewer in each.</summary>
    // Not unescaped by the reader: only the raw cell tells whether its quotation marks stand where they may.
    internal static SepReader Table(TextReader text, char separator) =>
        Sep.New(separator).Reader(o => o with { HasHeader = false, DisableColCountCheck = true }).From(text);

    internal static bool Next(SepReader reader)
    {
        try { return reader.MoveNext(); }
        // A quote that is not closed makes one cell of the rest of the file.
        catch (Exception error) when (error is NotSupportedException or InvalidDataException or ArgumentException)
        {
            throw new FileUnreadable("import.unreadable.quote");
        }
    }

    /// <summary>The cell without its quotation marks; null if they do not stand around it.</summary>
    internal static string? Unquoted(ReadOnlySpan<char> raw)
    {
        raw = raw.Trim(' ');
        if (raw.Length < 2 || raw[0] != '"' || raw[^1] != '"') return null;
        var inner = raw[1..^1];
        for (var i = 0; i < inner.Length; i++)
            if (inner[i] == '"' && (i + 1 == inner.Length || inner[++i] != '"')) return null;
        return inner.ToString().Replace("\"\"", "\"");
    }

    /// <summary>The sheets of a workbook.</summary>
    public static IReadOnlyList<string> Sheets(string path)
    {
        try { return WorkbookSheet.Names(path); }
        catch (Exception error) when (IsBroken(error)) { throw new FileUnreadable("import.unreadable.broken"); }
    }

    static IEnumerable<FileRow> Xlsx(string path, FileFormat format)
    {
        using var stream = File.OpenRead(path);
        using var reader = Open();
        for (var sheet = 0; sheet < format.Sheet; sheet++)
            if (!reader.NextResult()) yield break;
        using var faults = format.HasFaults ? Faults() : null;
        var (merged, isFirst) = (Merged(reader.MergeCells), true);
        while (Next())
        {
            var cells = new Cell[Math.Min(reader.FieldCount, MemberImport.MaxColumns + 1)];
            for (var i = 0; i < cells.Length; i++) cells[i] = CellOf(reader, i, format.From1904);
            foreach (var (column, reason) in faults?.MoveTo(reader.Depth) ?? [])
                if (column < cells.Length && cells[column].Text.Length == 0) cells[column] = new("#", CellKind.Error, reason);
            foreach (var range in merged) range.Take(reader.Depth, cells, isFirst && format.HasHeadings);
            // A hidden row has no height.
            if (format.SkipHidden && reader.RowHeight <= 0) continue;
            var row = new FileRow(reader.Depth + 1, cells);
            if (row.IsBlank) continue;
            isFirst = false;
            yield return row;
        }

        WorkbookSheet Faults()
        {
            try { return WorkbookSheet.Open(path, format.Sheet); }
            catch (Exception error) when (IsBroken(error)) { throw new FileUnreadable("import.unreadable.broken"); }
        }

        IExcelDataReader Open()
        {
            try { return ExcelReaderFactory.CreateOpenXmlReader(stream); }
            catch (Exception error) when (IsBroken(error)) { throw new FileUnreadable("import.unreadable.broken"); }
        }

        bool Next()
        {
            try { return reader.Read(); }
            catch (Exception error) when (IsBroken(error)) { throw new FileUnreadable("import.unreadable.broken"); }
        }
    }

    static bool IsBroken(Exception error) =>
        error is ExcelDataReader.Exceptions.ExcelReaderException or InvalidDataException or System.Xml.XmlException or FormatException
            or IndexOutOfRangeException or NullReferenceException or ArgumentException or OverflowException or KeyNotFoundException;

    /// <summary>
    /// Cells merged over several rows: each row has the value that its readers see there. Merged over several columns, a heading is that of
    /// each of them; a value is that of the first alone, as one person has not several.
    /// </summary>
    sealed class MergedCells(CellRange range)
    {
        Cell value = new("");

        public void Take(int row, Cell[] cells, bool areHeadings)
        {
            if (row < range.FromRow || row > range.ToRow || range.FromColumn >= cells.Length) return;
            for (var i = range.FromColumn + 1; areHeadings && i <= Math.Min(range.ToColumn, cells.Length - 1); i++)
                if (cells[i].Text.Length == 0) cells[i] = cells[range.FromColumn];
            if (row == range.FromRow) value = cells[range.FromColumn] with { IsMerged = true };
            else if (cells[range.FromColumn].Text.Length == 0) cells[range.FromColumn] = value;
        }
    }

    static List<MergedCells> Merged(CellRange[]? ranges) =>
        [.. (ranges ?? []).Where(r => r.ToRow > r.FromRow || r.ToColumn > r.FromColumn).Select(r => new MergedCells(r))];

    static Cell CellOf(IExcelDataReader reader, int column, bool from1904)
    {
        return reader.GetValue(column) switch
        {
            null => new(""),
            string text => new(text),
            bool yes => new(yes ? "TRUE" : "FALSE"),
            DateTime at => new(
                at.ToString(at.TimeOfDay == TimeSpan.Zero ? "yyyy-MM-dd" : "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
                CellKind.Date
            ),
            double number when Math.Abs(number) >= Exact =>
                new(number.ToString("R", CultureInfo.InvariantCulture), CellKind.Error, "import.bad.digits"),
            double number => new(((decimal)number).ToString("0.###############", CultureInfo.InvariantCulture), CellKind.Number)
            {
                Is1904 = from1904,
            },
            var other => new(Convert.ToString(other, CultureInfo.InvariantCulture) ?? "", CellKind.Number),
        };
    }

    /// <summary>The day that a number in a cell without a date's format stands for: days since the end of 1899, or of 1903.</summary>
    public static string? DayOf(Cell cell) =>
        cell.Kind is CellKind.Number
        && double.TryParse(cell.Text, CultureInfo.InvariantCulture, out var days)
        && days is >= 61 and < 400_000
            ? (cell.Is1904 ? new DateTime(1904, 1, 1) : new DateTime(1899, 12, 30)).AddDays(Math.Floor(days))
                .ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
            : null;
}

/// <summary>
/// Text in CSV files that a spreadsheet would run as a formula. An apostrophe before it makes it text; the import takes that off again.
/// </summary>
public static class Formulas
{
    const string Signs = "=+-@\t\r";

    static bool IsRisky(ReadOnlySpan<char> text)
    {
        var rest = text.TrimStart('\'');
        return rest.Length > 0 && Signs.Contains(rest[0]);
    }

    public static string Defused(string text) => IsRisky(text) ? "'" + text : text;
    public static string Restored(string text) => text.StartsWith('\'') && IsRisky(text) ? text[1..] : text;
}
