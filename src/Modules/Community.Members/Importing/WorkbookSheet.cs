using System.Globalization;
using System.IO.Compression;
using System.Xml;

namespace Community.Members;

/// <summary>
/// What the reader of workbooks does not tell of a sheet: rows that are hidden, errors and formulas whose value was never calculated (it
/// shows both as blank cells), and from when days are counted. Goes along with the rows, and keeps one of them in memory.
/// </summary>
sealed class WorkbookSheet : IDisposable
{
    static readonly XmlReaderSettings settings = new() { DtdProcessing = DtdProcessing.Prohibit, IgnoreWhitespace = true };

    /// <summary>What the format allows; a crafted file that claims more would keep its readers busy with blank rows for hours.</summary>
    const int MaxRow = 1_048_576, MaxColumn = 16_384;
    /// <summary>Letters of a cell: Excel keeps 32,767, other programs more. Parts of a text stand in elements of their own.</summary>
    const int MaxText = 1_000_000;
    /// <summary>Merged cells of a sheet, all kept in memory; a form has some, a table of members none.</summary>
    const int MaxMerged = 10_000;
    /// <summary>What a part but a sheet may unpack to, which readers hold in memory.</summary>
    const long MaxShared = 100 * 1024 * 1024, MaxPart = 16 * 1024 * 1024;

    readonly ZipArchive zip;
    readonly XmlReader xml;
    readonly char[] buffer = new char[4096];
    int row = -1, merged, widths;
    readonly List<(int Column, string Reason)> faults = [];

    WorkbookSheet(ZipArchive zip, int sheet)
    {
        this.zip = zip;
        var (from1904, sheets) = Workbook(zip);
        if (sheet >= sheets.Count) throw new InvalidDataException("There is no such sheet.");
        From1904 = from1904;
        xml = XmlReader.Create(Part(sheets[sheet].Relation).Open(), settings);
    }

    public bool From1904 { get; }
    public int HiddenRows { get; private set; }
    public bool HasFaults { get; private set; }

    public static WorkbookSheet Open(string path, int sheet)
    {
        var zip = ZipFile.OpenRead(path);
        try { return new(zip, sheet); }
        catch { zip.Dispose(); throw; }
    }

    /// <summary>The names of the sheets, in the workbook's order.</summary>
    public static IReadOnlyList<string> Names(string path)
    {
        using var zip = ZipFile.OpenRead(path);
        return [.. Workbook(zip).Sheets.Select(s => s.Name)];
    }

    /// <summary>
    /// Refuses a workbook that would fill the memory of whoever reads it, or keep it busy: it unpacks to far more than it is, or claims
    /// more rows, columns or texts than there can be. Looks at each sheet, also at those that nobody chose, since an erasure reads them.
    /// </summary>
    /// <returns>The first sheet, read to its end.</returns>
    /// <exception cref="FileUnreadable">A part unpacks to too much.</exception>
    /// <exception cref="InvalidDataException">It is none that a spreadsheet writes.</exception>
    public static WorkbookSheet Check(string path)
    {
        int sheets;
        using (var zip = ZipFile.OpenRead(path))
        {
            // Of two parts with one name, one reader takes the first and another the last.
            var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            if (!zip.Entries.All(e => names.Add(e.FullName.Replace('\\', '/')))) throw new InvalidDataException("Two parts have one name.");
            // A long attribute is held in memory whole; a table of members does not shrink to a hundredth.
            foreach (var part in zip.Entries.Where(e => e.Length > 100 * e.CompressedLength)) Limit(part, MaxShared);
            foreach (var part in zip.Entries)
                if (part.FullName == "xl/workbook.xml" || part.Name.EndsWith(".rels", StringComparison.Ordinal)) Limit(part, MaxPart);
            foreach (var (type, part) in Relations(zip).Select(r => (r.Type, Entry(zip, r.Target))))
                if (part is not null && type.EndsWith("/sharedStrings", StringComparison.Ordinal)) Limit(part, MaxShared);
                else if (part is not null && type.EndsWith("/styles", StringComparison.Ordinal)) Limit(part, MaxPart);
            sheets = Workbook(zip).Sheets.Count;
        }
        for (var i = 1; i < sheets; i++) Read(path, i);
        return Read(path, 0);

        static void Limit(ZipArchiveEntry part, long max)
        {
            if (part.Length > max) throw new FileUnreadable("import.unreadable.large", max / 1024 / 1024);
        }
    }

    /// <summary>Reads the sheet to its end.</summary>
    public static WorkbookSheet Read(string path, int sheet)
    {
        using var read = Open(path, sheet);
        while (read.Next()) { }
        return read;
    }

    public void Dispose()
    {
        xml.Dispose();
        zip.Dispose();
    }

    /// <summary>The cells of a row, by columns from 0, that have no value, and why.</summary>
    public IReadOnlyList<(int Column, string Reason)> MoveTo(int wanted)
    {
        while (row < wanted && Next()) { }
        return row == wanted ? faults : [];
    }

    static (bool From1904, List<(string Name, string Relation)> Sheets) Workbook(ZipArchive zip)
    {
        using var workbook = XmlReader.Create(zip.GetEntry("xl/workbook.xml")!.Open(), settings);
        var (from1904, sheets) = (false, new List<(string, string)>());
        while (workbook.Read())
        {
            if (workbook.NodeType is not XmlNodeType.Element) continue;
            if (workbook.LocalName == "workbookPr") from1904 = IsTrue(workbook.GetAttribute("date1904"));
            else if (workbook.LocalName == "sheet") sheets.Add((workbook.GetAttribute("name") ?? "", RelationOf(workbook)));
        }
        return (from1904, sheets);
    }

    // The namespace differs in strict workbooks.
    static string RelationOf(XmlReader sheet)
    {
        var id = "";
        while (sheet.MoveToNextAttribute())
            if (sheet.LocalName == "id" && sheet.Prefix.Length > 0) id = sheet.Value;
        sheet.MoveToElement();
        return id;
    }

    ZipArchiveEntry Part(string id) =>
        Relations(zip).Where(r => r.Id == id).Select(r => Entry(zip, r.Target)).FirstOrDefault()
        ?? throw new InvalidDataException("The sheet is not there.");

    static ZipArchiveEntry? Entry(ZipArchive zip, string target) => zip.GetEntry(target.StartsWith('/') ? target[1..] : "xl/" + target);

    static List<(string Id, string Type, string Target)> Relations(ZipArchive zip)
    {
        var all = new List<(string, string, string)>();
        if (zip.GetEntry("xl/_rels/workbook.xml.rels") is not { } part) return all;
        using var relations = XmlReader.Create(part.Open(), settings);
        while (relations.Read())
            if (relations.NodeType is XmlNodeType.Element && relations.LocalName == "Relationship")
                all.Add((
                    relations.GetAttribute("Id") ?? "", relations.GetAttribute("Type") ?? "", relations.GetAttribute("Target") ?? ""
                ));
        return all;
    }

    /// <summary>Reads one row.</summary>
    bool Next()
    {
        while (xml.LocalName != "row" || xml.NodeType is not XmlNodeType.Element)
            if (!xml.Read()) return false;
            else if (xml.NodeType is XmlNodeType.Element && xml.LocalName == "mergeCell" && ++merged > MaxMerged)
                throw new FileUnreadable("import.unreadable.merged", MaxMerged);
            else if (xml.NodeType is XmlNodeType.Element && xml.LocalName == "col" && ++widths > MaxColumn)
                throw new InvalidDataException("There are not so many columns.");
        row = int.TryParse(xml.GetAttribute("r"), CultureInfo.InvariantCulture, out var number) ? number - 1 : row + 1;
        if (row is < 0 or >= MaxRow) throw new InvalidDataException("There is no such row.");
        if (IsTrue(xml.GetAttribute("hidden"))) HiddenRows++;
        faults.Clear();
        if (xml.IsEmptyElement) return xml.Read();
        var (column, next, hasFormula, hasValue) = (0, 0, false, false);
        while (xml.Read() && !(xml.NodeType is XmlNodeType.EndElement && xml.LocalName == "row"))
        {
            if (xml.NodeType is XmlNodeType.Element && xml.LocalName == "c")
            {
                column = ColumnOf(xml.GetAttribute("r")) ?? next;
                if (column is < 0 or >= MaxColumn) throw new InvalidDataException("There is no such column.");
                var isError = xml.GetAttribute("t") == "e";
                (next, hasFormula, hasValue) = (column + 1, false, isError);
                if (isError) faults.Add((column, "import.bad.error"));
            }
            else if (xml.NodeType is XmlNodeType.Element && xml.LocalName == "f") hasFormula = true;
            else if (xml.NodeType is XmlNodeType.Element && xml.LocalName is "v" or "is") hasValue = true;
            else if (xml.NodeType is XmlNodeType.EndElement && xml.LocalName == "c" && hasFormula && !hasValue)
                faults.Add((column, "import.bad.formula"));
            else if (xml.NodeType is XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace) Measure();
        }
        HasFaults |= faults.Count > 0;
        return true;
    }

    /// <summary>Goes over a text without keeping it.</summary>
    void Measure()
    {
        var length = 0;
        for (int read; (read = xml.ReadValueChunk(buffer, 0, buffer.Length)) > 0;)
            if ((length += read) > MaxText) throw new FileUnreadable("import.unreadable.text", MaxText);
    }

    static bool IsTrue(string? text) => text is "1" or "true";

    /// <summary>The number of a column, from 0, of a cell such as AB12.</summary>
    static int? ColumnOf(string? cell)
    {
        var column = 0;
        foreach (var c in cell ?? "")
            if (c is >= 'A' and <= 'Z') column = column * 26 + (c - 'A' + 1);
            else break;
        return column == 0 ? null : column - 1;
    }
}
