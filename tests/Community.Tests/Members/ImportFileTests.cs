using System.IO.Compression;
using System.Text;
using Community.Members;
using SpreadCheetah;

namespace Community.Tests.Members;

/// <summary>How files of other systems are read.</summary>
public sealed class ImportFileTests : IDisposable
{
    readonly string path = Path.GetTempFileName();
    public void Dispose() => File.Delete(path);

    static readonly Encoding shiftJis = ShiftJis();

    static Encoding ShiftJis()
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        return Encoding.GetEncoding(932);
    }

    List<string[]> Read(byte[] bytes, out FileFormat format)
    {
        File.WriteAllBytes(path, bytes);
        format = ImportFile.Guess(path);
        return [.. ImportFile.Rows(path, format).Select(r => r.Cells.Select(c => c.Text).ToArray())];
    }

    public static TheoryData<string, byte[]> Marked =>
        new()
        {
            { "utf-8", [0xEF, 0xBB, 0xBF, .. "email\nhana@example.com\n"u8] },
            { "utf-8", [0xEF, 0xBB, 0xBF, .. "\"email\"\n\"hana@example.com\"\n"u8] },
            { "utf-8", [.. "email\r\nhana@example.com"u8] },
            { "utf-16", [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("email\nhana@example.com\n")] },
            { "utf-16", Encoding.Unicode.GetBytes("email\nhana@example.com\n") },
            { "utf-16BE", [0xFE, 0xFF, .. Encoding.BigEndianUnicode.GetBytes("email\nhana@example.com\n")] },
        };

    [Theory]
    [MemberData(nameof(Marked))]
    public void A_byte_order_mark_is_no_part_of_the_first_cell(string encoding, byte[] bytes)
    {
        Assert.Equal([["email"], ["hana@example.com"]], Read(bytes, out var format));
        Assert.Equal(encoding, format.Encoding);
    }

    [Fact]
    public void Shift_JIS_is_what_Windows_writes()
    {
        var rows = Read(shiftJis.GetBytes("名前,字\n髙橋,﨑山\nⅢ期,㎝①\n"), out var format);
        Assert.Equal("shift_jis", format.Encoding);
        Assert.Equal([["名前", "字"], ["髙橋", "﨑山"], ["Ⅲ期", "㎝①"]], rows);
        Assert.All(rows.SelectMany(r => r), cell => Assert.False(ImportFile.IsUnreadable(cell)));
    }

    [Theory]
    // A lead byte without its second, one that no table has, and a private letter.
    [InlineData(new byte[] { 0x81, 0x20 })]
    [InlineData(new byte[] { 0xFD })]
    [InlineData(new byte[] { 0xA0 })]
    [InlineData(new byte[] { 0x80 })]
    [InlineData(new byte[] { 0xF0, 0x40 })]
    [InlineData(new byte[] { 0x85, 0x40 })]
    public void A_byte_that_the_table_does_not_have_is_never_taken_for_a_letter(byte[] wrong)
    {
        var rows = Read([.. shiftJis.GetBytes("名前\n山"), .. wrong, .. "\n"u8], out _);
        Assert.True(ImportFile.IsUnreadable(rows[1][0]), string.Join(' ', rows[1][0].Select(c => $"U+{(int)c:X4}")));
    }

    [Theory]
    [InlineData("a,b,c\n1,\"2;;;;\n;\",3\n", ',')]
    [InlineData("a\tb\n\"1,2,3,4\"\t5\n", '\t')]
    [InlineData("a;b;c\n1,5;2,5;3\n", ';')]
    [InlineData("email\nhana@example.com\n", ',')]
    public void The_separator_is_guessed(string text, char separator)
    {
        Read(Encoding.UTF8.GetBytes(text), out var format);
        Assert.Equal(separator, format.Separator);
    }

    [Fact]
    public void Quotes_line_breaks_and_blank_lines_keep_their_line_numbers()
    {
        File.WriteAllText(path, "a,b\n\"one\ntwo \"\"x\"\"\",1\n\n,\n=3,2,extra\n");
        var rows = ImportFile.Rows(path, ImportFile.Guess(path)).ToList();
        Assert.Equal([1, 2, 6], rows.Select(r => r.Line));
        Assert.Equal("one\ntwo \"x\"", rows[1][0].Text);
        Assert.Equal("", rows[2][7].Text);
    }

    [Fact]
    public void Text_that_looks_like_a_formula_is_defused_so_that_reading_takes_it_off_again()
    {
        foreach (var text in new[] { "=1+1", "+81 3 0000 0000", "-x", "@hana", "'=quoted", "''+", "\tTab", "'plain", "plain", "", "5" })
        {
            var written = Formulas.Defused(text);
            Assert.False(written.Length > 0 && "=+-@\t\r".Contains(written[0]), text);
            Assert.Equal(text, Formulas.Restored(written));
        }
        Assert.Equal("'plain", Formulas.Defused("'plain"));
    }

    [Fact]
    public async Task Cells_of_a_workbook_are_read_by_what_they_are()
    {
        await using (var file = File.Create(path))
        await using (var sheet = await Spreadsheet.CreateNewAsync(file))
        {
            await sheet.StartWorksheetAsync("Members");
            await sheet.AddRowAsync([new DataCell("tel"), new DataCell("day"), new DataCell("n"), new DataCell("t"), new DataCell("yes")]);
            await sheet.AddRowAsync([
                new DataCell(9012345678),
                new DataCell(new DateTime(2026, 6, 1)),
                new DataCell(4.41e11),
                new DataCell("0600001"),
                new DataCell(true),
            ]);
            await sheet.AddRowAsync([
                new DataCell("=1+1"),
                new DataCell(45991),
                new DataCell(-5),
                new DataCell("00123"),
                new DataCell(1234567890123456789),
            ]);
            await sheet.StartWorksheetAsync("Other");
            await sheet.AddRowAsync([new DataCell("x")]);
            await sheet.FinishAsync();
        }
        var format = ImportFile.Guess(path);
        Assert.Equal("xlsx", format.Kind);
        Assert.Equal(["Members", "Other"], ImportFile.Sheets(path));
        var rows = ImportFile.Rows(path, format).ToList();
        Assert.Equal(["9012345678", "2026-06-01", "441000000000", "0600001", "TRUE"], rows[1].Cells.Select(c => c.Text));
        Assert.Equal(["=1+1", "45991", "-5", "00123"], rows[2].Cells.Select(c => c.Text).Take(4));
        Assert.Equal("2025-11-30", ImportFile.DayOf(rows[2][1]));
        Assert.Equal(CellKind.Error, rows[2][4].Kind);
        Assert.Null(ImportFile.DayOf(new("45991")));
        Assert.Equal("x", Assert.Single(ImportFile.Rows(path, format with { Sheet = 1 }))[0].Text);
    }

    [Theory]
    [InlineData("import.unreadable.xls", new byte[] { 0xD0, 0xCF, 0x11, 0xE0, 0, 0 })]
    [InlineData("import.unreadable.broken", new byte[] { (byte)'P', (byte)'K', 3, 4, 1, 2, 3 })]
    [InlineData("import.unreadable.kind", new byte[] { 0x89, (byte)'P', (byte)'N', (byte)'G', 0, 1, 2, 3, 255, 254 })]
    public void What_is_no_table_is_refused_with_a_word_for_it(string reason, byte[] bytes)
    {
        File.WriteAllBytes(path, bytes);
        Assert.Equal(reason, Assert.Throws<FileUnreadable>(() => ImportFile.Guess(path)).Text);
    }

    /// <summary>A workbook by hand: what other programs write, and our own never would.</summary>
    void Workbook(string rows, string after = "", string workbook = "", string shared = "", string styles = "", string second = "")
    {
        File.Delete(path);
        using var zip = ZipFile.Open(path, ZipArchiveMode.Create);
        void Part(string name, string text)
        {
            using var writer = new StreamWriter(zip.CreateEntry(name).Open());
            writer.Write("<?xml version=\"1.0\" encoding=\"UTF-8\"?>" + text);
        }
        const string office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            types = "http://schemas.openxmlformats.org/package/2006/";
        Part("[Content_Types].xml", $"""
            <Types xmlns="{types}content-types"><Default Extension="xml" ContentType="application/xml"/></Types>
            """);
        Part("_rels/.rels", $"""
            <Relationships xmlns="{types}relationships">
            <Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>
            """);
        Part("xl/workbook.xml", $"""
            <workbook xmlns="{main}" xmlns:r="{office}">{workbook}<sheets><sheet name="A" sheetId="1" r:id="r1"/>
            {(second.Length > 0 ? "<sheet name=\"B\" sheetId=\"2\" r:id=\"r4\"/>" : "")}</sheets></workbook>
            """);
        Part("xl/_rels/workbook.xml.rels", $"""
            <Relationships xmlns="{types}relationships">
            <Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>
            <Relationship Id="r2" Type="{office}/sharedStrings" Target="sharedStrings.xml"/>
            <Relationship Id="r3" Type="{office}/styles" Target="styles.xml"/>
            <Relationship Id="r4" Type="{office}/worksheet" Target="worksheets/sheet2.xml"/></Relationships>
            """);
        if (shared.Length > 0) Part("xl/sharedStrings.xml", shared);
        if (styles.Length > 0) Part("xl/styles.xml", styles);
        Part("xl/worksheets/sheet1.xml", Sheet(rows));
        if (second.Length > 0) Part("xl/worksheets/sheet2.xml", Sheet(second));

        string Sheet(string cells) => $"""<worksheet xmlns="{main}"><sheetData>{cells}</sheetData>{after}</worksheet>""";
    }

    static string Row(int number, params string[] cells) =>
        $"<row r=\"{number}\">{string.Concat(cells.Select((c, i) => c.Replace("<c", $"<c r=\"{(char)('A' + i)}{number}\"")))}</row>";

    static string Text(string text) => $"<c t=\"inlineStr\"><is><t>{text}</t></is></c>";

    List<FileRow> Read() => [.. ImportFile.Rows(path, ImportFile.Guess(path))];

    [Fact]
    public void A_cell_with_an_error_or_a_formula_without_a_value_is_not_taken_for_a_blank_one()
    {
        Workbook(
            Row(1, Text("a"), Text("b"), Text("c"), Text("d"))
                + Row(2, "<c t=\"e\"><v>#N/A</v></c>", "<c><f>1+1</f></c>", "<c><f>1+1</f><v>2</v></c>",
                    "<c t=\"str\"><f>A1</f><v>x</v></c>")
                + Row(4, "<c t=\"e\"><f>1/0</f><v>#DIV/0!</v></c>", "<c t=\"str\"><f>A1</f></c>", "<c/>", "<c><v>1.2E+20</v></c>")
        );
        var rows = Read();
        Assert.Equal(["import.bad.error", "import.bad.formula", null, null], rows[1].Cells.Select(c => c.Fault));
        Assert.Equal(("2", "x"), (rows[1][2].Text, rows[1][3].Text));
        Assert.Equal(4, rows[2].Line);
        Assert.Equal(["import.bad.error", "import.bad.formula", null, "import.bad.digits"], rows[2].Cells.Select(c => c.Fault));
    }

    [Fact]
    public void Days_are_counted_from_where_the_workbook_says()
    {
        Workbook(Row(1, "<c><v>45991</v></c>", "<c><v>44529</v></c>"));
        Assert.Equal("2025-11-30", ImportFile.DayOf(Read()[0][0]));
        Workbook(Row(1, "<c><v>45991</v></c>", "<c><v>44529</v></c>"), workbook: "<workbookPr date1904=\"1\"/>");
        Assert.Equal("2025-11-30", ImportFile.DayOf(Read()[0][1]));
    }

    [Fact]
    public void A_merged_cell_counts_for_each_of_its_rows_and_says_so()
    {
        Workbook(
            Row(1, Text("who"), Text("where")) + Row(2, Text("a"), Text("Tokyo")) + Row(3, Text("b"), "<c/>") + Row(4, Text("c"), "<c/>"),
            "<mergeCells count=\"1\"><mergeCell ref=\"B2:B3\"/></mergeCells>"
        );
        var rows = Read();
        Assert.Equal(["Tokyo", "Tokyo", ""], rows.Skip(1).Select(r => r[1].Text));
        Assert.Equal([false, true, false], rows.Skip(1).Select(r => r[1].IsMerged));
    }

    [Fact]
    public void A_heading_merged_over_columns_is_that_of_each_of_them_and_a_value_that_of_the_first()
    {
        Workbook(
            Row(2, Text("who"), Text("telephone"), "<c/>", Text("where")) + Row(3, Text("a"), Text("1"), Text("2"), Text("x"))
                + Row(4, Text("b"), Text("3"), "<c/>", Text("y")),
            "<mergeCells count=\"2\"><mergeCell ref=\"B2:C2\"/><mergeCell ref=\"B4:C4\"/></mergeCells>"
        );
        var rows = Read();
        Assert.Equal(["who", "telephone", "telephone", "where"], rows[0].Cells.Select(c => c.Text));
        Assert.Equal(["3", ""], rows[2].Cells[1..3].Select(c => c.Text));
        Assert.DoesNotContain(rows.SelectMany(r => r.Cells), c => c.IsMerged);
        // Without headings, the first row is one like the others.
        var format = ImportFile.Guess(path) with { HasHeadings = false };
        Assert.Equal("", ImportFile.Rows(path, format).First()[2].Text);
    }

    [Fact]
    public void Hidden_rows_are_counted_and_left_out_only_if_asked()
    {
        Workbook(Row(1, Text("a")) + Row(2, Text("b")).Replace("<row ", "<row hidden=\"1\" ") + Row(3, Text("c")));
        var format = ImportFile.Guess(path);
        Assert.Equal(1, format.HiddenRows);
        Assert.Equal(["a", "b", "c"], ImportFile.Rows(path, format).Select(r => r[0].Text));
        Assert.Equal(["a", "c"], ImportFile.Rows(path, format with { SkipHidden = true }).Select(r => r[0].Text));
    }

    [Fact]
    public void A_workbook_that_would_fill_the_memory_or_the_day_of_its_reader_is_refused_before_it_is_read()
    {
        void Refused(string reason, object? limit = null)
        {
            Assert.True(new FileInfo(path).Length < 1024 * 1024);
            var error = Assert.Throws<FileUnreadable>(() => ImportFile.Guess(path));
            Assert.Equal((reason, limit), (error.Text, error.Arguments.FirstOrDefault()));
        }

        var one = Row(1, Text("a"));
        Workbook(one, shared: $"<sst><si><t>{new string(' ', 101 * 1024 * 1024)}</t></si></sst>");
        Refused("import.unreadable.large", 100L);
        Workbook(one, styles: $"<styleSheet>{new string(' ', 17 * 1024 * 1024)}</styleSheet>");
        Refused("import.unreadable.large", 16L);
        // One attribute is one string of its reader.
        Workbook($"<row r=\"1\" spans=\"{new string('1', 101 * 1024 * 1024)}\"/>");
        Refused("import.unreadable.large", 100L);
        var text = Text(new string('x', 1_000_001));
        Workbook(Row(1, text));
        Refused("import.unreadable.text", 1_000_000);
        // In a sheet that nobody chose, too.
        Workbook(one, second: Row(1, text));
        Refused("import.unreadable.text", 1_000_000);
        // Rows and columns that there cannot be: a reader would make each of those before them.
        Workbook(one + "<row r=\"2000000000\"><c><v>1</v></c></row>");
        Refused("import.unreadable.broken");
        Workbook(one + "<row r=\"2\"><c r=\"ZZZZZZ2\"><v>1</v></c></row>");
        Refused("import.unreadable.broken");
        Workbook(one, $"<mergeCells>{string.Concat(Enumerable.Repeat("<mergeCell ref=\"A1:B1\"/>", 10_001))}</mergeCells>");
        Refused("import.unreadable.merged", 10_000);
        // Entities that name each other, and a second part of the same name.
        Workbook("");
        using (var zip = ZipFile.Open(path, ZipArchiveMode.Update))
        {
            zip.GetEntry("xl/worksheets/sheet1.xml")!.Delete();
            using var writer = new StreamWriter(zip.CreateEntry("xl/worksheets/sheet1.xml").Open());
            writer.Write("<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>"
                + "<worksheet><sheetData>&b;</sheetData></worksheet>");
        }
        Refused("import.unreadable.broken");
        Workbook(one);
        using (var zip = ZipFile.Open(path, ZipArchiveMode.Update)) zip.CreateEntry("xl/worksheets/Sheet1.xml").Open().Dispose();
        Refused("import.unreadable.broken");
    }

    [Fact]
    public void What_a_workbook_has_beside_its_sheet_is_left_alone()
    {
        Workbook(Row(1, Text("a")), second: Row(1, Text("b")));
        using (var zip = ZipFile.Open(path, ZipArchiveMode.Update))
            foreach (var name in new[] { "xl/vbaProject.bin", "xl/media/image1.png", "customXml/item1.xml", "docProps/core.xml" })
            {
                using var part = zip.CreateEntry(name).Open();
                part.Write("no part of ours"u8);
            }
        Assert.Equal("a", Assert.Single(Read())[0].Text);
        Assert.Equal(["A", "B"], ImportFile.Sheets(path));
    }

    [Fact]
    public void A_zip_of_another_program_is_no_workbook()
    {
        foreach (var name in new[] { "content.xml", "xl/workbook.bin", "word/document.xml", "a.csv" })
        {
            File.Delete(path);
            using (var zip = ZipFile.Open(path, ZipArchiveMode.Create)) zip.CreateEntry(name).Open().Dispose();
            Assert.Equal("import.unreadable.kind", Assert.Throws<FileUnreadable>(() => ImportFile.Guess(path)).Text);
        }
        // Cut off while it was copied.
        Workbook(string.Concat(Enumerable.Range(1, 200).Select(n => Row(n, Text("a" + n * 7919)))));
        var whole = File.ReadAllBytes(path);
        foreach (var length in new[] { 30, whole.Length / 3, whole.Length - 30 })
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Equal("import.unreadable.broken", Assert.Throws<FileUnreadable>(() => ImportFile.Guess(path)).Text);
        }
    }

    [Theory]
    // Never closed; inside a text; after the end of a quoted one.
    [InlineData("a,b\n1,2\n3,\"x\n4,5\n6,7\n", 3, 5)]
    [InlineData("a,b\n1,5\" disc\n3,4\n5,6\" disc\n7,8\n", 2, 4)]
    [InlineData("a,b\n\"1\"x,2\n3,4\n", 2, 2)]
    public void A_quotation_mark_out_of_place_never_swallows_rows_in_silence(string text, int line, int last)
    {
        File.WriteAllText(path, text);
        var rows = Read();
        var bad = Assert.Single(rows, r => r.Fault is not null);
        Assert.Equal((line, last), (bad.Line, bad.Fault!.Value.LastLine));
        var lines = text.TrimEnd().Split('\n').Length;
        Assert.Equal(lines - (last - line), rows.Count);
    }

    [Fact]
    public void Control_characters_are_letters_of_no_encoding()
    {
        File.WriteAllText(path, "a\n" + string.Concat(Enumerable.Repeat("filler\n", 10_000)) + "x\0y\nline\tbreak\n");
        var rows = Read();
        Assert.True(ImportFile.IsUnreadable(rows[^2][0].Text));
        Assert.False(ImportFile.IsUnreadable(rows[^1][0].Text));
        File.WriteAllText(path, "a\nx\0y and more than a few letters\n");
        Assert.Equal("import.unreadable.kind", Assert.Throws<FileUnreadable>(() => ImportFile.Guess(path)).Text);
    }

    [Fact]
    public void Line_ends_of_several_systems_may_stand_in_one_file()
    {
        File.WriteAllText(path, "a,b\r\n1,2\n\r\n3,4\r5,6");
        Assert.Equal(["1", "3", "5"], Read().Skip(1).Select(r => r[0].Text));
    }

    [Fact]
    public void A_very_long_line_is_one_cell_and_a_wide_row_tells_that_it_is_too_wide()
    {
        File.WriteAllText(path, "a,b\n" + new string('x', 10_000_000) + ",1\n" + string.Join(',', Enumerable.Range(0, 1000)) + "\n");
        var rows = Read();
        Assert.Equal(10_000_000, rows[1][0].Text.Length);
        Assert.Equal(MemberImport.MaxColumns + 1, rows[2].Cells.Length);
    }

    [Fact]
    public void A_workbook_with_a_password_says_so()
    {
        File.WriteAllBytes(path, [0xD0, 0xCF, 0x11, 0xE0, .. new byte[100_000], .. Encoding.Unicode.GetBytes("EncryptedPackage"), 0, 0]);
        Assert.Equal("import.unreadable.encrypted", Assert.Throws<FileUnreadable>(() => ImportFile.Guess(path)).Text);
    }
}
