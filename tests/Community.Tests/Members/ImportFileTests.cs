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
}
