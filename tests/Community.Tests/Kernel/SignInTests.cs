namespace Community.Tests.Kernel;

public sealed class SignInTests(TestHost host)
{
    [Fact]
    public async Task A_cookie_of_one_site_is_worth_nothing_on_another()
    {
        var mine = await host.NewSite();
        var other = await host.NewSite();
        var anna = await mine.SignInByForm("anna");
        var thief = other.Visitor();
        foreach (System.Net.Cookie cookie in anna.Cookies.GetAllCookies())
            thief.Cookies.Add(new Uri(other.Url), new System.Net.Cookie(cookie.Name, cookie.Value));
        var page = await thief.Get("/");
        Assert.Null(page.Document.QuerySelector("form[action='/sign-out']"));
    }
}
