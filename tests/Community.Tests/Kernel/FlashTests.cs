using System.Net;
using System.Text.RegularExpressions;

namespace Community.Tests.Kernel;

/// <summary>What a page says of an act that was just done: once, to who did it, and by no link.</summary>
public sealed partial class FlashTests(TestHost host)
{
    const string Saved = "Your profile is saved.";

    [Fact]
    public async Task What_was_done_is_said_by_the_next_page_and_by_no_later_one()
    {
        var anna = await (await host.NewSite()).SignIn("anna");
        var page = await Save(anna, follow: true);
        Assert.Equal(Saved, page.Document.QuerySelector("main .notice.ok[role=status] p")!.TextContent);
        Assert.Equal("", page.Url.Query);
        Assert.Contains("no-store", page.Headers.GetValues("Cache-Control").Single());
        Assert.DoesNotContain(Saved, (await anna.Get("/account")).Text);
        Assert.Empty(Waiting(anna));
    }

    [Fact]
    public async Task Between_a_message_and_its_link_stands_a_space()
    {
        var anna = await (await host.NewSite()).SignIn("anna");
        var page = await anna.Submit("/account", [], "form[action='/sign-out']");
        Assert.Equal(["You are signed out. To the home page"], Notices(page));
    }

    [Fact]
    public async Task Each_of_two_tabs_has_its_own_message_once()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        await Save(anna, follow: false);
        var board = (await anna.Post(await anna.Get("/boards/general"), [], "form[action$='/read']")).Location!.AbsolutePath;
        Assert.Equal(2, Waiting(anna).Count);
        // The second tab is faster.
        Assert.Equal(["All posts of this board are marked as read."], Notices(await anna.Get(board)));
        Assert.Equal([Saved], Notices(await anna.Get("/account")));
        Assert.Empty(Notices(await anna.Get("/account")));
        Assert.Empty(Notices(await anna.Get(board)));
    }

    [Fact]
    public async Task A_message_whose_page_never_came_is_said_by_another_and_an_old_one_by_none()
    {
        await using var own = await TestHost.Start(new());
        var anna = await (await own.NewSite()).SignIn("anna");
        using var still = own.Clock.Stop();
        await Save(anna, follow: false);
        Assert.Empty(Notices(await anna.Get("/boards")));
        own.Clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal([Saved], Notices(await anna.Get("/boards")));
        await Save(anna, follow: false);
        own.Clock.Advance(TimeSpan.FromMinutes(3));
        Assert.Empty(Notices(await anna.Get("/account")));
        Assert.Empty(Waiting(anna));
    }

    [Theory]
    [InlineData("HEAD", "", "")]
    [InlineData("GET", "Sec-Purpose", "prefetch;prerender")]
    [InlineData("GET", "Sec-Fetch-Dest", "empty")]
    [InlineData("GET", "Sec-Fetch-Dest", "image")]
    public async Task Who_does_not_read_takes_no_message(string method, string header, string value)
    {
        var anna = await (await host.NewSite()).SignIn("anna");
        await Save(anna, follow: false);
        using var request = new HttpRequestMessage(new(method), "/account");
        if (header.Length > 0)
        {
            request.Headers.Add(header, value);
            request.Headers.Add("Sec-Fetch-Site", "same-origin");
        }
        Assert.DoesNotContain(Saved, (await anna.Send(request)).Html);
        Assert.Equal([Saved], Notices(await anna.Get("/account")));
    }

    [Fact]
    public async Task A_message_is_for_one_reader_of_one_site_and_cannot_be_read_on_the_way()
    {
        var (site, other) = (await host.NewSite(), await host.NewSite());
        var anna = await site.SignIn("anna");
        await Save(anna, follow: false);
        var (name, value) = Assert.Single(Waiting(anna));
        Assert.DoesNotContain("account", value);
        foreach (var stranger in new[] { site.Visitor(), await site.SignIn("mod"), await other.SignIn("anna") })
        {
            stranger.Cookies.Add(new Uri(stranger.Site.Url), new Cookie(name, value));
            Assert.Empty(Notices(await stranger.Get("/")));
        }
        var crafted = site.Visitor();
        crafted.Cookies.Add(new Uri(site.Url), new Cookie(name, "x" + value[1..]));
        Assert.Empty(Notices(await crafted.Get("/")));
        Assert.Empty(Waiting(crafted));
        foreach (var key in new[] { "done=profile", "did=Lock", "saved=1", "late=true", "sent=true", "confirmed=true", "why=signed-out" })
            Assert.Empty(Notices(await crafted.Get("/sign-in?" + key)).Concat(Notices(await anna.Get("/boards?" + key))));
    }

    [Fact]
    public async Task The_visitors_cache_steps_aside_for_a_message_and_keeps_none()
    {
        var site = await host.NewSite();
        await Plain.Get(site, "/boards");
        Assert.True((await Plain.Get(site, "/boards")).FromCache());
        var visitor = site.Visitor();
        // A page for members alone: the visitor is led to the form to sign in, and told why by the page that follows.
        var led = await visitor.Send(new(HttpMethod.Get, "/account"));
        Assert.Equal("/sign-in", led.Location!.AbsolutePath);
        var cookie = Assert.Single(Waiting(visitor));
        var there = await Plain.Get(site, "/boards", ("Cookie", $"{cookie.Key}={cookie.Value}"));
        Assert.False(there.FromCache());
        Assert.Equal(["This page is for members. Sign in to see it."], Notices(await visitor.Get(led.Location.PathAndQuery)));
        var next = await Plain.Get(site, "/boards");
        Assert.True(next.FromCache());
        Assert.DoesNotContain("role=\"status\"", await next.Text());
    }

    [Fact]
    public async Task Messages_that_no_page_shows_do_not_pile_up()
    {
        var anna = await (await host.NewSite()).SignIn("anna");
        for (var i = 0; i < 12; i++) await Save(anna, follow: false);
        Assert.InRange(Waiting(anna).Count, 1, 6);
        Assert.Equal(HttpStatusCode.OK, (await anna.Get("/account")).Status);
        Assert.Empty(Waiting(anna));
    }

    /// <summary>Anybody can write a link: what was done stands in no address.</summary>
    [Fact]
    public void No_redirect_carries_what_was_done()
    {
        var carried =
            from file in Repository.Sources
            from Match match in Carried().Matches(File.ReadAllText(file))
            select $"{Path.GetFileName(file)}: {match.Value}";
        Assert.Empty(carried);
    }

    static async Task<Page> Save(Visitor member, bool follow)
    {
        var account = await member.Get("/account");
        var fields = new Dictionary<string, string> { ["Name"] = "Anna", ["Bio"] = "" };
        return follow ? await member.Submit(account, fields) : await member.Post(account, fields);
    }

    static IEnumerable<string> Notices(Page page) =>
        page.Document.QuerySelectorAll("main .notice[role=status] p").Select(p => p.TextContent);

    static Dictionary<string, string> Waiting(Visitor visitor) =>
        visitor
            .Cookies.GetCookies(new Uri(visitor.Site.Url))
            .Where(c => c.Name.Contains("flash-") && !c.Expired)
            .ToDictionary(c => c.Name, c => c.Value);

    [GeneratedRegex("[?&](did|done|saved|late|copied|tested|sent|deleted|overtaken|confirmed|reset|decided|why=signed-out)=")]
    private static partial Regex Carried();
}
