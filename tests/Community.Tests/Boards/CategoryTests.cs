using System.Net;
using Community.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Boards;

/// <summary>Categories of boards, their order, and icons.</summary>
[OnBothDatabases]
public sealed class CategoryTests(TestHost host)
{
    const string Url = "/staff/boards/categories";

    static Task<Page> Make(Visitor admin, string en, string ja = "") =>
        admin.Submit(Url + "/new", new() { ["name.en"] = en, ["name.ja"] = ja }, "form.form");

    static Dictionary<string, string> Board(string name, string category = "", string icon = "") =>
        new()
        {
            ["name"] = name,
            ["category"] = category,
            ["icon"] = icon,
            ["kind"] = "Interactive",
            ["read"] = "Everyone",
            ["write"] = "Members",
        };

    /// <summary>Headings and boards as the list shows them.</summary>
    static string List(Page page) => string.Join(" ",
        page.Document.QuerySelectorAll("main :is(.board-category, .board-name)").Select(e =>
            (e.ClassName == "board-category" ? "# " : "") + e.TextContent.Trim()));

    [Fact]
    public async Task Staff_make_name_order_and_delete_categories_and_lists_show_boards_under_them()
    {
        var site = await host.NewSite();
        var (admin, visitor) = (await site.SignIn("admin"), site.Visitor());
        Assert.Equal("General Announcements", List(await visitor.Get("/boards")));
        // Without categories no level of headings is left out.
        Assert.All((await visitor.Get("/boards")).Document.QuerySelectorAll(".board-name"), n => Assert.Equal("H2", n.TagName));
        Assert.All((await visitor.Get("/")).Document.QuerySelectorAll(".board-name"), n => Assert.Equal("H3", n.TagName));
        Assert.Contains("Help", (await Make(admin, "Help", "困ったとき")).Text);
        await Make(admin, "Company");
        var (general, news) = await site.Db(async db =>
            ((await db.Boards.SingleAsync(b => b.Key == "general")).Id, (await db.Boards.SingleAsync(b => b.Key == "news")).Id));
        var edit = await admin.Submit($"/staff/boards/{general}", Board("General", "1", "🛠️"), "form.wide");
        Assert.Equal((HttpStatusCode.OK, "/staff/boards"), (edit.Status, edit.Url.AbsolutePath));
        // A visitor's kept page shows it at once, in the reader's language; other boards come before the headings.
        Assert.Equal("Announcements # Help 🛠️General", List(await visitor.Get("/boards")));
        await visitor.Get("/language/ja");
        Assert.Equal("Announcements # 困ったとき 🛠️General", List(await visitor.Get("/boards")));
        Assert.Equal(["H2", "H3"],
            (await visitor.Get("/boards")).Document
                .QuerySelectorAll(".board-category, .board-category + ul .board-name").Select(e => e.TagName));
        Assert.Equal("true", (await admin.Get("/boards/general")).Document.QuerySelector("h1 .board-icon")!.GetAttribute("aria-hidden"));
        await admin.Submit($"/staff/boards/{news}", Board("Announcements", "2"), "form.wide");
        Assert.EndsWith("# Company Announcements", List(await site.Visitor().Get("/boards")));
        // The order of categories, and of boards within one.
        await admin.Submit(Url, new() { ["up"] = "true" }, $"form[action='{Url}/2/place']");
        Assert.Equal("# Company Announcements # Help 🛠️General", List(await site.Visitor().Get("/boards")));
        await admin.Submit(Url + "/2", new() { ["name.en"] = "The company", ["name.ja"] = "" }, "form.form");
        Assert.StartsWith("# The company", List(await site.Visitor().Get("/")));
        // Deleted, its boards stay.
        await admin.Submit(Url + "/1", [], $"form[action='{Url}/1/delete']");
        Assert.Equal("🛠️General # The company Announcements", List(await site.Visitor().Get("/boards")));
        // A form that was open meanwhile names no category.
        await admin.Submit($"/staff/boards/{general}", Board("General", "1"), "form.wide");
        Assert.Null(await site.Db(db => db.Boards.Where(b => b.Id == general).Select(b => b.CategoryId).SingleAsync()));
    }

    [Fact]
    public async Task A_step_in_the_order_of_boards_stays_within_their_category()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        await Make(admin, "One");
        await site.Db(db => db.Boards.Where(b => b.Key == "general" || b.Key == "inner")
            .ExecuteUpdateAsync(s => s.SetProperty(b => b.CategoryId, 1)));
        var general = await site.Db(db => db.Boards.Where(b => b.Key == "general").Select(b => b.Id).SingleAsync());
        Assert.Equal("Announcements Lounge # One General Inner", List(await admin.Get("/boards")));
        await admin.Submit("/staff/boards", new() { ["up"] = "false" }, $"form[action='/staff/boards/{general}/place']");
        Assert.Equal("Announcements Lounge # One Inner General", List(await admin.Get("/boards")));
        var last = (await admin.Get("/staff/boards")).Document.QuerySelectorAll($"form[action='/staff/boards/{general}/place'] button");
        Assert.Equal([false, true], last.Select(b => b.HasAttribute("disabled")));
    }

    [Fact]
    public async Task What_is_wrong_is_said_beside_its_field_and_nothing_is_lost()
    {
        var site = await host.NewSite();
        var (admin, anna) = (await site.SignIn("admin"), await site.SignIn("anna"));
        await Make(admin, "Help");
        var wrong = new[]
        {
            ("", "日本語", "name.en"), ("ＨＥＬＰ", "", "name.en"), (new string('x', 61), "", "name.en"), ("New", "a\u202eb", "name.ja"),
        };
        foreach (var (en, ja, field) in wrong)
        {
            var page = await Make(admin, en, ja);
            Assert.Equal((en, HttpStatusCode.UnprocessableEntity), (en, page.Status));
            Assert.NotNull(page.Document.GetElementById(field + "-error"));
            Assert.Equal(ja, page.Document.GetElementById("name.ja")!.GetAttribute("value") ?? "");
        }
        var general = await site.Db(db => db.Boards.Where(b => b.Key == "general").Select(b => b.Id).SingleAsync());
        foreach (var icon in new[] { "ab", "🛠️🛠️", "\u202e", "1\u0301\u0301\u0301\u0301\u0301\u0301" })
        {
            var page = await admin.Submit($"/staff/boards/{general}", Board("General", icon: icon), "form.wide");
            Assert.Equal((icon, HttpStatusCode.UnprocessableEntity), (icon, page.Status));
            Assert.NotNull(page.Document.QuerySelector("#icon-error"));
        }
        Assert.Equal(1, await site.Db(db => db.BoardCategories.CountAsync()));
        Assert.Equal(HttpStatusCode.NotFound, (await admin.Get(Url + "/99")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await anna.Get(Url)).Status);
    }
}
