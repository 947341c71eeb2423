using Bunit;
using Community.Web;
using Community.Web.Frame;

namespace Community.Tests.Components;

public sealed class WebComponentTests : Rendering
{
    [Theory]
    [InlineData("en", "Light")]
    [InlineData("ja", null)]
    public void The_foot_of_the_page_offers_light_and_dark_and_leads_back_to_where_the_reader_was(string language, string? light)
    {
        In(language);
        (Http.Request.Path, Http.Request.QueryString) = ("/boards/general", new("?view=tree&before=1"));
        var foot = Show<FooterLinks>(_ => { });
        var links = foot.FindAll("a");
        Assert.Equal(["auto", "light", "dark"], links.Select(a => a.GetAttribute("href")!.Split('/', '?')[2]));
        Assert.All(links, a => Assert.EndsWith("?back=%2Fboards%2Fgeneral%3Fview%3Dtree%26before%3D1", a.GetAttribute("href")));
        Assert.All(links, a => Assert.Contains("nofollow", a.GetAttribute("rel")));
        if (light is not null) Assert.Equal(light, links[1].TextContent);
        else Assert.DoesNotContain(links, a => a.TextContent.Any(char.IsAsciiLetter));
    }

    [Theory]
    [InlineData("scheme=dark", "dark")]
    [InlineData("scheme=%22%3E%3Cscript%3E", "auto")]
    [InlineData("", "auto")]
    public void The_scheme_that_the_reader_chose_is_the_current_one(string cookie, string current)
    {
        Http.Request.Headers.Cookie = cookie;
        var chosen = Assert.Single(Show<FooterLinks>(_ => { }).FindAll("a[aria-current=true]"));
        Assert.Contains($"/scheme/{current}?", chosen.GetAttribute("href"));
    }

    [Theory]
    [InlineData(400), InlineData(403), InlineData(404), InlineData(413), InlineData(429), InlineData(500), InlineData(418)]
    public void A_problem_is_told_in_both_languages_with_a_way_on(int code)
    {
        Http.Response.StatusCode = code;
        var told = new[] { "en", "ja" }.Select(language =>
        {
            In(language);
            var page = Show<ProblemPage>(p => p.Add(x => x.Code, code));
            Assert.Equal("/", page.FindAll("a.button")[^1].GetAttribute("href"));
            Assert.Equal(code == 404, page.FindAll("a.button[href^='/sign-in?returnUrl=']").Count == 1);
            Assert.DoesNotContain("web.problem", page.Markup);
            return page.Find("h1").TextContent;
        }).ToList();
        Assert.NotEqual(told[0], told[1]);
        Assert.Equal(code, Http.Response.StatusCode);
    }

    [Fact]
    public void Only_a_failure_of_ours_has_a_number_to_name()
    {
        Http.TraceIdentifier = "0HN<1>";
        Http.Response.StatusCode = 500;
        Assert.Contains("0HN<1>", Show<ProblemPage>(p => p.Add(x => x.Code, 500)).Find("p.muted").TextContent);
        Assert.Empty(Show<ProblemPage>(p => p.Add(x => x.Code, 404)).FindAll("p.muted"));
    }
}
