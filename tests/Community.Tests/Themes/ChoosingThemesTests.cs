using System.Net;
using Community.Themes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Themes;

/// <summary>The webmaster's page of the theme.</summary>
public sealed class ChoosingThemesTests(TestHost host)
{
    [Theory, InlineData("anna"), InlineData("mod"), InlineData("mailer")]
    public async Task Only_who_may_choose_themes_gets_there(string key)
    {
        var site = await host.NewSite();
        var visitor = await site.SignIn(key);
        Assert.NotEqual(HttpStatusCode.OK, (await visitor.Get("/staff/theme")).Status);
        Assert.NotEqual(HttpStatusCode.OK, (await visitor.Get("/staff/theme/picture/plain.svg")).Status);
    }

    [Theory, InlineData("en", "Fjord"), InlineData("ja", "フィヨルド")]
    public async Task A_webmaster_chooses_another_theme_and_the_next_page_wears_it(string language, string title)
    {
        var site = await host.NewSite(culture: language);
        var web = await site.SignIn("web");
        var page = await web.Get("/staff/theme");
        Assert.Contains(title, page.Text);
        page = await web.Submit(page, new() { ["theme"] = "fjord" }, "form:has(button[name=theme])");
        Assert.NotNull(page.Document.QuerySelector(".notice.ok"));
        Assert.Equal("fjord", await Row(site, s => s.Theme));
        Assert.Contains("--x-color-header:", await Css(site));
        Assert.Contains("themes.publish", await Actions(site));
    }

    [Fact]
    public async Task A_value_of_a_token_shows_at_once_and_can_be_taken_back()
    {
        var site = await host.NewSite(r => r["theme"] = "washi");
        var web = await site.SignIn("web");
        var page = await web.Submit("/staff/theme", new() { ["token.color-brand"] = "#224466", ["token.radius"] = "12px" });
        Assert.NotNull(page.Document.QuerySelector(".notice.ok"));
        var css = await Css(site);
        Assert.Contains("--color-brand:#224466;", css);
        Assert.Contains("--radius:12px;", css);
        // What is the theme's is not kept: it follows the theme.
        Assert.Equal("""{"color-brand":"#224466","radius":"12px"}""", await Row(site, s => s.Tokens));
        Assert.Contains("themes.set", await Actions(site));

        await web.Submit(page, new() { ["reset"] = "color-brand" }, "form:has(button[name=reset])");
        Assert.Equal("""{"radius":"12px"}""", await Row(site, s => s.Tokens));
        await web.Submit("/staff/theme", new() { ["reset"] = "*" }, "form:has(button[name=reset])");
        Assert.Equal("{}", await Row(site, s => s.Tokens));
    }

    [Theory, InlineData("en"), InlineData("ja")]
    public async Task A_wrong_value_is_refused_in_words_and_what_was_typed_stays(string language)
    {
        var site = await host.NewSite(culture: language);
        var web = await site.SignIn("web");
        foreach (var attack in TokenTests.Attacks.Where(a => a.Trim().Length > 0 && !a.Contains('\0') && !a.Contains('\n')))
        {
            var page = await web.Submit(
                "/staff/theme",
                new()
                {
                    ["token.radius"] = attack,
                    ["token.color-link"] = attack,
                    ["token.font-body"] = attack,
                    ["token.shadow"] = attack,
                }
            );
            Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
            Assert.Equal(attack, page.Document.QuerySelector("#token-radius")!.GetAttribute("value"));
            Assert.NotNull(page.Document.QuerySelector("#token-radius-error"));
            Assert.NotNull(page.Document.QuerySelector(".error-summary a[href='/staff/theme#token-color-link']"));
            Assert.DoesNotContain("themes.value", page.Html);
        }
        Assert.Equal("{}", await Row(site, s => s.Tokens));
    }

    [Fact]
    public async Task Colours_that_are_hard_to_read_are_named_with_their_contrast()
    {
        var site = await host.NewSite();
        var web = await site.SignIn("web");
        Assert.Null((await web.Get("/staff/theme")).Document.QuerySelector("#contrast"));
        var page = await web.Submit(
            "/staff/theme",
            new() { ["token.color-text"] = "#cccccc", ["act"] = "check" },
            "form:has(#token-color-text)"
        );
        Assert.Contains("Light: “Text” on “Page” has a contrast of 1.5; 4.5 is advised.", page.Text);
        Assert.Equal("{}", await Row(site, s => s.Tokens));
    }

    [Fact]
    public async Task A_text_that_can_hardly_be_read_is_refused_at_its_field_and_a_poor_one_is_kept()
    {
        var site = await host.NewSite();
        var web = await site.SignIn("web");
        var page = await web.Submit("/staff/theme", new() { ["token.color-text"] = "#cccccc" }, "form:has(#token-color-text)");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Contains("at least 3.0 is needed", page.Document.QuerySelector("#token-color-text-error")!.TextContent);
        Assert.Null(page.Document.QuerySelector(".notice.ok"));
        Assert.Equal("{}", await Row(site, s => s.Tokens));
        await web.Submit(page, new() { ["token.color-text"] = "#858585" }, "form:has(#token-color-text)");
        Assert.Equal("""{"color-text":"#858585"}""", await Row(site, s => s.Tokens));
    }

    [Fact]
    public async Task A_logo_of_the_theme_before_refuses_no_save_and_comes_back_with_its_theme()
    {
        var site = await host.NewSite(r =>
        {
            r["theme"] = "fjord";
            r["tokens"] = new System.Text.Json.Nodes.JsonObject { ["logo"] = "images/northwind.svg" };
        });
        var web = await site.SignIn("web");
        await web.Submit("/staff/theme", new() { ["theme"] = "washi", ["keep"] = "1" }, "form:has(button[name=theme])");
        var form = await web.Get("/staff/theme");
        Assert.Contains("northwind.svg belongs to another theme", form.Document.QuerySelector("#token-logo-hint")!.TextContent);
        Assert.DoesNotContain("northwind.svg", form.Document.QuerySelector("#token-logo")!.InnerHtml);
        var saved = await web.Submit(form, new() { ["token.radius"] = "10px" }, "form:has(#token-color-text)");
        Assert.NotNull(saved.Document.QuerySelector(".notice.ok"));
        Assert.Equal("""{"logo":"images/northwind.svg","radius":"10px"}""", await Row(site, s => s.Tokens));
        await web.Submit("/staff/theme", new() { ["theme"] = "fjord", ["keep"] = "1" }, "form:has(button[name=theme])");
        Assert.Contains("northwind.svg", (await site.Visitor().Get("/")).Document.QuerySelector(".site-brand img")!.GetAttribute("src"));
    }

    [Fact]
    public async Task What_is_worn_already_refuses_no_other_change_and_what_is_wrong_stands_below_its_row()
    {
        var site = await host.NewSite(r => r["tokens"] = new System.Text.Json.Nodes.JsonObject { ["color-text"] = "#cccccc" });
        var web = await site.SignIn("web");
        var page = await web.Submit("/staff/theme", new() { ["token.radius"] = "10px" }, "form:has(#token-color-text)");
        Assert.NotNull(page.Document.QuerySelector(".notice.ok"));
        page = await web.Submit("/staff/theme", new() { ["token.color-text"] = "#dddddd" }, "form:has(#token-color-text)");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        var error = page.Document.QuerySelector("#token-color-text-error")!;
        Assert.Equal("LI", error.ParentElement!.TagName);
        Assert.StartsWith("Light: ", error.TextContent);
    }

    [Fact]
    public async Task To_take_one_value_back_publishes_nothing_else()
    {
        var site = await host.NewSite();
        var web = await site.SignIn("web");
        var page = await web.Submit("/staff/theme", new() { ["token.radius"] = "10px", ["token.space"] = "1.25rem" });
        await web.Submit(page, new() { ["reset"] = "radius", ["token.color-brand"] = "#224466" }, "form:has(button[name=reset])");
        Assert.Equal("""{"space":"1.25rem"}""", await Row(site, s => s.Tokens));
        Assert.NotNull((await web.Get("/staff/theme")).Document.QuerySelector("details button[name=reset][value='*']"));
    }

    [Fact]
    public async Task Two_webmasters_at_once_do_not_undo_each_other()
    {
        var site = await host.NewSite();
        var web = await site.SignIn("web");
        var old = await web.Get("/staff/theme");
        await web.Submit("/staff/theme", new() { ["token.radius"] = "10px" });
        var late = await web.Submit(old, new() { ["token.space"] = "1.25rem" });
        Assert.Equal(HttpStatusCode.Conflict, late.Status);
        Assert.Equal("1.25rem", late.Document.QuerySelector("#token-space")!.GetAttribute("value"));
        Assert.Equal("""{"radius":"10px"}""", await Row(site, s => s.Tokens));
    }

    [Fact]
    public async Task A_look_is_tried_by_its_webmaster_alone_until_it_is_published()
    {
        var site = await host.NewSite();
        var (web, other) = (await site.SignIn("web"), await site.SignIn("admin"));
        var page = await web.Submit(
            "/staff/theme",
            new() { ["token.color-brand"] = "#224466", ["act"] = "try" },
            "form:has(#token-color-text)"
        );
        Assert.Equal("/", page.Url.AbsolutePath);
        Assert.NotNull(page.Document.QuerySelector(".try-bar"));
        Assert.Contains("--color-brand:#224466;", (await web.Get(StyleOf(page))).Html);
        // Nobody else sees it, not even by its address.
        Assert.DoesNotContain("#224466", await Css(site));
        Assert.Null((await other.Get("/")).Document.QuerySelector(".try-bar"));
        Assert.DoesNotContain("#224466", (await other.Get(StyleOf(page))).Html);
        Assert.Equal("{}", await Row(site, s => s.Tokens));
        // It is changed further, in another theme.
        page = await web.Submit("/staff/theme", new() { ["try"] = "fjord", ["keep"] = "1" }, "form:has(button[name=try]):has([name=keep])");
        Assert.Contains("--x-color-header:", (await web.Get(StyleOf(page))).Html);
        Assert.Equal("#224466", (await web.Get("/staff/theme")).Document.QuerySelector("#token-color-brand")!.GetAttribute("value"));
        page = await web.Submit(page, new() { ["act"] = "publish" }, ".try-bar form");
        Assert.NotNull(page.Document.QuerySelector(".notice.ok"));
        Assert.Null(page.Document.QuerySelector(".try-bar"));
        Assert.Equal(("fjord", """{"color-brand":"#224466"}"""), (await Row(site, s => s.Theme), await Row(site, s => s.Tokens)));
        Assert.Contains("#224466", await Css(site));
    }

    [Fact]
    public async Task Who_stops_trying_sees_the_site_as_it_is()
    {
        var site = await host.NewSite();
        var web = await site.SignIn("web");
        var page = await web.Submit("/staff/theme", new() { ["token.radius"] = "11px", ["act"] = "try" }, "form:has(#token-color-text)");
        page = await web.Submit(page, new() { ["act"] = "stop" }, ".try-bar form");
        Assert.Null(page.Document.QuerySelector(".try-bar"));
        Assert.Contains("The preview has ended.", page.Text);
        Assert.NotEqual("11px", page.Document.QuerySelector("#token-radius")!.GetAttribute("value"));
        Assert.Equal(0, await site.Db(db => db.ThemeVersions.CountAsync()));
        // Not readable: it is not even tried.
        page = await web.Submit("/staff/theme", new() { ["token.color-text"] = "#cccccc", ["act"] = "try" }, "form:has(#token-color-text)");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
    }

    [Fact]
    public async Task What_was_tried_is_not_published_over_what_another_published_meanwhile()
    {
        var site = await host.NewSite();
        var (web, admin) = (await site.SignIn("web"), await site.SignIn("admin"));
        var page = await web.Submit("/staff/theme", new() { ["token.radius"] = "11px", ["act"] = "try" }, "form:has(#token-color-text)");
        await admin.Submit("/staff/theme", new() { ["token.radius"] = "9px" });
        page = await web.Submit(page, new() { ["act"] = "publish" }, ".try-bar form");
        Assert.NotNull(page.Document.QuerySelector(".notice.danger"));
        Assert.Equal("""{"radius":"9px"}""", await Row(site, s => s.Tokens));
        await web.Submit(page, new() { ["act"] = "publish" }, ".try-bar form");
        Assert.Equal("""{"radius":"11px"}""", await Row(site, s => s.Tokens));
    }

    [Fact]
    public async Task The_look_before_comes_back_whole()
    {
        var site = await host.NewSite(r => r["theme"] = "washi");
        var web = await site.SignIn("web");
        await web.Submit("/staff/theme", new() { ["token.color-brand"] = "#224466", ["token.logo"] = "" });
        await web.Submit("/staff/theme", new() { ["token.radius"] = "12px" });
        var page = await web.Submit("/staff/theme", new() { ["reset"] = "*" }, "form:has(button[name=reset])");
        Assert.Equal("{}", await Row(site, s => s.Tokens));
        page = await web.Submit(
            page,
            new() { ["back"] = page.Document.QuerySelector(".notice.ok button[name=back]")!.GetAttribute("value")! },
            ".notice.ok form"
        );
        Assert.Equal("""{"color-brand":"#224466","radius":"12px"}""", await Row(site, s => s.Tokens));
        // And all before it, newest first, each once.
        var earlier = page
            .Document.QuerySelectorAll("[aria-labelledby=earlier] button[name=back]")
            .Select(b => b.GetAttribute("value")!)
            .ToList();
        Assert.Equal(2, earlier.Count);
        await web.Submit(page, new() { ["back"] = earlier[0] }, "[aria-labelledby=earlier] form");
        Assert.Equal("{}", await Row(site, s => s.Tokens));
        page = await web.Get("/staff/theme");
        foreach (var picture in page.Document.QuerySelectorAll("[aria-labelledby=earlier] img"))
            Assert.Equal(HttpStatusCode.OK, (await web.Get(picture.GetAttribute("src")!)).Status);
        Assert.Contains("themes.set", await Actions(site));
    }

    [Fact]
    public async Task No_more_looks_are_kept_than_twenty()
    {
        var site = await host.NewSite();
        var web = await site.SignIn("web");
        for (var i = 1; i <= 23; i++) await web.Submit("/staff/theme", new() { ["token.radius"] = i % 2 == 0 ? "2px" : $"{i % 12 + 3}px" });
        Assert.Equal(20, await site.Db(db => db.ThemeVersions.CountAsync()));
    }

    [Fact]
    public async Task All_values_of_the_theme_again_leave_the_logo()
    {
        var site = await host.NewSite(r => r["theme"] = "washi");
        var web = await site.SignIn("web");
        var page = await web.Get("/staff/theme");
        var logo = page.Document.QuerySelectorAll("#token-logo option").Select(o => o.GetAttribute("value")!).First(v => v.Length > 0);
        await web.Submit(page, new() { ["token.logo"] = logo, ["token.radius"] = "12px" }, "form:has(#token-color-text)");
        await web.Submit("/staff/theme", new() { ["reset"] = "*" }, "form:has(button[name=reset])");
        Assert.Equal($$"""{"logo":"{{logo}}"}""", await Row(site, s => s.Tokens));
    }

    [Fact]
    public async Task A_check_without_complaint_says_so_and_saves_nothing()
    {
        var site = await host.NewSite();
        var web = await site.SignIn("web");
        var page = await web.Submit(
            "/staff/theme",
            new() { ["token.color-brand"] = "#224466", ["act"] = "check" },
            "form:has(#token-color-text)"
        );
        Assert.Contains("All combinations can be read well", page.Document.QuerySelector("#contrast.ok")!.TextContent);
        Assert.DoesNotContain("Saved", page.Text);
        Assert.Equal("{}", await Row(site, s => s.Tokens));
    }

    static string StyleOf(Page page) => page.Document.QuerySelector("link[href^='/theme.css']")!.GetAttribute("href")!;

    [Fact]
    public async Task A_theme_that_is_not_there_cannot_be_chosen()
    {
        var site = await host.NewSite();
        var web = await site.SignIn("web");
        var page = await web.Submit("/staff/theme", new() { ["theme"] = "../plain" }, "form:has(button[name=theme])");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Equal("plain", await Row(site, s => s.Theme));
    }

    [Fact]
    public async Task A_theme_that_is_broken_is_offered_to_no_new_site()
    {
        using var folders = new ThemeFolders();
        folders.Child(("theme.css", "body {"));
        await using var own = await TestHost.Start(new() { ["Community:Themes"] = folders.Path });
        var refused = await Assert.ThrowsAsync<Community.Sites.RecipeException>(() => own.NewSite(r => r["theme"] = "test"));
        Assert.Contains("fjord, plain, washi", refused.Message);
    }

    [Fact]
    public async Task The_webmaster_is_told_what_is_broken_and_can_see_the_site_plain()
    {
        using var folders = new ThemeFolders();
        folders.Child();
        await using var own = await TestHost.Start(new() { ["Community:Themes"] = folders.Path });
        var site = await own.NewSite(r => r["theme"] = "test");
        var web = await site.SignIn("web");
        folders.Write("test/theme.css", "@layer theme { .site-main { display: none } }");
        await TestSite.Until(async () => (await Css(site)).Contains("display: none"), "the page is hidden");
        var plain = await web.Get("/?safe-theme=1");
        var css = await web.Get(plain.Document.QuerySelector("link[href^='/theme.css']")!.GetAttribute("href")!);
        Assert.DoesNotContain("display: none", css.Html);
        // To others the same address shows the theme.
        var other = await site.Visitor().Get("/?safe-theme=1");
        Assert.DoesNotContain("safe-theme", other.Document.QuerySelector("link[href^='/theme.css']")!.GetAttribute("href"));

        folders.Write("test/theme.css", "@layer theme {\n}\nbody { display: none }");
        await TestSite.Until(
            async () =>
                (await web.Get("/staff/theme")).Document.QuerySelector("#theme-error")?.TextContent.Contains("test/theme.css:3") == true,
            "the error is shown"
        );
    }

    [Fact]
    public async Task The_pictures_of_themes_are_made_of_their_colours()
    {
        var site = await host.NewSite();
        var web = await site.SignIn("web");
        foreach (var name in new[] { "plain", "washi", "fjord" })
        {
            var picture = await web.Get($"/staff/theme/picture/{name}.svg");
            Assert.Equal(HttpStatusCode.OK, picture.Status);
            Assert.StartsWith("<svg", picture.Html);
        }
        Assert.Equal(HttpStatusCode.NotFound, (await web.Get("/staff/theme/picture/none.svg")).Status);
    }

    static async Task<string> Css(TestSite site)
    {
        var visitor = site.Visitor();
        return (await visitor.Get((await visitor.Get("/")).Document.QuerySelector("link[href^='/theme.css']")!.GetAttribute("href")!)).Html;
    }

    static Task<string> Actions(TestSite site) => site.Db(async db => string.Join(' ', await db.Audit.Select(a => a.Action).ToListAsync()));

    static async Task<T> Row<T>(TestSite site, Func<CatalogueSite, T> of)
    {
        await using var db = site.Host.Services.GetRequiredService<Databases>().OpenCatalogue();
        return of(await db.Sites.AsNoTracking().SingleAsync(s => s.Id == site.Site.Id));
    }
}
