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

    readonly ZipArchive zip;
    readonly XmlReader xml;
    int row = -1;
    readonly List<(int Column, string Reason)> faults = [];

    WorkbookSheet(ZipArchive zip, int sheet)
    {
        this.zip = zip;
        From1904 = Workbook(sheet, out var id);
        xml = XmlReader.Create(Part(id).Open(), settings);
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

    bool Workbook(int sheet, out string id)
    {
        using var workbook = XmlReader.Create(zip.GetEntry("xl/workbook.xml")!.Open(), settings);
        var (from1904, sheets) = (false, new List<string>());
        while (workbook.Read())
        {
            if (workbook.NodeType is not XmlNodeType.Element) continue;
            if (workbook.LocalName == "workbookPr") from1904 = IsTrue(workbook.GetAttribute("date1904"));
            else if (workbook.LocalName == "sheet") sheets.Add(RelationOf(workbook));
        }
        if (sheet >= sheets.Count) throw new InvalidDataException("There is no such sheet.");
        id = sheets[sheet];
        return from1904;
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

    ZipArchiveEntry Part(string id)
    {
        using var relations = XmlReader.Create(zip.GetEntry("xl/_rels/workbook.xml.rels")!.Open(), settings);
        while (relations.Read())
            if (relations.NodeType is XmlNodeType.Element && relations.LocalName == "Relationship" && relations.GetAttribute("Id") == id)
            {
                var target = relations.GetAttribute("Target")!;
                return zip.GetEntry(target.StartsWith('/') ? target[1..] : "xl/" + target)
                    ?? throw new InvalidDataException("The sheet is not there.");
            }
        throw new InvalidDataException("The sheet is not there.");
    }

    /// <summary>Reads one row.</summary>
    bool Next()
    {
        while (xml.LocalName != "row" || xml.NodeType is not XmlNodeType.Element)
            if (!xml.Read()) return false;
        row = int.TryParse(xml.GetAttribute("r"), CultureInfo.InvariantCulture, out var number) ? number - 1 : row + 1;
        if (IsTrue(xml.GetAttribute("hidden"))) HiddenRows++;
        faults.Clear();
        if (xml.IsEmptyElement) return xml.Read();
        var (column, next, hasFormula, hasValue) = (0, 0, false, false);
        while (xml.Read() && !(xml.NodeType is XmlNodeType.EndElement && xml.LocalName == "row"))
        {
            if (xml.NodeType is XmlNodeType.Element && xml.LocalName == "c")
            {
                column = ColumnOf(xml.GetAttribute("r")) ?? next;
                var isError = xml.GetAttribute("t") == "e";
                (next, hasFormula, hasValue) = (column + 1, false, isError);
                if (isError) faults.Add((column, "import.bad.error"));
            }
            else if (xml.NodeType is XmlNodeType.Element && xml.LocalName == "f") hasFormula = true;
            else if (xml.NodeType is XmlNodeType.Element && xml.LocalName is "v" or "is") hasValue = true;
            else if (xml.NodeType is XmlNodeType.EndElement && xml.LocalName == "c" && hasFormula && !hasValue)
                faults.Add((column, "import.bad.formula"));
        }
        HasFaults |= faults.Count > 0;
        return true;
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
