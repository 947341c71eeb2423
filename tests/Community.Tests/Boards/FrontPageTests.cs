using Community.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Boards;

/// <summary>What the front page begins with: for a stranger a welcome, for a member the replies to them.</summary>
public sealed class FrontPageTests(TestHost host)
{
    static FrontPageTests() => SiteQueries.Listen();

    static IReadOnlyList<string> Answers(Page page) =>
        [.. page.Document.QuerySelectorAll("section[aria-labelledby=answers] .entry-title a").Select(a => a.TextContent)];

    [Fact]
    public async Task A_stranger_is_welcomed_and_registering_is_the_first_thing_to_do()
    {
        var site = await host.NewSite();
        var page = await site.Visitor().Get("/");
        Assert.Equal($"Welcome to {site.Site.Name}", page.Document.QuerySelector("main h1")!.TextContent);
        Assert.Equal("/register", page.Document.QuerySelector("main .button.primary")!.GetAttribute("href"));
        Assert.Null((await (await site.SignIn("anna")).Get("/")).Document.QuerySelector(".page-head"));
    }

    [Fact]
    public async Task Boards_stand_before_groups_in_the_menu()
    {
        var site = await host.NewSite();
        var links = (await (await site.SignIn("anna")).Get("/"))
            .Document.QuerySelectorAll(".site-nav a")
            .Select(a => a.GetAttribute("href"))
            .ToList();
        Assert.True(links.IndexOf("/boards") is >= 0 and var boards && boards < links.IndexOf("/groups"), string.Join(' ', links));
    }

    [Fact]
    public async Task Who_was_answered_sees_it_first_unread_answers_before_others()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        var (topic, other) = (await anna.Start("general", "Asked"), await ben.Start("general", "Bens own"));
        Assert.Empty(Answers(await anna.Get("/")));
        await ben.Reply(topic, "First answer");
        await anna.Reply(topic, "My own answer to myself");
        await ben.Reply(topic, "To what you said", to: 3);
        await anna.Reply(other, "An answer to Ben");
        var page = await anna.Get("/");
        Assert.Equal(["To what you said", "First answer"], Answers(page));
        Assert.Equal("answers", page.Document.QuerySelector("main section h2")!.Id);
        Assert.NotNull(page.Document.QuerySelector("section[aria-labelledby=answers] li.unread"));
        Assert.Equal(["An answer to Ben"], Answers(await ben.Get("/")));
        // Read replies come after unread ones; hidden ones, and those that the member may no longer read, are missing.
        await anna.Get(topic);
        await TestSite.Until(
            async () => (await anna.Get("/")).Document.QuerySelector("section[aria-labelledby=answers] .unread") is null,
            "read"
        );
        await ben.Reply(topic, "Newest");
        Assert.Equal(["Newest", "To what you said"], Answers(await anna.Get("/")));
        await mod.Submit(topic + "/posts/5/hide", new() { ["reason"] = "" });
        Assert.Equal(["To what you said", "First answer"], Answers(await anna.Get("/")));
        await mod.Submit(topic + "/move", new() { ["board"] = "inner" });
        Assert.Empty(Answers(await anna.Get("/")));
    }

    [Fact]
    public async Task A_snippet_is_words_without_marks_and_ends_between_them()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var topic = await anna.Start("general", "Long answers");
        await ben.Reply(topic, "> What you said\n\n**Well**, " + string.Join(' ', Enumerable.Repeat("wonderful", 30)));
        var snippet = Assert.Single(Answers(await anna.Get("/")));
        Assert.StartsWith("Well, wonderful wonderful", snippet);
        Assert.EndsWith("wonderful…", snippet);
        Assert.InRange(snippet.Length, 60, PostText.SnippetLength);
        Assert.Contains(
            (await anna.Get("/boards/general?view=tree")).Document.QuerySelectorAll(".title-tree .tree a"),
            a => a.TextContent == snippet
        );
    }

    static IReadOnlyList<string> Topics(Page page, string section) =>
        [.. page.Document.QuerySelectorAll($"section[aria-labelledby={section}] .topic-title > a:last-of-type").Select(a => a.TextContent)];

    [Fact]
    public async Task A_members_front_page_has_what_is_announced_and_new_in_what_they_follow_and_nothing_that_they_mute()
    {
        var site = await host.NewSite();
        var (anna, ben, admin) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("admin"));
        await admin.Start("news", "Older news");
        await admin.Start("news", "Newest news");
        var (followed, muted) = (await ben.Start("general", "Followed topic"), await ben.Start("general", "Muted topic"));
        await ben.Start("lounge", "In the lounge");
        var me = (await site.Reader("anna")).Id!.Value;
        await site.Db(async db =>
        {
            db.TopicFollows.Add(new() { MemberId = me, TopicId = Conversation.Id(followed), Level = FollowLevel.Track });
            db.TopicFollows.Add(new() { MemberId = me, TopicId = Conversation.Id(muted), Level = FollowLevel.Mute });
            db.BoardFollows.Add(new() { MemberId = me, Board = db.Boards.Single(b => b.Key == "lounge"), Level = FollowLevel.Watch });
            return await db.SaveChangesAsync();
        });
        var page = await anna.Get("/");
        Assert.Equal(["Newest news", "Older news"], Topics(page, "announced"));
        Assert.Equal(["In the lounge", "Followed topic"], Topics(page, "followed"));
        Assert.Empty(Topics(page, "latest"));
        Assert.DoesNotContain("Muted topic", page.Document.QuerySelector("main .stack")!.InnerHtml.Split("id=\"boards\"")[0]);
        Assert.Equal(["/unread", "/my-topics", "/my-posts", "/bookmarks", "/drafts"],
            page.Document.QuerySelectorAll("main .tabs a").Select(a => a.GetAttribute("href")));
        // Read, they are news no more; the newest announcement stays.
        foreach (var topic in page.Document.QuerySelectorAll("main .topic-title > a:last-of-type").Select(a => a.GetAttribute("href")!))
            await anna.Get(topic);
        await TestSite.Until(async () => Topics(page = await anna.Get("/"), "followed").Count == 0, "read");
        Assert.Equal(["Newest news"], Topics(page, "announced"));
        Assert.Contains("Followed topic", Topics(page, "latest"));
        // A stranger sees what is announced and the newest of open boards, from a kept page.
        var stranger = await site.Visitor().Get("/");
        Assert.Equal(["Newest news", "Older news"], Topics(stranger, "announced"));
        Assert.Equal(["Muted topic", "Followed topic"], Topics(stranger, "latest"));
        Assert.DoesNotContain("lounge", stranger.Html);
        Assert.InRange(await SiteQueries.Of(site, () => anna.Get("/")), 1, 5);
        Assert.Equal(0, await SiteQueries.Of(site, () => site.Visitor().Get("/")));
    }

    [Fact]
    public async Task An_empty_site_says_what_to_do()
    {
        var site = await host.NewSite();
        var first = (await (await site.SignIn("anna")).Get("/")).Document.QuerySelector(".empty a.primary")!;
        Assert.Equal("/boards", first.GetAttribute("href"));
        Assert.NotNull((await site.Visitor().Get("/")).Document.QuerySelector(".empty"));
        await site.Db(db => db.Boards.ExecuteDeleteAsync());
        var page = await (await site.SignIn("admin")).Get("/");
        Assert.NotNull(page.Document.QuerySelector("main a.primary[href='/staff/boards/new']"));
        Assert.Null((await (await site.SignIn("anna")).Get("/")).Document.QuerySelector("main a[href='/staff/boards/new']"));
    }
}
