using System.Net;
using Community.Members;
using Community.Tests.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Kernel;

/// <summary>
/// A form whose token is not right, for no fault of the reader's: the page goes on, or is shown anew with what was typed.
/// </summary>
public sealed class StaleFormTests(TestHost host)
{
    const string Said = "Nothing was sent yet.", New = "seven quiet otters hum";

    /// <summary>The browser was closed, or its cookies were cleared, while the page stood open.</summary>
    static void LoseFormCookie(Visitor visitor) => visitor.Cookies.GetCookies(new Uri(visitor.Site.Url))["form"]!.Expired = true;

    static string? Typed(Page page, string field) =>
        page.Document.QuerySelector($"main form[method=post] [name$='{field}']") is { } input
            ? input.GetAttribute("value") ?? input.TextContent.TrimStart('\n')
            : null;

    static Task<bool> IsIn(Visitor visitor) => Ask(visitor);
    static async Task<bool> Ask(Visitor visitor) => (await visitor.Get("/account")).Url.AbsolutePath == "/account";

    [Fact]
    public async Task A_form_to_sign_in_that_stood_open_in_two_windows_leads_on_in_the_second()
    {
        var site = await host.NewSite();
        var anna = site.Visitor();
        var (first, second) = (await anna.Get("/sign-in?returnUrl=%2Fboards"), await anna.Get("/sign-in?returnUrl=%2Fboards%2Fgeneral"));
        await anna.Submit(first, new() { ["Email"] = "anna@example.com", ["Password"] = TestSite.Password });
        var page = await anna.Submit(second, new() { ["Email"] = "anna@example.com", ["Password"] = TestSite.Password });
        Assert.Equal("/boards/general", page.Url.AbsolutePath);
        // Whatever is typed there: she stays who she is, and nobody is signed in by a form that may not be hers.
        page = await anna.Submit(second, new() { ["Email"] = "ben@example.com", ["Password"] = TestSite.Password });
        Assert.Contains("Anna", page.Document.QuerySelector(".account-menu")!.TextContent);
        Assert.Equal(1, await site.Db(db => db.Sessions.CountAsync()));
        // The same for registering.
        var late = site.Visitor();
        var register = await late.Get("/register");
        await late.Submit("/sign-in", new() { ["Email"] = "ben@example.com", ["Password"] = TestSite.Password });
        Assert.Equal("/account", (
                await late.Submit(
                    register,
                    new()
                    {
                        ["Name"] = "Dora",
                        ["Email"] = "dora@example.com",
                        ["Password"] = New,
                    }
                )
            ).Url.AbsolutePath);
        Assert.False(await site.Db(db => db.Members.AnyAsync(m => m.Name == "Dora")));
    }

    [Fact]
    public async Task Every_form_of_visitors_is_shown_anew_after_its_cookie_was_lost_and_works_then()
    {
        var site = await host.NewSite();
        var visitor = site.Visitor();

        var page = await Lost(
            "/sign-in",
            new()
            {
                ["Email"] = "anna@example.com",
                ["Password"] = TestSite.Password,
                ["Remember"] = "true",
            }
        );
        Assert.Equal("anna@example.com", Typed(page, "Email"));
        Assert.True(page.Document.QuerySelector("[name$=Remember]")!.HasAttribute("checked"));
        Assert.DoesNotContain(TestSite.Password, page.Html);
        Assert.False(await IsIn(visitor));
        await visitor.Submit(page, new() { ["Password"] = TestSite.Password });
        Assert.True(await IsIn(visitor));

        visitor = site.Visitor();
        page = await Lost("/register", new() { ["Name"] = "Dora & <Co>", ["Email"] = "dora@example.com", ["Password"] = New });
        Assert.Equal(("Dora & <Co>", "dora@example.com"), (Typed(page, "Name"), Typed(page, "Email")));
        Assert.Equal(0, await Mails.Count(site, "dora@example.com", "members.confirm"));
        page = await visitor.Submit(page, new() { ["Password"] = New });
        Assert.Equal("/check-your-mail", page.Url.AbsolutePath);

        page = await Lost(page.Url.PathAndQuery, []);
        Assert.Contains("dora@example.com", page.Text);
        Assert.Equal(1, await Mails.Count(site, "dora@example.com", "members.confirm"));

        page = await Lost(await Mails.Link(site, "dora@example.com", "members.confirm"), []);
        Assert.NotNull((await visitor.Submit(page, [], "main form.form")).Document.QuerySelector(".account-menu"));

        visitor = site.Visitor();
        page = await Lost("/forgotten-password", new() { ["Email"] = "ben@example.com" });
        Assert.Equal("ben@example.com", Typed(page, "Email"));
        Assert.Equal(0, await Mails.Count(site, "ben@example.com", "members.reset"));
        await visitor.Submit(page, []);

        page = await Lost(await Mails.Link(site, "ben@example.com", "members.reset"), new() { ["Password"] = New });
        Assert.Equal("/sign-in", (await visitor.Submit(page, new() { ["Password"] = New })).Url.AbsolutePath);

        async Task<Page> Lost(string url, Dictionary<string, string> fields)
        {
            var form = await visitor.Get(url);
            LoseFormCookie(visitor);
            var anew = await visitor.Submit(form, fields, "main form.form");
            Assert.Contains(Said, anew.Document.QuerySelector("main .notice[role=alert]")!.TextContent);
            return anew;
        }
    }

    [Fact]
    public async Task A_browser_that_vouches_for_its_form_gets_the_page_of_a_form_to_be_looked_over()
    {
        var site = await host.NewSite();
        var request = new HttpRequestMessage(HttpMethod.Post, "/sign-in")
        {
            Content = new FormUrlEncodedContent([
                new("_handler", "sign-in"),
                new("Email", "anna@example.com"),
                new("Password", TestSite.Password),
            ]),
        };
        request.Headers.Add("Sec-Fetch-Site", "same-origin");
        var page = await site.Visitor().Send(request);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Equal("anna@example.com", Typed(page, "Email"));
    }

    [Theory]
    [
        InlineData("Sec-Fetch-Site", "cross-site"),
        InlineData("Sec-Fetch-Site", "same-site"),
        InlineData("Origin", "https://evil.example"),
        InlineData("Origin", "null")
    ]
    public async Task What_another_site_sends_is_not_shown_in_a_form_of_ours(string header, string value)
    {
        var site = await host.NewSite();
        var request = new HttpRequestMessage(HttpMethod.Post, "/sign-in")
        {
            Content = new FormUrlEncodedContent([new("_handler", "sign-in"), new("Email", "evil@example.com")]),
        };
        request.Headers.Add(header, value);
        var page = await site.Visitor().Send(request);
        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        Assert.DoesNotContain("evil@example.com", page.Html);
    }

    [Fact]
    public async Task Who_signed_in_as_somebody_else_meanwhile_finds_the_words_in_the_form_and_nothing_sent()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var form = await anna.Get("/boards/general/new");
        await anna.Submit(form, [], "form[action='/sign-out']");
        await anna.Submit("/sign-in", new() { ["Email"] = "ben@example.com", ["Password"] = TestSite.Password });
        var page = await anna.Submit(form, new() { ["title"] = "My title", ["text"] = "My words\nand more" }, "main form");
        Assert.Contains(Said, page.Text);
        Assert.Equal(("My title", "My words\nand more"), (Typed(page, "title"), Typed(page, "text")?.ReplaceLineEndings("\n")));
        Assert.False(await site.Db(db => db.Set<Community.Boards.Topic>().AnyAsync()));
        Assert.Contains("My title", (await anna.Submit(page, [], "main form")).Title);
    }

    [Fact]
    public async Task The_same_member_signed_in_anew_sends_the_old_form_as_if_nothing_had_been()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var form = await anna.Get("/boards/general/new");
        await anna.Submit(form, [], "form[action='/sign-out']");
        await anna.Submit("/sign-in", new() { ["Email"] = "anna@example.com", ["Password"] = TestSite.Password });
        Assert.Contains("My title", (await anna.Submit(form, new() { ["title"] = "My title", ["text"] = "My words" }, "main form")).Title);
    }

    [Fact]
    public async Task Signing_out_a_second_time_says_that_it_is_done()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var (first, second) = (await anna.Get("/boards"), await anna.Get("/groups"));
        await anna.Submit(first, [], "form[action='/sign-out']");
        var page = await anna.Submit(second, [], "form[action='/sign-out']");
        Assert.Equal("/sign-in", page.Url.AbsolutePath);
        Assert.Contains("signed out", page.Text);
    }

    [Fact]
    public async Task A_button_whose_session_is_over_leads_back_to_its_page_and_not_to_its_own_address()
    {
        var site = await host.NewSite();
        var request = new HttpRequestMessage(HttpMethod.Post, "/groups/open/join") { Content = new FormUrlEncodedContent([]) };
        request.Headers.Referrer = new Uri(site.Url + "/groups/open");
        var page = await site.Visitor().Send(request);
        Assert.Equal("/sign-in?returnUrl=%2Fgroups%2Fopen", page.Location!.PathAndQuery);
    }
}
