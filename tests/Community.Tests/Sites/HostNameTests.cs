using System.Net;
using System.Text.Json.Nodes;
using Community.Mailing;
using Community.Members;
using Community.Sites;
using Community.Tests.Files;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Sites;

public sealed class HostNameTests(TestHost host)
{
    Task<TestSite> SiteWithAlias() => host.NewSite(recipe => recipe["hosts"]!.AsArray().Add((JsonNode)("www." + recipe["hosts"]![0])));

    /// <summary>The site's hosts, the first of them before the others.</summary>
    static async Task Lead(TestSite site, params string[] hosts)
    {
        var change = ActivatorUtilities.CreateInstance<ChangeSite>(site.Host.Services);
        Assert.True(
            await change.WithKey(
                Operators.OfMachine,
                site.Site.Key,
                new SiteFields { Hosts = string.Join(' ', hosts) },
                null,
                TestContext.Current.CancellationToken
            )
        );
    }

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
    public async Task What_machines_ask_for_is_answered_on_every_host_of_the_site_also_after_the_first_was_changed()
    {
        var site = await host.NewSite();
        var old = site.Site.CanonicalHost;
        var (member, kind) = await site.Db(async db =>
            (
                await db.Members.Where(m => m.Email == "anna@example.com").Select(m => m.Id).FirstAsync(),
                await db.MailKinds.Where(k => k.Key == "news").Select(k => k.Id).FirstAsync()
            )
        );
        var token = await site.With<UnsubscribeLinks, string>(links => links.Token(member, kind));
        var picture = await site.With<Community.Kernel.Files, string>(async files =>
            (await files.Save(new MemoryStream(PictureBytes.Png()), FilePurpose.Avatar, member, default)).Url
        );
        await Lead(site, "new-" + old, old);
        foreach (var name in new[] { old, "new-" + old, old + ".", old.ToUpperInvariant() })
        {
            foreach (
                var path in new[]
                {
                    $"/u/{token}",
                    $"/u/{token}/one-click",
                    picture,
                    "/theme.css",
                    "/icon.svg",
                    "/community.css",
                    "/scripts/community.js",
                    "/healthz",
                }
            )
            {
                var answer = await Raw.Get(host.Port, path, $"{name}:{host.Port}");
                Assert.True(answer.Status == 200, $"{name}{path}: {answer.Status}");
            }
            var post = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{host.Port}/u/{token}/one-click")
            {
                Content = new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")]),
            };
            post.Headers.Host = $"{name}:{host.Port}";
            using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false });
            var sent = await http.SendAsync(post, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, sent.StatusCode);
        }
        Assert.False(await site.Db(db => db.ConsentStates.AnyAsync(c => c.Granted && c.MemberId == member)));
        foreach (var page in new[] { "/", "/account", "/sign-in?returnUrl=%2F", "/no/such/page", "/language/ja" })
            Assert.Equal($"http://new-{old}:{host.Port}{page}", (await Raw.Get(host.Port, page, $"{old}:{host.Port}")).Header("Location"));
    }

    [Fact]
    public async Task A_form_is_taken_on_the_host_that_showed_it()
    {
        var site = await host.NewSite();
        var old = site.Site.CanonicalHost;
        var visitor = site.Visitor();
        var form = await visitor.Get("/forgotten-password");
        await Lead(site, "new-" + old, old);
        var answer = await visitor.Post(form, new() { ["Email"] = "anna@example.com" });
        Assert.NotEqual(308, (int)answer.Status);
        await TestSite.Until(() => site.Db(db => db.SystemMails.AnyAsync(l => l.To == "anna@example.com")), "the mail is written");
    }

    [Fact]
    public async Task Capital_mails_are_the_same_host()
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
