using System.Net;
using System.Net.Http.Headers;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Kernel;

public sealed class FailureTests(TestHost host)
{
    [Theory]
    [InlineData("en", "/boards"), InlineData("ja", "/boards"), InlineData("en", "/account")]
    public async Task A_failure_is_told_in_the_frame_of_the_site_without_its_database(string language, string path)
    {
        var site = await host.NewSite(culture: language);
        var anna = await site.SignIn("anna");
        await site.Rests();
        await host.Services.GetRequiredService<Databases>().DropSite(site.Site, default);
        var page = await anna.Get(path);
        Assert.Equal(HttpStatusCode.InternalServerError, page.Status);
        Assert.Equal(language, page.Document.DocumentElement.GetAttribute("lang"));
        Assert.NotNull(page.Document.QuerySelector("link[rel=stylesheet][href^='/theme.css']"));
        Assert.NotNull(page.Document.QuerySelector("main a.button[href='/']"));
        Assert.NotEmpty(page.Document.QuerySelector("main p.muted")!.TextContent);
        Assert.DoesNotContain("web.problem", page.Html);
        foreach (var secret in new[] { "Exception", "   at ", "Npgsql", "SQLite", ".db" })
            Assert.DoesNotContain(secret, page.Html);
        Assert.Contains(page.Headers, h => h.Key == "Content-Security-Policy");
    }

    [Theory]
    [InlineData("en"), InlineData("ja")]
    public async Task A_form_without_its_token_gets_a_page_that_says_how_to_go_on(string language)
    {
        var site = await host.NewSite(culture: language);
        var page = await site.Visitor()
            .Send(
                new HttpRequestMessage(HttpMethod.Post, "/sign-in")
                {
                    Content = new FormUrlEncodedContent([new("_handler", "sign-in"), new("Email", "anna@example.com")]),
                }
            );
        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        Assert.NotNull(page.Document.QuerySelector("main .notice[role=alert]"));
        Assert.NotNull(page.Document.QuerySelector("main form[method=post] [name$=Email][value='anna@example.com']"));
        // A mere button's address opens nothing; the page with the button does.
        var anna = await site.SignIn("anna");
        page = await anna.Send(Button(null));
        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        Assert.NotNull(page.Document.QuerySelector("main h1"));
        Assert.NotNull(page.Document.QuerySelector("main a.button[href='/']"));
        Assert.Null(page.Document.QuerySelector("main a[href*='groups']"));
        Assert.NotNull((await anna.Send(Button(site.Url + "/groups/open"))).Document.QuerySelector("main a.button[href='/groups/open']"));
        Assert.Null((await anna.Send(Button("https://evil.example/groups/open"))).Document.QuerySelector("main a[href*='groups']"));

        static HttpRequestMessage Button(string? from) =>
            new(HttpMethod.Post, "/groups/open/join")
            {
                Content = new FormUrlEncodedContent([]),
                Headers = { Referrer = from is null ? null : new Uri(from) },
            };
    }

    [Fact]
    public async Task What_is_too_large_is_refused_before_it_is_sent()
    {
        var site = await host.NewSite();
        var request = new HttpRequestMessage(HttpMethod.Post, "/sign-in")
        {
            Content = new ByteArrayContent(new byte[17 * 1024 * 1024])
            {
                Headers = { ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded") },
            },
        };
        request.Headers.ExpectContinue = true;
        var page = await site.Visitor().Send(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, page.Status);
        Assert.Contains("16 MB", page.Text);
    }

    [Fact]
    public async Task A_form_with_too_many_fields_is_refused()
    {
        var site = await host.NewSite();
        var fields = Enumerable.Range(0, 2000).Select(i => new KeyValuePair<string, string>("f" + i, "x"));
        var page = await site.Visitor()
            .Send(new HttpRequestMessage(HttpMethod.Post, "/sign-in") { Content = new FormUrlEncodedContent(fields) });
        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
    }

    [Theory]
    [InlineData("/nothing-here"), InlineData("/staff/members/0"), InlineData("/boards/general/0")]
    public async Task What_is_not_there_is_told_in_a_whole_page_and_at_once(string path)
    {
        var site = await host.NewSite();
        var topic = await site.Fill("general", 1, n => n - 1);
        await (await site.SignIn("ben")).Submit(topic + "/posts/1/report", new() { ["reason"] = "Rude" });
        var admin = await site.SignIn("admin");
        for (var i = 0; i < 20; i++)
        {
            var page = await admin.Get(path).WaitAsync(TestSite.Patience);
            Assert.Equal(HttpStatusCode.NotFound, page.Status);
            // What a part of the page loads is awaited.
            Assert.Equal("1", page.Document.QuerySelector(".account-menu .count")!.LastChild!.TextContent.Trim());
        }
    }

    [Theory, InlineData(500), InlineData(404), InlineData(200)]
    public async Task The_page_of_an_error_asked_for_by_itself_is_not_there(int code) =>
        Assert.Equal(HttpStatusCode.NotFound, (await (await host.NewSite()).Visitor().Get($"/problem/{code}")).Status);

    [Fact]
    public async Task A_page_that_is_for_others_says_so()
    {
        var site = await host.NewSite();
        var page = await (await site.SignIn("anna")).Get("/staff/members");
        Assert.Equal(HttpStatusCode.Forbidden, page.Status);
        Assert.NotNull(page.Document.QuerySelector("main h1"));
    }

    [Fact]
    public async Task Who_tries_too_often_is_told_to_wait()
    {
        await using var own = await TestHost.Start(new() { ["Community:RateScale"] = "1" });
        var site = await own.NewSite();
        var visitor = site.Visitor();
        var form = await visitor.Get("/sign-in");
        Page page = form;
        for (var i = 0; i < 21; i++)
            page = await visitor.Post(form, new() { ["Email"] = "anna@example.com", ["Password"] = "not the password" });
        Assert.Equal(HttpStatusCode.TooManyRequests, page.Status);
        Assert.NotNull(page.Document.QuerySelector("main h1"));
        Assert.Contains(page.Headers, h => h.Key == "Retry-After");
    }

    [Fact]
    public async Task The_right_password_works_however_many_come_from_one_office_and_whatever_one_of_them_guesses()
    {
        await using var own = await TestHost.Start(new() { ["Community:RateScale"] = "1" });
        var site = await own.NewSite();
        var guesser = site.Visitor();
        var form = await guesser.Get("/sign-in");
        for (var i = 0; i < 25; i++)
            await guesser.Post(form, new() { ["Email"] = $"nobody{i}@example.com", ["Password"] = "not the password" });
        Page page = form;
        for (var i = 0; i < 25; i++)
        {
            page = await site.Visitor().Submit("/sign-in", new() { ["Email"] = "anna@example.com", ["Password"] = TestSite.Password });
            Assert.True(page.Document.QuerySelector(".account-menu") is not null, $"{i}: {page.Status}");
        }
        // Guessing goes on without end: only who has been here before is let try, and a wrong password is wrong for them too.
        for (var i = 0; i < 80; i++)
            await guesser.Post(form, new() { ["Email"] = $"nobody{i}@example.com", ["Password"] = "not the password" });
        page = await site.Visitor().Submit("/sign-in", new() { ["Email"] = "ben@example.com", ["Password"] = TestSite.Password });
        Assert.Equal(HttpStatusCode.TooManyRequests, page.Status);
        Assert.Equal("ben@example.com", page.Document.QuerySelector("[name$=Email]")!.GetAttribute("value"));
        await site.SignIn("anna");
        Assert.Equal(
            HttpStatusCode.TooManyRequests,
            (await site.Visitor().Submit("/sign-in", new() { ["Email"] = "anna@example.com", ["Password"] = "not the password" })).Status
        );
        // Another site counts by itself.
        await (await own.NewSite()).SignIn("ben");
    }

    [Fact]
    public async Task What_a_member_writes_is_counted_by_member_and_not_by_the_network()
    {
        await using var own = await TestHost.Start(new() { ["Community:RateScale"] = "1" });
        var site = await own.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var (annas, bens) = (await anna.Get("/boards/general/new"), await ben.Get("/boards/general/new"));
        Page page = annas;
        for (var i = 0; i < 31; i++)
            page = await anna.Post(annas, new() { ["title"] = "", ["text"] = "" });
        Assert.Equal(HttpStatusCode.TooManyRequests, page.Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await ben.Post(bens, new() { ["title"] = "", ["text"] = "" })).Status);
        // It is she who is counted, in whatever browser.
        var elsewhere = await site.SignIn("anna");
        Assert.Equal(
            HttpStatusCode.TooManyRequests,
            (await elsewhere.Post(await elsewhere.Get("/boards/general/new"), new() { ["title"] = "", ["text"] = "" })).Status
        );
    }

    [Fact]
    public async Task What_no_limit_is_named_for_has_one()
    {
        await using var own = await TestHost.Start(new() { ["Community:RateScale"] = "1" });
        var site = await own.NewSite();
        var anna = await site.SignIn("anna");
        async Task<HttpStatusCode> MarkRead() =>
            (await anna.Send(new(HttpMethod.Post, "/boards/general/read") { Content = new FormUrlEncodedContent([]) })).Status;
        for (var i = 0; i < 240; i++)
            Assert.Equal(HttpStatusCode.BadRequest, await MarkRead());
        Assert.Equal(HttpStatusCode.TooManyRequests, await MarkRead());
        Assert.Equal(HttpStatusCode.OK, (await anna.Get("/boards")).Status);
    }

    [Fact]
    public async Task Many_register_from_one_network_by_the_link_of_an_event_and_few_without()
    {
        await using var own = await TestHost.Start(new() { ["Community:RateScale"] = "1" });
        var site = await own.NewSite();
        var guest = site.Visitor();
        async Task<Page> Register(Page form) =>
            await guest.Post(
                form,
                new()
                {
                    ["Name"] = "",
                    ["Email"] = "",
                    ["Password"] = "",
                }
            );
        var form = await guest.Get("/register");
        for (var i = 0; i < 30; i++)
            Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Register(form)).Status);
        var page = await Register(form);
        Assert.Equal(HttpStatusCode.TooManyRequests, page.Status);
        Assert.Contains("ask the staff of this site for their link", page.Text);
        var admin = await site.SignIn("admin");
        page = await admin.Submit("/staff/members/event", new() { ["Hours"] = "12" });
        // Shown again, it is not made again.
        page = await admin.Get(page.Url.PathAndQuery);
        var link = new Uri(page.Document.QuerySelector("#link")!.GetAttribute("value")!).PathAndQuery;
        Assert.Equal(1, await site.Db(db => db.Audit.CountAsync(a => a.Action == "members.event-link")));
        form = await guest.Get(link);
        for (var i = 0; i < 40; i++)
            Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Register(form)).Status);
        // Not by one of another site, not by one that was changed, not when its time is over.
        var other = await (await (await own.NewSite()).SignIn("admin")).Submit("/staff/members/event", new() { ["Hours"] = "12" });
        foreach (
            var foreign in new[]
            {
                new Uri(other.Document.QuerySelector("#link")!.GetAttribute("value")!).PathAndQuery,
                link[..^6],
                "/register?event=x",
            }
        )
            Assert.Equal(HttpStatusCode.TooManyRequests, (await Register(await guest.Get(foreign))).Status);
        own.Clock.Advance(TimeSpan.FromHours(12.1));
        Assert.Equal(HttpStatusCode.TooManyRequests, (await Register(form)).Status);
    }

    [Theory, InlineData("en", "Go back and send it again in about 2 minutes."), InlineData("ja", "2分ほど待ってから")]
    public async Task Who_posts_too_often_keeps_the_words(string language, string wait)
    {
        await using var own = await TestHost.Start(new() { ["Community:RateScale"] = "1" });
        var site = await own.NewSite(culture: language);
        var anna = await site.SignIn("anna");
        var form = await anna.Get("/boards/general/new");
        Page page = form;
        for (var i = 0; i < 31; i++)
            page = await anna.Post(form, new() { ["title"] = "", ["text"] = "Long & <thought>\nthrough" });
        Assert.Equal(HttpStatusCode.TooManyRequests, page.Status);
        Assert.Contains(wait, page.Text);
        Assert.Equal("Long & <thought>\nthrough", page.Document.QuerySelector("textarea[readonly]")!.TextContent.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task Words_that_come_without_a_session_or_a_token_are_given_back_and_nothing_else()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var form = await anna.Get("/boards/general/new");
        var words = new Dictionary<string, string>
        {
            ["title"] = "My title",
            ["text"] = "My words\nand more",
            ["password"] = "not to be seen",
        };
        var lost = site.Visitor();
        var page = await lost.Post(form, words, "main form");
        Assert.Equal(HttpStatusCode.Unauthorized, page.Status);
        Assert.Equal("My title", page.Document.QuerySelector("input[readonly]")!.GetAttribute("value"));
        Assert.Equal("My words\nand more", page.Document.QuerySelector("textarea[readonly]")!.TextContent.ReplaceLineEndings("\n"));
        Assert.DoesNotContain("not to be seen", page.Html);
        Assert.NotNull(page.Document.QuerySelector("main a[href='/sign-in?returnUrl=%2Fboards%2Fgeneral%2Fnew']"));
        // Of another session: the token is not this one's. The page can be sent once more.
        page = await (await site.SignIn("ben")).Post(form, words, "main form");
        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        Assert.Contains("My words", page.Document.QuerySelector("textarea[name]")!.TextContent);
        // What another site sends is nobody's words.
        var foreign = new HttpRequestMessage(HttpMethod.Post, "/boards/general/new") { Content = new FormUrlEncodedContent(words) };
        foreign.Headers.Add("Sec-Fetch-Site", "cross-site");
        Assert.DoesNotContain("My words", (await lost.Send(foreign)).Html);
        // Nothing to lose, and the way is as ever.
        Assert.Equal("/sign-in", (await lost.Post(form, new() { ["title"] = "", ["text"] = "" })).Location!.AbsolutePath);
    }

    [Fact]
    public async Task From_an_unknown_address_in_Japanese_the_reader_can_change_the_language()
    {
        var site = await host.NewSite();
        var visitor = site.Visitor();
        var page = await visitor.Get("/" + Uri.EscapeDataString("掲示板"));
        Assert.Equal(HttpStatusCode.NotFound, page.Status);
        var changed = await visitor.Get(page.Document.QuerySelector("a[href^='/language/ja']")!.GetAttribute("href")!);
        Assert.Equal(HttpStatusCode.NotFound, changed.Status);
        Assert.Equal("ja", changed.Document.DocumentElement.GetAttribute("lang"));
    }

    [Fact]
    public async Task A_picture_in_a_post_cannot_choose_its_reader_s_language()
    {
        var site = await host.NewSite();
        var answer = await Plain.Get(site, "/language/ja?back=/", ("Sec-Fetch-Dest", "image"));
        Assert.False(answer.Headers.Contains("Set-Cookie"));
        Assert.True((await Plain.Get(site, "/language/ja?back=/", ("Sec-Fetch-Dest", "document"))).Headers.Contains("Set-Cookie"));
    }

    [Theory]
    [InlineData("/boards?view=tree#post-1", true)]
    [
        InlineData("//evil.example", false),
        InlineData("/\\evil.example", false),
        InlineData("https://evil.example", false),
        InlineData("/\tx", false)
    ]
    [
        InlineData("/日本", false),
        InlineData("/a b", false),
        InlineData("", false),
        InlineData(null, false),
        InlineData("javascript:alert(1)", false)
    ]
    public void Only_an_address_of_this_site_that_fits_a_header_is_gone_back_to(string? url, bool followed) =>
        Assert.Equal(followed ? url : "/home", LocalUrl.Or(url, "/home"));
}
