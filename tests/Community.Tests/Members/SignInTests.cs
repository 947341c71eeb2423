using System.Net;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Members;

public sealed class SignInTests(TestHost host)
{
    [Fact]
    public async Task A_refusal_is_short_and_leads_on_alike_for_everyone()
    {
        var site = await host.NewSite();
        var told = new List<string>();
        foreach (var email in new[] { "anna@example.com", "nobody@example.com" })
        {
            var page = await site.Visitor().Submit("/sign-in", new() { ["Email"] = email, ["Password"] = "not hers at all" });
            var summary = page.Document.QuerySelector(".error-summary")!;
            Assert.True(summary.HasAttribute("autofocus"));
            Assert.NotNull(summary.QuerySelector("a[href='/forgotten-password']"));
            Assert.Equal("The e-mail address or the password is not right.", summary.QuerySelector("li")!.TextContent.Trim());
            told.Add(summary.OuterHtml);
        }
        Assert.Equal(told[0], told[1]);
    }

    [Fact]
    public async Task Who_is_led_to_sign_in_is_told_why_and_who_asked_is_not()
    {
        var site = await host.NewSite();
        foreach (var path in new[] { "/groups", "/staff" })
        {
            var admin = site.Visitor();
            var page = await admin.Get(path);
            Assert.Equal("This page is for members. Sign in to see it.", page.Document.QuerySelector("main .notice")!.TextContent.Trim());
            Assert.Equal(
                path,
                (await admin.Submit(page, new() { ["Email"] = "admin@example.com", ["Password"] = TestSite.Password })).Url.AbsolutePath
            );
        }
        Assert.Null((await site.Visitor().Get("/sign-in?returnUrl=%2Fboards")).Document.QuerySelector("main .notice"));
    }

    [Fact]
    public async Task A_member_signs_in_and_out()
    {
        var site = await host.NewSite();
        var anna = await site.SignInByForm("anna");
        var home = await anna.Get("/");
        Assert.True(home.Document.QuerySelector(".account-menu") is not null, home.Status + home.Text + string.Join("\n", host.Log.Errors));
        Assert.Contains("Anna", home.Document.QuerySelector(".account-menu")!.TextContent);
        await anna.Submit(home, [], "form[action='/sign-out']");
        Assert.Null((await anna.Get("/")).Document.QuerySelector(".account-menu"));
    }

    [Fact]
    public async Task A_page_for_visitors_sets_no_cookie_and_holds_no_form_token()
    {
        var site = await host.NewSite();
        var page = await site.Visitor().Send(new HttpRequestMessage(HttpMethod.Get, "/"));
        Assert.DoesNotContain("Set-Cookie", page.Headers.Select(h => h.Key));
        Assert.DoesNotContain("__RequestVerificationToken", page.Html);
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_address_get_the_same_answer()
    {
        var site = await host.NewSite();
        var wrong = await site.Visitor().Submit("/sign-in", new() { ["Email"] = "anna@example.com", ["Password"] = "not the password" });
        var unknown = await site.Visitor().Submit("/sign-in", new() { ["Email"] = "anon@example.com", ["Password"] = "not the password" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.Status);
        Assert.Equal(wrong.Status, unknown.Status);
        Assert.Equal(wrong.Text, unknown.Text);
    }

    [Fact]
    public async Task After_signing_in_only_an_address_of_this_site_is_followed()
    {
        var site = await host.NewSite();
        foreach (
            var evil in new[] { "https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "/\t/evil.example" }
        )
        {
            var visitor = site.Visitor();
            var form = await visitor.Get("/sign-in?returnUrl=" + Uri.EscapeDataString(evil));
            var answer = await visitor.Post(form, new() { ["Email"] = "anna@example.com", ["Password"] = TestSite.Password });
            Assert.Equal(site.Url + "/", answer.Location!.ToString());
        }
    }

    [Fact]
    public async Task Signing_in_leads_back_to_the_page_that_asked_for_it()
    {
        var site = await host.NewSite();
        var anna = site.Visitor();
        var form = await anna.Get("/account");
        Assert.Equal("/sign-in", form.Url.AbsolutePath);
        var page = await anna.Submit(form, new() { ["Email"] = "anna@example.com", ["Password"] = TestSite.Password });
        Assert.Equal("/account", page.Url.AbsolutePath);
    }

    [Fact]
    public async Task Five_failures_close_the_account_for_a_while_even_for_the_right_password()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        for (var i = 0; i < SignIns.FailuresToLock; i++)
            await site.Visitor().Submit("/sign-in", new() { ["Email"] = "anna@example.com", ["Password"] = "not the password" });
        var shut = await site.Visitor().Submit("/sign-in", new() { ["Email"] = "anna@example.com", ["Password"] = TestSite.Password });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, shut.Status);
        own.Clock.Advance(TimeSpan.FromMinutes(1.1));
        await site.SignInByForm("anna");
        Assert.Equal(0, await site.Db(db => db.Members.Where(m => m.Name == "Anna").Select(m => m.AccessFailedCount).SingleAsync()));
    }

    [OnBothDatabases, Fact]
    public async Task Guesses_made_at_the_same_time_count_too()
    {
        var site = await host.NewSite();
        var visitors = await Task.WhenAll(
            Enumerable
                .Range(0, 12)
                .Select(async _ =>
                {
                    var v = site.Visitor();
                    return (v, await v.Get("/sign-in"));
                })
        );
        await Task.WhenAll(
            visitors.Select(v => v.v.Submit(v.Item2, new() { ["Email"] = "ben@example.com", ["Password"] = "not the password" }))
        );
        var tried = await site.Db(db => db.SignIns.CountAsync());
        Assert.Equal(SignIns.FailuresToLock, tried);
    }

    [Fact]
    public async Task A_suspended_member_is_told_so_after_the_right_password_only()
    {
        var site = await host.NewSite();
        var told = await site.Visitor().Submit("/sign-in", new() { ["Email"] = "sus@example.com", ["Password"] = TestSite.Password });
        Assert.Equal(HttpStatusCode.Forbidden, told.Status);
        Assert.Contains("suspended", told.Text);
        Assert.Contains("write to the staff", told.Text);
        var refused = await site.Visitor().Submit("/sign-in", new() { ["Email"] = "sus@example.com", ["Password"] = "not the password" });
        Assert.DoesNotContain("suspended", refused.Text);
    }

    [Fact]
    public async Task A_session_of_one_site_is_worth_nothing_on_another()
    {
        var a = await host.NewSite();
        var b = await host.NewSite();
        var anna = await a.SignInByForm("anna");
        var session = anna.Cookies.GetCookies(new Uri(a.Url)).Single(c => c.Name.EndsWith("session"));
        var thief = b.Visitor();
        thief.Cookies.Add(new Uri(b.Url), new Cookie(session.Name, session.Value));
        Assert.Null((await thief.Get("/")).Document.QuerySelector(".account-menu"));
    }

    [Fact]
    public async Task A_form_token_of_one_site_is_worth_nothing_on_another()
    {
        var a = await host.NewSite();
        var b = await host.NewSite();
        var visitor = a.Visitor();
        var form = await visitor.Get("/sign-in");
        var thief = b.Visitor();
        foreach (Cookie cookie in visitor.Cookies.GetCookies(new Uri(a.Url)))
            thief.Cookies.Add(new Uri(b.Url), new Cookie(cookie.Name, cookie.Value));
        var values = form
            .Document.QuerySelectorAll("form[method=post] input[type=hidden]")
            .ToDictionary(i => i.GetAttribute("name")!, i => i.GetAttribute("value")!);
        values["Email"] = "anna@example.com";
        values["Password"] = TestSite.Password;
        var answer = await thief.Send(new HttpRequestMessage(HttpMethod.Post, "/sign-in") { Content = new FormUrlEncodedContent(values) });
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
    }
}
