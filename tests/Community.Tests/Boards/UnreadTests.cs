using Community.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Boards;

/// <summary>What is marked unread, in either view.</summary>
public sealed class UnreadTests(TestHost host)
{
    /// <summary>Opens the page until the marks of an earlier visit have been written down.</summary>
    static async Task<Page> Until(Visitor member, string url, Func<Page, bool> so)
    {
        Page? page = null;
        await TestSite.Until(async () => so(page = await member.Get(url)), url);
        return page!;
    }

    [Fact]
    public async Task Seen_posts_are_read_and_new_ones_are_not()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var topic = await anna.Start("general", "News of the day");
        await anna.Reply(topic, "Second");
        var first = await ben.Get(topic);
        Assert.Equal([1, 2], first.Unread());
        await Until(ben, topic, p => p.Unread().Count == 0);
        await anna.Reply(topic, "Third");
        var board = await ben.Get("/boards/general?view=topics");
        Assert.Equal("1 unread", board.Document.QuerySelector("li.unread .unread-mark")!.TextContent);
        Assert.EndsWith("/posts/3", board.Document.QuerySelector("li.unread .topic-title a")!.GetAttribute("href"));
        Assert.NotNull((await ben.Get("/")).Document.QuerySelector(".board-list li.unread"));
        Assert.NotNull((await ben.Get("/boards/general?view=tree")).Document.QuerySelector(".tree li.unread a[href$='/posts/3']"));
        Assert.Single((await ben.Get("/boards/general?view=posts")).Document.QuerySelectorAll(".latest-list li.unread"));
        var page = await ben.Get(topic + "?view=chronological");
        Assert.Equal([3], page.Unread());
        Assert.NotNull(page.Document.QuerySelector("li.unread-divider"));
        await Until(ben, "/boards/general?view=topics", p => p.Document.QuerySelector("li.unread") is null);
        Assert.Null((await ben.Get("/")).Document.QuerySelector(".board-list li.unread"));
    }

    [Fact]
    public async Task Nobodys_own_posts_are_news_to_them()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var topic = await anna.Start("general", "My own words");
        await Until(anna, "/boards/general?view=topics", p => p.Document.QuerySelector("li.unread") is null);
        await ben.Reply(topic, "News to Anna");
        Assert.Equal([2], (await anna.Reply(topic, "Mine again")).Unread());
        Assert.Equal([1, 2, 3], (await (await site.SignIn("carla")).Get(topic)).Unread());
    }

    [Fact]
    public async Task All_that_is_unread_stands_on_one_page_over_all_boards()
    {
        var site = await host.NewSite();
        var (anna, ben, visitor) = (await site.SignIn("anna"), await site.SignIn("ben"), site.Visitor());
        await Until(ben, "/unread", p => p.Document.QuerySelector(".empty") is not null);
        var (first, second) = (await anna.Start("general", "One of them"), await anna.Start("lounge", "Another"));
        await anna.Reply(first, "Reply to it");
        var page = await ben.Get("/unread");
        Assert.Equal(2, page.Document.QuerySelectorAll(".topic-list li.unread").Length);
        Assert.Contains("Lounge", page.Text);
        await ben.Get(first);
        page = await Until(ben, "/unread", p => p.Document.QuerySelectorAll(".topic-list li").Length == 1);
        Assert.Contains("Another", page.Text);
        // Nor does it show what the reader may not read.
        await (await site.SignIn("carla")).Start("inner", "Among us");
        Assert.DoesNotContain("Among us", (await ben.Get("/unread")).Text);
        Assert.StartsWith("/sign-in", (await visitor.Get("/unread")).Url.AbsolutePath);
        page = await ben.Submit("/boards/lounge", [], "form[action$='/read']");
        Assert.Equal("/boards/lounge", page.Url.AbsolutePath);
        Assert.NotNull(page.Document.QuerySelector(".notice.ok"));
        Assert.NotNull((await ben.Get("/unread")).Document.QuerySelector(".empty"));
    }

    [Fact]
    public async Task The_way_to_what_is_unread_does_not_wipe_the_marks_of_its_page()
    {
        var site = await host.NewSite();
        var topic = await site.Fill("general", 29, n => 1);
        var ben = await site.SignIn("ben");
        string Way(Page page) => page.Document.QuerySelector(".topic-bar .button")!.GetAttribute("href")!;
        var page = await ben.Get(topic + "?view=chronological");
        Assert.Equal(topic + "?view=chronological#p1", Way(page));
        // What stands on another page is led to.
        page = await Until(ben, topic + "?view=chronological", p => p.Unread().Count == 0);
        Assert.Equal(topic + "/posts/26", Way(page));
    }

    [Fact]
    public async Task Read_in_one_view_is_read_in_the_other_post_by_post()
    {
        var site = await host.NewSite();
        var ben = await site.SignIn("ben");
        // Even numbers hang below number 2, odd ones below the opening: both orders differ.
        var topic = await site.Fill("general", 59, n => n == 2 || n % 2 == 1 ? 1 : 2);
        var tree = await ben.Get(topic + "?view=tree");
        var seen = tree.Numbers();
        Assert.Equal(25, tree.Unread().Count);
        await Until(ben, topic + "?view=tree", p => p.Unread().Count == 0);
        var expected = Enumerable.Range(1, 60).Except(seen).ToList();
        var unread = new List<int>();
        for (var after = 0; after < 60; after += 25)
        {
            var page = await ben.Send(new(HttpMethod.Get, $"{topic}?view=chronological&after={after}") { Headers = { { "Sec-Purpose", "prefetch" } } });
            unread.AddRange(page.Unread());
        }
        Assert.Equal(expected, unread);
        var board = await ben.Get("/boards/general?view=topics");
        Assert.Equal($"{expected.Count} unread", board.Document.QuerySelector(".unread-mark")!.TextContent);
        var first = await ben.Get(board.Document.QuerySelector("li.unread .topic-title a")!.GetAttribute("href")!);
        Assert.Contains(expected[0], first.Numbers());
    }

    [Fact]
    public async Task Fetching_ahead_reads_nothing()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var topic = await anna.Start("general", "Ahead");
        foreach (var header in new[] { "Sec-Purpose", "Purpose" })
            await ben.Send(new(HttpMethod.Get, topic) { Headers = { { header, "prefetch;prerender" } } });
        await ben.Send(new(HttpMethod.Head, topic));
        await Task.Delay(300);
        Assert.Equal([1], (await ben.Get(topic)).Unread());
    }

    [Fact]
    public async Task Mark_all_reads_this_board_alone_and_later_posts_are_new()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var topics = new[] { await anna.Start("general", "One"), await anna.Start("general", "Two"), await anna.Start("lounge", "Elsewhere") };
        await ben.Submit("/boards/general", [], "form[action$='/read']");
        Assert.Empty((await ben.Get("/boards/general?view=topics")).Document.QuerySelectorAll("li.unread"));
        Assert.Single((await ben.Get("/boards/lounge?view=topics")).Document.QuerySelectorAll("li.unread"));
        await anna.Reply(topics[0], "Later");
        var board = await ben.Get("/boards/general?view=topics");
        Assert.Equal("1 unread", Assert.Single(board.Document.QuerySelectorAll("li.unread .unread-mark")).TextContent);
        Assert.Equal([2], (await ben.Get(topics[0])).Unread());
    }

    [Fact]
    public async Task What_stood_there_before_joining_is_read()
    {
        var site = await host.NewSite(recipe => recipe["topics"] = System.Text.Json.Nodes.JsonNode.Parse("""
            [{ "board": "general", "title": "Old and new", "by": "anna", "hoursAgo": 2300, "text": "Old",
               "replies": [{ "by": "anna", "hoursAgo": 2200, "text": "Before Ben", "replies": [] }, { "by": "carla", "hoursAgo": 5, "text": "After Ben", "replies": [] }] }]
            """));
        var ben = await site.SignIn("ben");
        Assert.Equal("1 unread", (await ben.Get("/boards/general?view=topics")).Document.QuerySelector(".unread-mark")!.TextContent);
        Assert.Equal([3], (await ben.Get("/boards/general/1")).Unread());
    }

    [Fact]
    public async Task Hidden_and_deleted_posts_are_never_unread()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Gone");
        await anna.Reply(topic, "Deleted soon");
        await anna.Reply(topic, "Hidden soon");
        await anna.Submit(topic + "/posts/2/delete", [], "form.form-actions");
        await mod.Submit(topic + "/posts/3/hide", new() { ["reason"] = "Spam" });
        Assert.Equal("1 unread", (await ben.Get("/boards/general?view=topics")).Document.QuerySelector(".unread-mark")!.TextContent);
        Assert.Equal([1], (await ben.Get(topic)).Unread());
    }

    [Fact]
    public async Task Pages_read_at_the_same_time_all_count()
    {
        var site = await host.NewSite();
        var topic = await site.Fill("general", 199, n => 1);
        var ben = (await site.Reader("ben")).Id!.Value;
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => site.With<MarkRead, int>(async mark =>
        {
            await mark.Posts(ben, Conversation.Id(topic), Enumerable.Range(1 + i * 10, 10), default);
            return 0;
        }))));
        var row = await site.Db(db => db.TopicReads.SingleAsync());
        Assert.Equal((200, 200), (row.ReadUpto, row.ReadCount));
        Assert.Null(row.Above);
    }

    [Fact]
    public async Task Nothing_published_while_all_is_marked_read_gets_lost()
    {
        var site = await host.NewSite();
        var topic = Conversation.Id(await (await site.SignIn("anna")).Start("general", "Race"));
        var (anna, ben) = (await site.Reader("anna"), await site.Reader("ben"));
        var board = (await site.Db(db => db.Boards.SingleAsync(b => b.Key == "general"))).Id;
        var writing = Task.WhenAll(Enumerable.Range(0, 30).Select(i => Task.Run(() => site.With<PublishPost, Published?>(p => p.Reply(anna, topic, 1, null, "x", Guid.NewGuid(), default)))));
        var known = new List<(long Floor, long Committed)>();
        for (var i = 0; i < 10; i++)
        {
            await site.With<MarkRead, int>(async m => { await m.Board(ben.Id!.Value, board, default); return 0; });
            known.Add(await site.Db(async db => ((await db.BoardReads.SingleAsync(r => r.BoardId == board)).Floor, await db.Posts.LongCountAsync())));
        }
        await writing;
        // Whatever lies at or below a floor had been committed when the floor was set.
        foreach (var (floor, committed) in known)
            Assert.True(await site.Db(db => db.Posts.LongCountAsync(p => p.Id <= floor)) <= committed);
    }
}
