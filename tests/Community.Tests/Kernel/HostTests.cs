using System.Net;

namespace Community.Tests.Kernel;

public sealed class HostTests(TestHost host)
{
    [Fact]
    public async Task A_site_answers_under_its_host_name()
    {
        var site = await host.NewSite();
        var page = await site.Visitor().Get("/");
        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Equal(site.Site.Name, page.Title);
    }

    [Fact]
    public async Task An_unknown_address_gets_a_page_that_says_how_to_go_on()
    {
        var site = await host.NewSite();
        var page = await site.Visitor().Get("/nowhere/at/all");
        Assert.Equal(HttpStatusCode.NotFound, page.Status);
        Assert.NotNull(page.Document.QuerySelector("a.button[href='/']"));
    }
}
