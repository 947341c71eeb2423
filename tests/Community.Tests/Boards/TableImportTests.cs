using System.Text;
using Community.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Boards;

/// <summary>Files of posts as spreadsheets and other programs write them: separators, charsets, line ends.</summary>
public sealed class TableImportTests(TestHost host)
{
    static TableImportTests() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>Three posts: one with a quoted cell over two lines that has all signs, one whose last cell is missing.</summary>
    static string Table(string id, char separator, string end, string before = "") =>
        before + string.Concat(new[]
        {
            "id|at|title|text|author",
            $"{id}1|2009-01-05|カップ|\"五| \"\"5,0\"\"; 5\t0\n5\"\" 管\"|高橋",
            $"{id}2|2009-01-06|ジョッキ|六の 5\" 管|",
            "||||",
            $"{id}3|2009-01-07|Bowl| \"seven\"",
            "",
        }.Select(line => line.Replace('|', separator) + end));

    static byte[] Written(string charset, string text, bool mark = false)
    {
        var encoding = charset is "utf-8" ? new UTF8Encoding(mark) : Encoding.GetEncoding(charset);
        return [.. mark ? encoding.GetPreamble() : [], .. encoding.GetBytes(text)];
    }

    [Fact]
    public async Task A_table_is_read_whatever_separates_its_cells_ends_its_lines_and_encodes_its_signs()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var files = new Dictionary<string, byte[]>
        {
            ["commas"] = Written("utf-8", Table("a", ',', "\r\n")),
            ["semicolons and a mark"] = Written("utf-8", Table("b", ';', "\r\n"), mark: true),
            ["Unicode text"] = Written("utf-16", Table("c", '\t', "\r\n"), mark: true),
            ["UTF-16 of the other order without a mark"] = Written("utf-16BE", Table("d", '\t', "\n")),
            ["Shift_JIS"] = Written("shift_jis", Table("e", ',', "\r\n")),
            ["EUC-JP"] = Written("euc-jp", Table("f", ',', "\n")),
            ["ISO-2022-JP"] = Written("iso-2022-jp", Table("g", ',', "\r\n")),
            ["carriage returns"] = Written("utf-8", Table("h", ';', "\r")),
            ["carriage returns and Shift_JIS"] = Written("shift_jis", Table("i", ',', "\r")),
            ["carriage returns and UTF-16"] = Written("utf-16", Table("j", '\t', "\r"), mark: true),
            ["a separator that is named"] = Written("utf-8", Table("k", '!', "\r\n", "sep=!\r\n"), mark: true),
            ["a named tab"] = Written("utf-8", Table("l", '\t', "\n", "sep=\t\n")),
        };
        foreach (var (name, file) in files)
        {
            var done = await BoardImports.Import(site, admin, file);
            Assert.True((done.Format, done.Found, done.Bad, done.Posts) == (BoardImportFormat.Csv, 3, 0, 3),
                $"{name}: {done.Format}, {done.Found}, {done.Bad}, {done.Posts}");
            var posts = await BoardImports.Posts(site, done.Id);
            var separator = name.Contains("separator that is named") ? '!' : name.Contains("semi") || name is "carriage returns" ? ';'
                : name.Contains("16") || name.Contains("tab") || name.Contains("Unicode") ? '\t' : ',';
            Assert.Equal([$"五{separator} \"5,0\"; 5\t0\n5\" 管", "六の 5\" 管", "seven"], posts.Select(p => p.Text));
            Assert.Equal(["カップ", "ジョッキ", "Bowl"], posts.Select(p => p.Topic.Title));
            Assert.Equal(["高橋", null, null], posts.Select(p => p.GuestName));
        }
    }

    [Fact]
    public async Task Lines_of_JSON_are_read_in_other_charsets()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        foreach (var (charset, end) in new[] { ("utf-16", "\r\n"), ("utf-16BE", "\n"), ("shift_jis", "\r\n"), ("euc-jp", "\r") })
        {
            // The second octet of 表 and 能 is, in Shift_JIS, that of a backslash.
            var lines = new[] { "一つめの表", "二つめの能" }.Select((text, i) =>
                $$"""{"id":"{{charset}}{{i}}","at":"2009-01-0{{i + 1}}","title":"題{{i}}","text":"{{text}}"}""" + end);
            var done = await BoardImports.Import(site, admin, Written(charset, string.Concat(lines), mark: charset is "utf-16"));
            Assert.Equal((BoardImportFormat.Json, 2, 0), (done.Format, done.Posts, done.Bad));
            Assert.Equal(["一つめの表", "二つめの能"], (await BoardImports.Posts(site, done.Id)).Select(p => p.Text));
        }
    }

    [Theory]
    [InlineData("[\n{\"id\":\"a\",\"at\":\"2009-01-05\",\"text\":\"on]e\"},\n{\"id\":\"b\"},\n{\"id\":\"c\",\"text\":\"{\\\"\"}\n]\n", 3)]
    [InlineData("[{\"id\":\"a\",\n \"at\": \"2009-01-05\",\n \"text\":\n \"on]e\"\n}\n, {\"id\": []\n},\n"
        + "{\"id\":\"c\", \"text\":\"{\\\"\"}]", 6)]
    public async Task An_array_of_JSON_is_read_object_by_object(string file, int badLine)
    {
        var site = await host.NewSite();
        var done = await BoardImports.Import(site, await site.SignIn("admin"), file);
        Assert.Equal((BoardImportFormat.Json, 3, 2, 1), (done.Format, done.Found, done.Posts, done.Bad));
        Assert.Equal(["on]e", "{\""], (await BoardImports.Posts(site, done.Id)).Select(p => p.Text));
        var fault = await site.Db(db => db.BoardImportFaults.SingleAsync(f => f.ImportId == done.Id && !f.IsNote));
        Assert.Equal(badLine, fault.Line);
    }

    [Theory]
    [InlineData("件名,本文\nこんにちは,はじめまして\n", "boards.import.bad.no-form")]
    [InlineData("Notes of the meeting.\n", "boards.import.bad.no-form")]
    [InlineData("From a@example.com Thu Jan  1 10:00:00 2009\nX: y\n\nWords\n", "boards.import.bad.no-header")]
    public async Task A_file_in_no_known_form_is_told_which_there_are(string file, string reason)
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var id = (await BoardImports.Check(site, admin, file)).Id;
        Assert.Equal([reason], await site.Db(db => db.BoardImportFaults.Where(f => f.ImportId == id).Select(f => f.Reason).ToListAsync()));
    }

    [Theory]
    [InlineData("utf-8", true)]
    [InlineData("utf-16", true)]
    [InlineData("utf-16BE", false)]
    [InlineData("shift_jis", false)]
    [InlineData("euc-jp", false)]
    [InlineData("iso-2022-jp", false)]
    public async Task An_array_of_JSON_on_one_line_is_read_and_each_object_found_again(string charset, bool mark)
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        // The second octets of these signs are { | } \ " in one of the charsets. The later in the file, the older.
        const string Signs = "ボポマ唖\\\" ]}ソ";
        var posts = Enumerable.Range(0, 300).Select(i => i == 150 ? "{\"id\":\"bad\",\"text\":[{}]}" :
            $$"""{"id":"{{i}}","at":"{{new DateTime(2009, 1, 1).AddHours(-i):s}}Z","title":"題{{i}}","text":"{{i}} {{Signs}}","a":[]}""");
        var done = await BoardImports.Import(site, admin, Written(charset, $"[{string.Join(',', posts)}]", mark));
        Assert.Equal((BoardImportFormat.Json, 300, 299, 1), (done.Format, done.Found, done.Posts, done.Bad));
        Assert.Equal(
            Enumerable.Range(0, 300).Reverse().Where(i => i != 150).Select(i => i + " ボポマ唖\" ]}ソ"),
            (await BoardImports.Posts(site, done.Id)).Select(p => p.Text));
        Assert.Equal("bad", await site.Db(db => db.BoardImportFaults.Where(f => !f.IsNote).Select(f => f.Key).SingleAsync()));
    }

    [Fact]
    public async Task A_text_of_JSON_that_nothing_closes_costs_its_object_and_not_the_array()
    {
        var site = await host.NewSite();
        const string file = "[\n {\"id\":\"a\",\n  \"text\":\"never closed},\n  \"title\":\"x\"\n },\n"
            + " 7, \"{\",\n {\"at\":\"2009-01-05\",\n  \"text\":\"two\"}]\n";
        var done = await BoardImports.Import(site, await site.SignIn("admin"), file);
        Assert.Equal(["two"], (await BoardImports.Posts(site, done.Id)).Select(p => p.Text));
        Assert.Equal([2], await site.Db(db => db.BoardImportFaults.Where(f => !f.IsNote).Select(f => f.Line).ToListAsync()));
    }

    [Fact]
    public async Task A_mark_that_nothing_closes_costs_one_line_and_a_day_that_may_be_a_month_is_no_date()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        const string file = "id;at;text\na;2009-03-01;one\nb;2009-03-02;\"never closed\nc;2009-03-03;three\nd;05.01.2009;four\n"
            + "e;05/01/2009 10:00;five\nf;2009-03-04;six;surplus\n";
        var done = await BoardImports.Import(site, admin, file);
        Assert.Equal((6, 4, 2), (done.Found, done.Posts, done.Bad));
        var posts = await BoardImports.Posts(site, done.Id);
        Assert.Equal(["one", "three", "four", "five"], posts.Select(p => p.Text));
        Assert.All(posts.Skip(1), p => Assert.Equal(new DateTime(2009, 3, 3), p.At));
        var faults = await site.Db(db => db.BoardImportFaults.Where(f => f.ImportId == done.Id).OrderBy(f => f.Id).ToListAsync());
        Assert.Equal(
            [
                (3, "boards.import.bad.csv"), (5, "boards.import.note.date"), (6, "boards.import.note.date"), (7, "boards.import.bad.csv"),
            ],
            faults.Select(f => (f.Line, f.Reason)));
    }
}
