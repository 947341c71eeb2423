using System.Net;
using Community.Themes;

namespace Community.Tests.Themes;

/// <summary>Themes as a visitor meets them: pages, style sheet, pictures, changes on disk.</summary>
public sealed class WearingThemesTests(TestHost host)
{
    [Theory, InlineData("washi", "ja"), InlineData("fjord", "en")]
    public async Task A_site_wears_its_theme(string theme, string language)
    {
        var site = await host.NewSite(r => { r["theme"] = theme; r["tokens"]!["color-brand"] = "#123456"; }, language);
        var page = await site.Visitor().Get("/");
        Assert.Equal(language, page.Document.DocumentElement.GetAttribute("lang"));
        Assert.NotNull(page.Document.QuerySelector("header.site-header .site-brand"));
        Assert.Equal("main", page.Document.QuerySelector("main")!.Id);
        Assert.Equal("page-home", page.Document.Body!.ClassName);
        Assert.Equal(language == "ja" ? "本文へ移動" : "Skip to the content", page.Document.QuerySelector(".skip-link")!.TextContent);
        var css = await site.Visitor().Get(page.Document.QuerySelector("link[href^='/theme.css']")!.GetAttribute("href")!);
        Assert.Contains("--color-brand:#123456;", css.Html);
        Assert.Contains("html[data-scheme=dark]{", css.Html);
        Assert.Contains("immutable", css.Headers.CacheControl!.ToString());
    }

    [Fact]
    public async Task The_pictures_of_a_theme_are_served_and_nothing_else()
    {
        var site = await host.NewSite(r => r["theme"] = "washi");
        var visitor = site.Visitor();
        var picture = await visitor.Get("/themes/washi/images/paper.svg");
        Assert.Equal(HttpStatusCode.OK, picture.Status);
        Assert.Contains("sandbox", picture.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal("nosniff", picture.Headers.GetValues("X-Content-Type-Options").Single());
        foreach (
            var path in new[]
            {
                "/themes/washi/theme.json",
                "/themes/washi/layout.hbs",
                "/themes/washi/partials/header.hbs",
                "/themes/washi/images/../theme.json",
                "/themes/washi/images/..%2ftheme.json",
                "/themes/washi/images/%2e%2e/theme.json",
                "/themes/washi/images/..%5ctheme.json",
                "/themes/washi/images//etc/passwd",
                "/themes/washi/images/%2fetc%2fpasswd",
                "/themes/../washi/images/paper.svg/",
                "/themes/fjord/images/contours.svg",
                "/themes/washi/images/",
                "/themes/washi/images/paper.svg%00.png",
                "/themes/%2e%2e/images/x",
            }
        )
            Assert.True((await visitor.Raw(path)).Status is HttpStatusCode.NotFound or HttpStatusCode.BadRequest, path);
    }

    [Fact]
    public async Task What_changes_on_disk_shows_at_the_next_request_and_what_is_broken_keeps_the_last_good_version()
    {
        using var folders = new ThemeFolders();
        folders.Child(("partials/footer.hbs", "<footer class=\"site-footer\"><p id=\"mine\">one</p>{{{footer}}}</footer>"));
        await using var own = await TestHost.Start(new() { ["Community:Themes"] = folders.Path });
        var site = await own.NewSite(r => r["theme"] = "test");
        Assert.Equal("one", await Mine());

        folders.Write("test/partials/footer.hbs", "<footer class=\"site-footer\"><p id=\"mine\">two</p>{{{footer}}}</footer>");
        await TestSite.Until(async () => await Mine() == "two", "the new footer is shown");

        folders.Write("test/partials/footer.hbs", "<footer>\n<p onclick=\"x\">three</p>{{{footer}}}</footer>");
        var store = (ThemeStore)own.Services.GetService(typeof(ThemeStore))!;
        await TestSite.Until(() => Task.FromResult(store.ErrorOf("test") is not null), "the error is kept");
        Assert.Equal(("test/partials/footer.hbs", 2), (store.ErrorOf("test")!.File, store.ErrorOf("test")!.Line));
        Assert.Equal("two", await Mine());

        folders.Write("test/partials/footer.hbs", "<footer class=\"site-footer\"><p id=\"mine\">four</p>{{{footer}}}</footer>");
        await TestSite.Until(async () => await Mine() == "four", "the mended footer is shown");
        Assert.Null(store.ErrorOf("test"));

        async Task<string?> Mine() => (await site.Visitor().Get("/")).Document.QuerySelector("#mine")?.TextContent;
    }

    [Fact]
    public async Task A_site_whose_theme_is_missing_is_still_reached()
    {
        using var folders = new ThemeFolders();
        folders.Child();
        await using var own = await TestHost.Start(new() { ["Community:Themes"] = folders.Path });
        var site = await own.NewSite(r => r["theme"] = "test");
        Directory.Delete(Path.Combine(folders.Path, "test"), recursive: true);
        var page = await site.Visitor().Get("/");
        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.NotNull(page.Document.QuerySelector("main#main"));
        Assert.Equal(HttpStatusCode.OK, (await site.Visitor().Get("/theme.css")).Status);
    }
}
