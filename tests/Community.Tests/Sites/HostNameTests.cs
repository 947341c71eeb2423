using System.Text.Json.Nodes;

namespace Community.Tests.Sites;

public sealed class HostNameTests(TestHost host)
{
    Task<TestSite> SiteWithAlias() => host.NewSite(recipe => recipe["hosts"]!.AsArray().Add((JsonNode)("www." + recipe["hosts"]![0])));

    [Fact]
    public async Task An_alias_leads_to_the_canonical_host_with_port_path_and_query()
    {
        var site = await SiteWithAlias();
        var answer = await Raw.Get(host.Port, "/boards/general?page=2&q=%E3%81%82", $"www.{site.Site.CanonicalHost}:{host.Port}");
        Assert.Equal(308, answer.Status);
        Assert.Equal($"http://{site.Site.CanonicalHost}:{host.Port}/boards/general?page=2&q=%E3%81%82", answer.Header("Location"));
    }

    [Theory]
    [InlineData("{0}.", 308)]
    [InlineData("WWW.{0}", 308)]
    [InlineData("www.{0}.", 308)]
    public async Task Other_spellings_of_a_host_lead_to_the_canonical_one(string spelling, int status)
    {
        var site = await SiteWithAlias();
        var answer = await Raw.Get(host.Port, "/", string.Format(spelling, site.Site.CanonicalHost));
        Assert.Equal(status, answer.Status);
        Assert.Equal($"http://{site.Site.CanonicalHost}/", answer.Header("Location"));
    }

    [Fact]
    public async Task Capital_letters_are_the_same_host()
    {
        var site = await host.NewSite();
        Assert.Equal(200, (await Raw.Get(host.Port, "/", site.Site.CanonicalHost.ToUpperInvariant() + ":" + host.Port)).Status);
    }

    [Theory]
    [InlineData("nobody.example.test")]
    [InlineData("127.0.0.1")]
    [InlineData("[::1]")]
    [InlineData("[::1]:5080")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("%00")]
    [InlineData("operator")]
    public async Task A_name_that_nobody_has_gets_a_plain_404_that_names_nothing(string name)
    {
        var answer = await Raw.Get(host.Port, "/", name);
        Assert.Contains(answer.Status, new[] { 400, 404 });
        Assert.DoesNotContain("Community", answer.Body, StringComparison.OrdinalIgnoreCase);
        Assert.Null(answer.Header("Set-Cookie"));
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("evil.example/path")]
    [InlineData("user@evil.example")]
    [InlineData("evil.example\\@x")]
    [InlineData("<script>")]
    [InlineData("localhost:notaport")]
    [InlineData("")]
    public async Task A_hostile_host_header_never_reaches_a_site_or_a_redirect(string name)
    {
        var answer = await Raw.Get(host.Port, "/", name);
        Assert.Contains(answer.Status, new[] { 400, 404 });
        Assert.Null(answer.Header("Location"));
    }

    [Fact]
    public async Task Ten_thousand_made_up_names_and_a_very_long_one_do_no_harm()
    {
        Assert.InRange((await Raw.Get(host.Port, "/", new string('a', 300) + ".example.test")).Status, 400, 404);
        var directory = (SiteDirectory)host.Services.GetService(typeof(SiteDirectory))!;
        for (var i = 0; i < 200; i++) Assert.Null(await directory.Find($"made-up-{i}.example.test", default));
        var site = await host.NewSite();
        Assert.Equal(200, (await Raw.Get(host.Port, "/", site.Site.CanonicalHost)).Status);
    }

    [Fact]
    public async Task A_name_asked_for_too_early_is_found_as_soon_as_its_site_is_made()
    {
        var key = "early" + Guid.NewGuid().ToString("N")[..8];
        Assert.Equal(404, (await Raw.Get(host.Port, "/", key + ".example.test")).Status);
        await host.NewSite(recipe => { recipe["key"] = key; recipe["hosts"] = new JsonArray(key + ".example.test"); });
        Assert.Equal(200, (await Raw.Get(host.Port, "/", key + ".example.test")).Status);
    }
}
