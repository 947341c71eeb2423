using AngleSharp.Dom;
using Community.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Boards;

/// <summary>Cards of links to topics and posts of the site.</summary>
[OnBothDatabases]
public sealed class LinkCardTests(TestHost host)
{
    static LinkCardTests() => SiteQueries.Listen();

    static string Url(TestSite site, string path) => $"http://{site.Site.CanonicalHost}{path}";

    static IReadOnlyList<string> Cards(Page page, string where = "#p1") =>
        [.. page.Document.QuerySelectorAll($"{where} .post-text a.link-card").Select(c =>
            string.Join(" | ", c.Children.Select(part => part.TextContent)) + " → " + c.GetAttribute("href"))];

    [Fact]
    public async Task A_link_that_stands_alone_is_shown_as_a_card_and_no_other()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var jackets = await anna.Start("general", "Rain <b>\"jackets\"</b> & more", "Which one *keeps* dry?");
        await ben.Reply(jackets, "Mine does.");
        var page = (await anna.Get(jackets)).Url.AbsolutePath;
        var text = $"""
            Look:
            {Url(site, page)}
            and
            {Url(site, jackets)}/posts/2
            https://{site.Site.CanonicalHost}{jackets}?view=tree#p2

            {Url(site, jackets)} is in a sentence.

            > {Url(site, jackets)}

            - {Url(site, jackets)}

            ||{Url(site, jackets)}||

            `{Url(site, jackets)}`

                {Url(site, jackets)}

            [my words]({jackets})

            http://other.example{jackets}

            http://{site.Site.CanonicalHost}:8/boards/general/1

            {Url(site, jackets)}/posts/99

            {Url(site, jackets)}/edit

            {Url(site, "/boards/general")}
            """;
        var topic = await ben.Start("general", "Links", text);
        var shown = await anna.Get(topic);
        var reply = $"Rain <b>\"jackets\"</b> & more | Ben, post 2 | Mine does. → {jackets}/posts/2";
        Assert.Equal([$"Rain <b>\"jackets\"</b> & more | Anna | Which one keeps dry? → {page}", reply, reply], Cards(shown));
        // A card is a block: no empty line before it, nor behind it.
        Assert.Empty(shown.Document.QuerySelectorAll("#p1 br + .link-card, #p1 .link-card + br"));
        Assert.Equal("Look:", shown.Document.QuerySelector("#p1 .post-text p")!.FirstChild!.TextContent.Trim());
        // Beside the words, too, and in the preview without script.
        Assert.Equal(3, shown.Document.QuerySelectorAll(".link-card").Length);
        var preview = await ben.Submit("/boards/general/new",
            new() { ["title"] = "Links", ["text"] = Url(site, page), ["preview"] = "true" }, "form.wide");
        Assert.Single(preview.Document.QuerySelectorAll(".link-card"));
        // What leaves the site has the links.
        Assert.DoesNotContain("link-card", await site.Db(db => db.Posts.OrderByDescending(p => p.Id).Select(p => p.Html).FirstAsync()));
    }

    [Fact]
    public async Task A_card_tells_nothing_of_what_its_reader_may_not_see()
    {
        var site = await host.NewSite();
        var (anna, carla, mod) = (await site.SignIn("anna"), await site.SignIn("carla"), await site.SignIn("mod"));
        var secret = await carla.Start("inner", "Quidditch at noon", "Broomsticks");
        var open = await carla.Start("general", "Marmalade", "Oranges");
        await carla.Reply(open, "Lemons");
        var topic = await carla.Start("general", "Links", $"{Url(site, secret)}\n{Url(site, open)}\n{Url(site, open + "/posts/2")}");
        Assert.Equal(3, Cards(await carla.Get(topic)).Count);
        foreach (var reader in new[] { anna, site.Visitor() })
        {
            var page = await reader.Get(topic);
            Assert.Equal(2, Cards(page).Count);
            Assert.DoesNotContain("Quidditch", page.Html);
            Assert.DoesNotContain("Broomsticks", page.Html);
            Assert.Contains($"href=\"{Url(site, secret)}\"", page.Html);
        }
        // Who leaves the group sees no card from the next page on.
        await site.Db(db => db.Set<Community.Members.GroupMembership>().ExecuteDeleteAsync());
        Assert.Equal(2, Cards(await carla.Get(topic)).Count);
        // Hidden: for nobody, not even moderators, who would not notice that others do not see it.
        await mod.Submit(open + "/posts/2/hide", new() { ["reason"] = "Sour" });
        foreach (var reader in new[] { anna, carla, mod, site.Visitor() })
            Assert.DoesNotContain("Lemons", (await reader.Get(topic)).Document.QuerySelector("#p1")!.TextContent);
        // Whom one mutes is not shown.
        await site.Db(async db =>
        {
            var (a, c) = ((await site.Reader("anna")).Id!.Value, (await site.Reader("carla")).Id!.Value);
            db.MemberMutes.Add(new MemberMute { MemberId = a, MutedId = c, At = DateTime.UtcNow });
            return await db.SaveChangesAsync();
        });
        Assert.Empty(Cards(await anna.Get(topic)));
        await mod.Submit(open + "/hide", new() { ["reason"] = "Bitter" });
        Assert.DoesNotContain("Marmalade", (await site.Visitor().Get(topic)).Html);
        Assert.DoesNotContain("Marmalade", (await mod.Get(topic)).Document.QuerySelector("#p1")!.TextContent);
    }

    [Fact]
    public async Task A_kept_page_ends_when_a_card_of_another_board_does()
    {
        var site = await host.NewSite();
        var web = await site.SignIn("web");
        var news = await web.Start("news", "Old title", "Words");
        var topic = await (await site.SignIn("anna")).Start("general", "Links", Url(site, news));
        var visitor = site.Visitor();
        await visitor.Get(topic);
        Assert.Contains("Old title", Cards(await visitor.Get(topic)).Single());
        await web.Submit(news + "/posts/1/edit", new() { ["title"] = "New title" });
        Assert.Contains("New title", Cards(await visitor.Get(topic)).Single());
        await web.Submit(news + "/posts/1/delete", [], "main form[method=post]");
        var page = await visitor.Get(topic);
        Assert.DoesNotContain("title", page.Document.QuerySelector("#p1 .post-text")!.TextContent);
    }

    [Fact]
    public async Task A_card_leads_to_where_the_post_stands_today()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var from = await anna.Start("general", "First", "One");
        await anna.Reply(from, "Two");
        await anna.Reply(from, "Three", 2);
        var into = await anna.Start("general", "Second", "Four");
        var topic = await anna.Start("general", "Links", $"{Url(site, from)}\n{Url(site, from)}/posts/3");
        var later = await anna.Start("general", "Later", Url(site, into));
        var actor = await site.Reader("mod");
        var to = await site.With<SplitTopic, Place?>(split => split.Branch(actor, Conversation.Id(from), 2, "Branch", default));
        var branch = Cards(await anna.Get(topic));
        Assert.StartsWith("First | Anna | One", branch[0]);
        Assert.Equal($"Branch | Anna, post 2 | Three → {to!.Url[..^1]}2", branch[1]);
        await site.With<Moderate, bool>(moderate => moderate.Move(actor, Conversation.Id(from), "lounge", default));
        Assert.EndsWith($"/boards/lounge/{Conversation.Id(from)}-first", Cards(await anna.Get(topic))[0]);
        // Visitors do not read that board.
        Assert.Single(Cards(await site.Visitor().Get(topic)));
        await site.With<Moderate, bool>(moderate => moderate.Move(actor, Conversation.Id(from), "general", default));
        await site.With<MergeTopics, Place?>(merge => merge.Of(actor, Conversation.Id(from), Conversation.Id(into), default));
        Assert.StartsWith("Second | Anna, post ", Cards(await anna.Get(later)).Single());
        Assert.Contains($"→ {from}/posts/", Cards(await anna.Get(later)).Single());
    }

    [Fact]
    public async Task All_cards_of_a_page_take_one_query_and_no_more_than_twenty_are_made()
    {
        var site = await host.NewSite();
        var long25 = await site.Fill("general", 24, n => 1);
        var ben = await site.SignIn("ben");
        var plain = Conversation.WithoutWords(long25);
        var links = string.Join('\n', Enumerable.Range(1, 25).Select(n => Url(site, $"{plain}/posts/{n}")));
        var (none, many) = (await ben.Start("general", "None"), await ben.Start("general", "Many", links));
        Assert.Equal(20, Cards(await ben.Get(many)).Count);
        // The same pages as to the rest.
        var (without, with) = (await SiteQueries.Of(site, () => ben.Get(none)), await SiteQueries.Of(site, () => ben.Get(many)));
        Assert.Equal(without + 1, with);
    }
}
