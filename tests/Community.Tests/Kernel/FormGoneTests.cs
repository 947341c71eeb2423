using System.Net;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Kernel;

/// <summary>A form that its page, as things stand now, does not show: on every page of the product.</summary>
public sealed class FormGoneTests(TestHost host)
{
    static void SaysSo(Page page, string path)
    {
        Assert.Equal(HttpStatusCode.Conflict, page.Status);
        Assert.Equal("text/html", page.ContentType);
        Assert.Contains("no longer possible", page.Document.QuerySelector("main h1")!.TextContent);
        Assert.NotNull(page.Document.QuerySelector("header"));
        Assert.Equal(path, page.Document.QuerySelector("main a.button.primary")!.GetAttribute("href"));
        Assert.DoesNotContain("Cannot submit", page.Html);
    }

    [Theory]
    [InlineData("web", "/account", "bio", null)]
    [InlineData("admin", "/staff/groups/open/edit", "Description", "Whoever walks")]
    [InlineData("admin", "/staff/boards/new", "Name", null)]
    [InlineData("mailer", "/staff/mailings/new", "Form.Text", "An hour's work")]
    [InlineData("anna", "/boards/general/new?draft=1", "text", "Words of mine")]
    public async Task The_page_says_so_gives_the_words_back_and_leads_to_its_present_state(
        string who,
        string path,
        string field,
        string? words
    )
    {
        var site = await host.NewSite();
        var page = await (await site.SignIn(who)).Submit(path, new() { [field] = words ?? "", ["_handler"] = "of-yesterday" });
        SaysSo(page, path);
        if (words is not null)
            Assert.Contains(
                words,
                page.Document.QuerySelectorAll("[readonly]").Select(f => f.GetAttribute("value") ?? f.TextContent.Trim())
            );
    }

    [Fact]
    public async Task The_console_says_it_too_and_in_Japanese()
    {
        var console = new TestSite(host, (await host.Services.GetRequiredService<SiteDirectory>().FindByKey(Site.OperatorKey, default))!);
        var visitor = console.Visitor();
        await visitor.Submit("/sign-in", new() { ["Email"] = "operator@localhost", ["Password"] = TestSite.Password });
        var about = await host.NewSite();
        SaysSo(
            await visitor.Submit("/sites/" + about.Site.Key, new() { ["Act"] = "suspend", ["_handler"] = "of-yesterday" }),
            "/sites/" + about.Site.Key
        );
        var site = await host.NewSite(culture: "ja");
        var page = await (await site.SignIn("admin")).Submit(
            "/staff/groups/open/edit",
            new() { ["Name"] = "x", ["_handler"] = "of-yesterday" }
        );
        Assert.Contains("その操作はできなくなりました", page.Text);
    }

    [Fact]
    public async Task Who_answers_a_topic_that_was_hidden_meanwhile_gets_the_words_back()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        var topic = (await anna.Submit("/boards/general/new", new() { ["title"] = "Short-lived", ["text"] = "x" })).Url.AbsolutePath;
        var form = await ben.Get(topic + "/reply?to=1");
        await mod.Submit(topic + "/hide", new() { ["reason"] = "Advertising" });
        var told = await ben.Submit(form, new() { ["text"] = "A long answer" });
        Assert.NotEqual(HttpStatusCode.OK, told.Status);
        Assert.Contains(
            "A long answer",
            told.Document.QuerySelectorAll("main :is([readonly], [name=text])").Select(f => f.GetAttribute("value") ?? f.TextContent.Trim())
        );
    }

    [Fact]
    public async Task A_post_that_names_no_form_at_all_is_answered_in_the_frame_of_the_site()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var token = (await anna.Get("/account")).Document.QuerySelector("input[name=__RequestVerificationToken]")!.GetAttribute("value")!;
        var page = await anna.Send(
            new(HttpMethod.Post, "/account") { Content = new FormUrlEncodedContent([new("__RequestVerificationToken", token)]) }
        );
        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        Assert.NotNull(page.Document.QuerySelector("main h1"));
    }
}
