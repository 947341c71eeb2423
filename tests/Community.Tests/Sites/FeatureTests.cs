using System.Net;
using System.Text.Json.Nodes;
using Community.Mailing;
using Community.Members;
using Community.Sites;
using Community.Tests.Attacks;
using Community.Tests.Boards;
using Community.Tests.House;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Sites;

/// <summary>A feature of a running site is switched off and on again.</summary>
[Trait("takes", "long")]
public sealed class FeatureTests(TestHost host)
{
    static readonly string[] people = ["anna", "mod", "mailer", "web", "admin"];

    public static TheoryData<string> Features => [.. SwitchFeature.Of(modules).Select(m => m.Name)];

    [Theory, MemberData(nameof(Features))]
    public async Task With_a_feature_off_no_page_breaks_none_links_to_what_is_off_and_on_again_everything_is_there(string feature)
    {
        var site = await host.NewSite(r => r["features"] = new JsonArray([.. modules.All.Where(MayBeOn).Select(m => (JsonNode)m.Name)]));
        var anna = await site.SignIn("anna");
        await anna.Reply(await anna.Start("general", "Mugs"), "A reply");
        var own = Owned(feature);
        Assert.True(own.Count > 0 || modules.All.Single(m => m.Name == feature).Panels.Any());
        var addresses = await Addresses.Of(site, topic: 1);
        foreach (var other in Needing(feature)) await Set(site, other, on: false);
        await Set(site, feature, on: false);
        foreach (var visitor in await Everybody(site)) await Walk(visitor, addresses, own, off: true);
        await Set(site, feature, on: true);
        foreach (var visitor in await Everybody(site)) await Walk(visitor, addresses, own, off: false);
        var admin = await site.SignIn("admin");
        // The archive is there once a kind of mailing is kept in it.
        foreach (var (_, page) in own.Where(r => r.Method == "GET" && !r.Path.Contains('{') && !r.Path.StartsWith("/mailings")))
            Assert.Equal(HttpStatusCode.OK, (await admin.Get(page)).Status);
    }

    static readonly ModuleList modules = new(Community.Web.HostModules.All);

    static bool MayBeOn(Module module) => !module.IsOfConsole && (!module.Always || module.Name == "Members");

    /// <summary>The features that cannot be on without this one, the furthest first.</summary>
    static IEnumerable<string> Needing(string feature) =>
        modules.All.Where(m => m.Needs.Contains(feature)).SelectMany(m => Needing(m.Name).Append(m.Name)).Distinct();

    /// <summary>The routes of a feature's pages and buttons, but for those that are answered even when it is off.</summary>
    List<(string Method, string Path)> Owned(string feature)
    {
        var module = host.Services.GetRequiredService<ModuleList>().All.Single(m => m.Name == feature);
        return
        [
            .. Routes
                .Of(host)
                .Where(e =>
                    e.Metadata.Any(m => m.GetType().Name == "OwnerMetadata" && m.ToString()!.Contains(module.GetType().Name))
                    || e.Metadata.GetMetadata<Microsoft.AspNetCore.Components.Endpoints.ComponentTypeMetadata>()?.Type.Assembly
                        == module.Assembly
                )
                .SelectMany(e => Routes.Methods(e).Select(m => (Method: m, Path: Routes.Path(e))))
                // Links in mails stop what they are for, whatever is off.
                .Where(r => !r.Path.StartsWith("/u/") && !r.Path.StartsWith("/notifications/stop/"))
                .Distinct(),
        ];
    }

    static async Task<List<Visitor>> Everybody(TestSite site) =>
        [site.Visitor(), .. await Task.WhenAll(people.Select(site.SignIn))];

    /// <summary>
    /// Follows every link from the front page, the account and the staff's home on, and tries every route of the feature.
    /// </summary>
    static async Task Walk(Visitor visitor, Addresses addresses, List<(string Method, string Path)> own, bool off)
    {
        const int most = 120;
        var (waiting, seen) = (new Queue<(string Url, string From)>(), new HashSet<string>());
        foreach (
            var first in new[]
            {
                "/",
                "/account",
                "/staff",
                "/register",
                "/members/" + addresses.Handle,
                "/staff/members/" + addresses.Member,
            }
        )
            waiting.Enqueue((first, ""));
        while (seen.Count < most && waiting.TryDequeue(out var next))
        {
            // Lists of the same page sorted otherwise, and deeds by link, are not walked.
            if (!seen.Add(next.Url.Split('?', '#')[0])) continue;
            var page = await visitor.Get(next.Url);
            Assert.True((int)page.Status < 500, $"{next.Url} from {next.From}: {page.Status}");
            if (next.From.Length > 0)
                Assert.True(page.Status != HttpStatusCode.NotFound, $"{next.From} links to {next.Url}, which is not there");
            foreach (var link in page.Document.QuerySelectorAll("a[href^='/']").Select(a => a.GetAttribute("href")!))
                if (!link.StartsWith("/language/") && !link.StartsWith("/scheme/") && !link.StartsWith("/dev/"))
                    waiting.Enqueue((link, next.Url));
        }
        foreach (var (method, route) in own)
        {
            // Switched on, nothing is done by a button: it has no token.
            var answer = await visitor.Send(new HttpRequestMessage(new(method), addresses.Fill(route)));
            Assert.True((int)answer.Status < 500, $"{route}: {answer.Status}");
            if (off) Assert.True(answer.Status == HttpStatusCode.NotFound, $"{route} is there: {answer.Status}");
        }
    }

    static async Task Set(TestSite site, string feature, bool on)
    {
        var (found, refusal, changed) = await site
            .Host.Services.GetRequiredService<SwitchFeature>()
            .WithKey(site.Site.Key, feature, on, default);
        Assert.Equal((true, null, true), (found, refusal, changed));
    }

    [Fact]
    public async Task A_link_to_unsubscribe_works_while_mailings_are_off_and_nothing_is_sent_meanwhile()
    {
        var site = await host.NewSite();
        var ben = await site.Db(db => db.Members.SingleAsync(m => m.Email == "ben@example.com"));
        var token = await site.With<UnsubscribeLinks, string>(links => links.Token(ben.Id, 1));
        await Set(site, "Mailing", on: false);
        var page = await site.Visitor().Get("/u/" + token);
        Assert.Equal(HttpStatusCode.OK, page.Status);
        await site.Visitor().Submit(page, new() { ["What"] = "kind" }, "form[method=post]");
        var click = await site.Visitor().Send(new(HttpMethod.Post, $"/u/{token}/one-click")
        {
            Content = new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")]),
        });
        Assert.Equal(HttpStatusCode.OK, click.Status);
        Assert.False(await site.Db(db => db.ConsentStates.AnyAsync(c => c.MemberId == ben.Id && c.KindId == 1 && c.Granted)));
    }

    [Fact]
    public async Task The_console_switches_a_feature_and_writes_down_who_did_it()
    {
        var site = await host.NewSite();
        // It needs the boards, which could not be switched off before it.
        await Set(site, "Notifications", on: false);
        var console = new TestSite(host, (await host.Services.GetRequiredService<SiteDirectory>().FindByKey(Site.OperatorKey, default))!);
        var visitor = console.Visitor();
        await visitor.Submit("/sign-in", new() { ["Email"] = "operator@localhost", ["Password"] = TestSite.Password });
        var page = await visitor.Get("/sites/" + site.Site.Key);
        Assert.Contains("Last post", page.Text);
        var off = await visitor.Submit(page, new() { ["Switch"] = "Boards off" }, "section[aria-labelledby=features] form");
        Assert.Contains("The feature is off.", off.Text);
        Assert.Contains("switched a feature of " + site.Site.Key + " off: Boards", off.Text);
        Assert.DoesNotContain("Last post", off.Text);
        Assert.Equal(HttpStatusCode.NotFound, (await site.Visitor().Get("/boards")).Status);
        Assert.Equal(1, await site.Db(db => db.Audit.CountAsync(a => a.Action == "sites.feature-off" && a.Purpose == "Boards")));
        var refused = await visitor.Submit(
            await visitor.Get("/sites/" + site.Site.Key),
            new() { ["Switch"] = "Members off" },
            "section[aria-labelledby=features] form"
        );
        Assert.Contains("cannot be switched off", refused.Text);
    }

    [Fact]
    public void A_feature_that_needs_another_is_refused_without_it_and_keeps_it_on()
    {
        var modules = new ModuleList([new One(), new Other(), new Basic(), new Console()]);
        Assert.Equal("sites.feature.needs", SwitchFeature.Refuses(modules, new HashSet<string>(), "Other", on: true)?.Text);
        Assert.Null(SwitchFeature.Refuses(modules, new HashSet<string> { "One" }, "Other", on: true));
        Assert.Equal(
            "sites.feature.needed",
            SwitchFeature.Refuses(modules, new HashSet<string> { "One", "Other" }, "One", on: false)?.Text
        );
        Assert.Null(SwitchFeature.Refuses(modules, new HashSet<string> { "One" }, "One", on: false));
        Assert.Equal("sites.feature.always", SwitchFeature.Refuses(modules, new HashSet<string>(), "Basic", on: false)?.Text);
        Assert.Equal("sites.feature.of-console", SwitchFeature.Refuses(modules, new HashSet<string>(), "Console", on: true)?.Text);
        Assert.Equal("sites.feature.unknown", SwitchFeature.Refuses(modules, new HashSet<string>(), "Nothing", on: true)?.Text);
    }

    sealed class One : Module { public override string Name => "One"; }
    sealed class Other : Module { public override string Name => "Other"; public override IEnumerable<string> Needs => ["One", "Basic"]; }
    sealed class Basic : Module { public override string Name => "Basic"; public override bool Always => true; }
    sealed class Console : Module { public override string Name => "Console"; public override bool IsOfConsole => true; }
}
