using Community.Boards;

namespace Community.Tests.Boards;

/// <summary>What the front page begins with: for a stranger a welcome, for a member the replies to them.</summary>
public sealed class FrontPageTests(TestHost host)
{
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
}
