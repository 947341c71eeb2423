namespace Community.Tests.Kernel;

public sealed class SignInTests(TestHost host)
{
    [Fact]
    public async Task A_cookie_of_one_site_is_worth_nothing_on_another()
    {
        var mine = await host.NewSite();
        var other = await host.NewSite();
        var anna = await mine.SignIn("anna");
        var thief = other.Visitor();
        foreach (System.Net.Cookie cookie in anna.Cookies.GetAllCookies())
            thief.Cookies.Add(new Uri(other.Url), new System.Net.Cookie(cookie.Name, cookie.Value));
        var page = await thief.Get("/");
        Assert.Null(page.Document.QuerySelector("form[action='/sign-out']"));
    }

    /// <summary>The cookie is renewed when the answer starts; a redirect has no body that would start it while the site is set.</summary>
    [Fact]
    public async Task A_session_is_renewed_with_an_answer_without_a_body()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        var anna = await site.SignIn("anna");
        own.Clock.Advance(TimeSpan.FromMinutes(2));
        var answer = await anna.Send(new HttpRequestMessage(HttpMethod.Get, "/language/ja"));
        Assert.Equal(System.Net.HttpStatusCode.Redirect, answer.Status);
        Assert.Contains(answer.Headers.GetValues("Set-Cookie"), c => c.Contains("session"));
        Assert.NotNull((await anna.Get("/")).Document.QuerySelector("form[action='/sign-out']"));
    }
}
