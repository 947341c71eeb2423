using System.Text;
using Community.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Boards;

/// <summary>Imports of posts through the front door.</summary>
static class BoardImports
{
    /// <summary>A mail of an archive.</summary>
    public static string Mail(
        string id,
        string subject,
        string text,
        string from = "Hana <hana@list.example>",
        string? answers = null,
        string date = "Mon, 05 Jan 2009 10:00:00 +0900",
        string more = "",
        string separator = "From hana@list.example Mon Jan  5 01:00:00 2009"
    ) =>
        $"{separator}\nMessage-ID: <{id}>\nFrom: {from}\nSubject: {subject}\n{(date.Length > 0 ? $"Date: {date}\n" : "")}"
        + $"{(answers is null ? "" : $"In-Reply-To: <{answers}>\n")}{more}\n{text}\n\n";

    public static async Task<BoardImport> Check(TestSite site, Visitor staff, byte[] file, string board = "general", bool members = false)
    {
        var sent = await Upload(site, staff, file, board, members);
        return await Until(site, long.Parse(sent.Location!.Segments[^1]), BoardImportState.Checked);
    }

    /// <summary>Sends a file; the answer leads to the check, or back.</summary>
    public static async Task<Page> Upload(TestSite site, Visitor staff, byte[] file, string board = "general", bool members = false)
    {
        var page = await staff.Get("/staff/boards/import");
        var id = await site.Db(db => db.Boards.Where(b => b.Key == board).Select(b => b.Id).FirstAsync());
        var form = page.Document.QuerySelector("form[enctype]")!;
        var content = new MultipartFormDataContent
        {
            { new ByteArrayContent(file), "file", "archive.mbox" },
            { new StringContent(id.ToString()), "board" },
        };
        if (members) content.Add(new StringContent("yes"), "members");
        foreach (var hidden in form.QuerySelectorAll("input[type=hidden]"))
            content.Add(new StringContent(hidden.GetAttribute("value")!), hidden.GetAttribute("name")!);
        return await staff.Send(new(HttpMethod.Post, form.GetAttribute("action")) { Content = content });
    }

    public static Task<BoardImport> Check(TestSite site, Visitor staff, string file, string board = "general", bool members = false) =>
        Check(site, staff, Encoding.UTF8.GetBytes(file), board, members);

    public static async Task<BoardImport> Press(TestSite site, Visitor staff, long id, string button, BoardImportState until)
    {
        await staff.Submit($"/staff/boards/import/{id}", [], $"form[action$='/{id}/{button}']");
        return await Until(site, id, until);
    }

    public static async Task<BoardImport> Import(TestSite site, Visitor staff, byte[] file, string board = "general", bool members = false)
    {
        var check = await Check(site, staff, file, board, members);
        return await Press(site, staff, check.Id, "run", BoardImportState.Done);
    }

    public static Task<BoardImport> Import(TestSite site, Visitor staff, string file, string board = "general", bool members = false) =>
        Import(site, staff, Encoding.UTF8.GetBytes(file), board, members);

    public static async Task<BoardImport> Until(TestSite site, long id, BoardImportState state)
    {
        BoardImport? import = null;
        await TestSite.Until(async () =>
        {
            import = await site.Db(db => db.BoardImports.AsNoTracking().FirstAsync(i => i.Id == id));
            return import.State == state || (import.State is BoardImportState.Stopped && state != BoardImportState.Stopped);
        }, $"import {id} is {state}");
        Assert.True(import!.State == state, $"{import.State}: {import.StopText}");
        return import;
    }

    public static Task<List<Post>> Posts(TestSite site, long import) => site.Db(db =>
        db.Posts.AsNoTracking().Include(p => p.Topic).Where(p => p.ImportId == import).OrderBy(p => p.Id).ToListAsync());
}
