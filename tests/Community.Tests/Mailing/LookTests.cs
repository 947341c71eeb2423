using System.Net;
using System.Text.Json.Nodes;
using Community.Themes;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Mailing;

/// <summary>A mail has the look of the site that sends it.</summary>
public sealed class LookTests(TestHost host)
{
    async Task<string> Html(TestSite site)
    {
        var mailer = await site.SignIn("mailer");
        await mailer.Write("News", "Look at [our page](/boards)", also: new() { ["Form.Then"] = "save" });
        var id = await site.Db(db => db.Set<Community.Mailing.Mailing>().Select(m => m.Id).SingleAsync());
        return (await mailer.Get((await mailer.Get($"/staff/mailings/{id}")).Document.QuerySelector("iframe")!.GetAttribute("src")!)).Html;
    }

    [Fact]
    public async Task It_has_the_colours_of_the_theme_where_the_site_chose_none()
    {
        var html = await Html(await host.NewSite());
        Assert.Contains("border-top:4px solid #27506b", html);
        Assert.Contains("<a style=\"color:#1c587f\" href=", html);
    }

    [Fact]
    public async Task A_colour_that_nobody_could_read_is_made_darker_and_the_logo_has_its_whole_address_and_the_name()
    {
        var logo = $"/files/{new string('a', 64)}.png";
        var site = await host.NewSite(recipe =>
            recipe["tokens"] = new JsonObject
            {
                ["color-brand"] = "#ffcc00",
                ["color-link"] = "#ffee88",
                ["logo"] = logo,
            }
        );
        var html = await Html(site);
        Assert.Contains("border-top:4px solid #ffcc00", html);
        var link = html.Split("<a style=\"color:")[1][..7];
        Assert.NotEqual("#ffee88", link);
        Assert.True(Contrast.Between(link, "#ffffff") >= Contrast.Text, link);
        Assert.Contains($"<img src=\"{site.Url}{logo}\" alt=\"{site.Site.Name}\"", html);
        // A black logo stays visible where a mail program turns white grounds dark: a gradient is not turned.
        Assert.Contains("background-image:linear-gradient(#ffffff,#ffffff)", html);
        // Nothing is linked, and the one rule of the only style block adds the dark scheme.
        Assert.DoesNotContain("<link", html);
        Assert.Single(html.Split("<style>").Skip(1));
        Assert.Contains("<meta charset=\"utf-8\">", html);
    }

    [Fact]
    public async Task A_logo_that_mail_programs_do_not_show_has_one_beside_it_that_they_do()
    {
        var site = await host.NewSite(recipe => (recipe["theme"], recipe["tokens"]) =
            ("fjord", new JsonObject { ["logo"] = "images/northwind.svg" }));
        var html = await Html(site);
        Assert.Matches($"<img src=\"{site.Url}/themes/fjord/images/northwind\\.png\\?v=[0-9a-f]+\" alt=\"{site.Site.Name}\"", html);
        Assert.DoesNotContain(".svg", html);
        // Pages of other sites show it: there are mail programs that are some.
        var request = new HttpRequestMessage(HttpMethod.Get, "/themes/fjord/images/northwind.png");
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        request.Headers.Add("Sec-Fetch-Dest", "image");
        request.Headers.Add("Sec-Fetch-Mode", "no-cors");
        var loaded = await site.Visitor().Send(request);
        Assert.Equal((HttpStatusCode.OK, "image/png"), (loaded.Status, loaded.ContentType));
        Assert.Equal("cross-origin", loaded.Headers.GetValues("Cross-Origin-Resource-Policy").Single());
    }
}
