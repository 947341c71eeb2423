using System.Net;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Community.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Boards;

/// <summary>What search engines are told, the version of an open topic, and the list of keys.</summary>
[OnBothDatabases]
public sealed class SitemapTests(TestHost host)
{
    [Fact]
    public async Task The_sitemap_has_what_everybody_reads_and_nothing_else()
    {
        var site = await host.NewSite();
        var (anna, carla, mod) = (await site.SignIn("anna"), await site.SignIn("carla"), await site.SignIn("mod"));
        var open = await anna.Start("general", "Rain & jackets 雨");
        var inner = await carla.Start("inner", "Among us");
        var hidden = await anna.Start("general", "Hidden");
        await mod.Submit(hidden + "/hide", new() { ["reason"] = "" });
        var merged = await anna.Start("general", "Merged");
        var reader = await site.Reader("mod");
        await site.With<MergeTopics, Place?>(m => m.Of(reader, Conversation.Id(open), Conversation.Id(merged), default));
        var visitor = site.Visitor();
        var robots = await visitor.Raw("/robots.txt");
        var index = robots.Html.Split('\n').Single(l => l.StartsWith("Sitemap: "))["Sitemap: ".Length..].Trim();
        Assert.Contains("Disallow: /staff", robots.Html);
        // Who is signed in is told no more.
        foreach (var who in new[] { visitor, carla, mod })
        {
            var parts = XDocument.Parse((await who.Raw(new Uri(index).AbsolutePath)).Html).Descendants()
                .Where(e => e.Name.LocalName == "loc").Select(e => e.Value).ToList();
            Assert.Single(parts);
            var urls = XDocument.Parse((await who.Raw(new Uri(parts[0]).AbsolutePath)).Html).Descendants()
                .Where(e => e.Name.LocalName == "loc").Select(e => new Uri(e.Value).AbsolutePath).ToList();
            Assert.Contains("/boards/general", urls);
            Assert.Contains(urls, u => u.StartsWith(open + "-"));
            foreach (var other in new[] { inner, hidden, merged, "/boards/inner" }) Assert.DoesNotContain(urls, u => u.StartsWith(other));
            foreach (var url in urls) Assert.Equal((url, HttpStatusCode.OK), (url, (await visitor.Get(url)).Status));
        }
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.Raw("/sitemap-7.xml")).Status);
    }

    [Fact]
    public async Task An_open_topic_asks_for_one_kept_number_and_an_unchanged_one_has_no_body()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Boots");
        var known = (await ben.Get(topic)).Document.QuerySelector("[data-new-posts]")!;
        async Task<(HttpStatusCode, string)> Ask(Visitor who, string? tag)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, known.GetAttribute("data-new-posts"));
            if (tag is not null) request.Headers.TryAddWithoutValidation("If-None-Match", $"\"{tag}\"");
            var answer = await who.Send(request);
            return (answer.Status, answer.Html);
        }
        var version = known.GetAttribute("data-version")!;
        Assert.Equal((HttpStatusCode.NotModified, ""), await Ask(ben, version));
        Assert.Equal((HttpStatusCode.OK, version), await Ask(ben, null));
        await anna.Reply(topic, "More");
        Assert.Equal((HttpStatusCode.OK, "2-1"), await Ask(ben, version));
        await mod.Submit(topic + "/posts/2/hide", new() { ["reason"] = "" });
        Assert.Equal((HttpStatusCode.OK, "2-0"), await Ask(ben, "2-1"));
        var reader = await site.Reader("mod");
        await site.With<Moderate, bool>(m => m.Move(reader, Conversation.Id(topic), "inner", default));
        Assert.Equal(HttpStatusCode.NotFound, (await Ask(ben, version)).Item1);
        // The keys stand on a page, for who has no script, too.
        var keys = (await ben.Get("/keyboard-shortcuts")).Document.QuerySelectorAll("[data-keys] kbd").Select(k => k.TextContent).ToList();
        Assert.Contains("?", keys);
    }

    [Fact]
    public async Task A_recipe_gives_boards_icons_and_categories()
    {
        var site = await host.NewSite(r =>
        {
            var boards = r["boards"]!.AsArray();
            (boards[0]!["icon"], boards[0]!["category"]) = ("🛠️", "Help");
            (boards[1]!["category"], boards[2]!["category"]) = ("Help", "Company");
        });
        var boards = await site.Db(db => db.Boards.Include(b => b.Category).OrderBy(b => b.Position).ToListAsync());
        Assert.Equal(("🛠️", "Help"), (boards[0].Icon, boards[0].Category!.Names["en"]));
        Assert.Equal((boards[0].CategoryId, "", "Company"), (boards[1].CategoryId, boards[1].Icon, boards[2].Category!.Names["en"]));
        var list = await (await site.SignIn("mod")).Get("/boards");
        Assert.Equal(["Help", "Company"], list.Document.QuerySelectorAll(".board-category").Select(c => c.TextContent.Trim()));
        await Assert.ThrowsAnyAsync<Exception>(() => host.NewSite(r => r["boards"]!.AsArray()[0]!["icon"] = "two"));
    }
}
