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
        Assert.Contains("themes.wear", await Actions(site));
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
            var page = await web.Submit("/staff/theme", new() { ["token.radius"] = attack, ["token.color-link"] = attack, ["token.font-body"] = attack, ["token.shadow"] = attack });
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
        var page = await web.Submit("/staff/theme", new() { ["token.color-text"] = "#cccccc", ["act"] = "check" }, "form:has(#token-color-text)");
        Assert.Contains("Light: “Text” on “Page” has a contrast of 1.5; 4.5 is needed.", page.Text);
        Assert.Equal("{}", await Row(site, s => s.Tokens));
    }

    [Fact]
    public async Task A_text_that_can_hardly_be_read_is_refused_at_its_field_and_a_poor_one_is_kept()
    {
        var site = await host.NewSite();
        var web = await site.SignIn("web");
        var page = await web.Submit("/staff/theme?saved=1", new() { ["token.color-text"] = "#cccccc" }, "form:has(#token-color-text)");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Contains("at least 3.0 is needed", page.Document.QuerySelector("#token-color-text-error")!.TextContent);
        Assert.Null(page.Document.QuerySelector(".notice.ok"));
        Assert.Equal("{}", await Row(site, s => s.Tokens));
        await web.Submit(page, new() { ["token.color-text"] = "#858585" }, "form:has(#token-color-text)");
        Assert.Equal("""{"color-text":"#858585"}""", await Row(site, s => s.Tokens));
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
        await TestSite.Until(async () => (await web.Get("/staff/theme")).Document.QuerySelector("#theme-error")?.TextContent.Contains("test/theme.css:3") == true, "the error is shown");
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
