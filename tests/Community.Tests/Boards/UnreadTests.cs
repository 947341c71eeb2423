using Community.Boards;
using Community.Notifications;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Boards;

/// <summary>What is marked as unread, in either view.</summary>
[OnBothDatabases]
public sealed class UnreadTests(TestHost host)
{
    /// <summary>Reloads the page until what an earlier visit read has been stored.</summary>
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

    /// <param name="more">With many boards the newest topics of each are looked at first.</param>
    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    public async Task A_board_is_marked_also_for_an_older_topic_alone(int more)
    {
        var site = await host.NewSite(recipe =>
        {
            var boards = recipe["boards"]!.AsArray();
            for (var i = 1; i <= more; i++)
            {
                var board = boards[0]!.DeepClone();
                (board["key"], board["name"]) = ($"more{i}", $"More {i}");
                boards.Add(board);
            }
        });
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var topics = new List<string>();
        for (var i = 1; i <= 6; i++) topics.Add(await anna.Start("general", $"Topic {i}"));
        foreach (var topic in topics[1..])
        {
            await ben.Get(topic);
            await Until(ben, topic, p => p.Unread().Count == 0);
        }
        foreach (var url in new[] { "/boards", "/" })
            Assert.Single((await ben.Get(url)).Document.QuerySelectorAll(".board-list li.unread"));
        await ben.Get(topics[0]);
        await Until(ben, "/boards", p => p.Document.QuerySelector(".board-list li.unread") is null);
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
        // The page does not show what the reader may not read.
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
        var topic = await site.Fill("general", 39, n => 1);
        var ben = await site.SignIn("ben");
        string Way(Page page) => page.Document.QuerySelector(".topic-bar .button")!.GetAttribute("href")!;
        var page = await ben.Get(topic + "?view=chronological");
        Assert.Equal("#p1", Way(page));
        // The link leads to an unread post on another page.
        page = await Until(ben, topic + "?view=chronological", p => p.Unread().Count == 0);
        Assert.Equal(Conversation.WithoutWords(topic) + "/posts/26", Way(page));
    }

    [Fact]
    public async Task Read_in_one_view_is_read_in_the_other_post_by_post()
    {
        var site = await host.NewSite();
        var ben = await site.SignIn("ben");
        // Even numbers reply to number 2, odd ones to the opening post, so the two orders differ.
        var topic = await site.Fill("general", 59, n => n == 2 || n % 2 == 1 ? 1 : 2);
        var tree = await ben.Get(topic + "?view=tree");
        var seen = tree.Numbers();
        Assert.Equal(25, tree.Unread().Count);
        await Until(ben, topic + "?view=tree", p => p.Unread().Count == 0);
        var expected = Enumerable.Range(1, 60).Except(seen).ToList();
        var unread = new List<int>();
        for (var after = 0; after < 60; after += 25)
        {
            var page = await ben.Send(
                new(HttpMethod.Get, $"{topic}?view=chronological&after={after}") { Headers = { { "Sec-Purpose", "prefetch" } } }
            );
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
        var topics = new[]
        {
            await anna.Start("general", "One"),
            await anna.Start("general", "Two"),
            await anna.Start("lounge", "Elsewhere"),
        };
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
        var site = await host.NewSite(recipe =>
            recipe["topics"] = System.Text.Json.Nodes.JsonNode.Parse(
                """
                [{ "board": "general", "title": "Old and new", "by": "anna", "hoursAgo": 2300, "text": "Old",
                   "replies": [{ "by": "anna", "hoursAgo": 2200, "text": "Before Ben", "replies": [] },
                       { "by": "carla", "hoursAgo": 5, "text": "After Ben", "replies": [] }] }]
                """
            )
        );
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
        var (anna, ben) = (await site.Reader("anna"), await site.SignIn("ben"));
        var topics = new List<long>();
        for (var i = 0; i < 6; i++)
            topics.Add(
                (
                    await site.With<PublishPost, Published?>(p => p.StartTopic(anna, "general", "Race " + i, "x", Guid.NewGuid(), default))
                )!.TopicId
            );
        var writing = Task.WhenAll(
            topics.Select(topic =>
                Task.Run(async () =>
                {
                    for (var i = 0; i < 8; i++)
                        await site.With<PublishPost, Published?>(p => p.Reply(anna, topic, 1, null, "x", Guid.NewGuid(), default));
                })
            )
        );
        // Only posts committed before the query below can be known to the page, and nothing else may be marked.
        var known = new HashSet<long>();
        while (!writing.IsCompleted)
        {
            var page = await ben.Get("/boards/general");
            known.UnionWith(await site.Db(db => db.Posts.Select(p => p.Id).ToListAsync()));
            await ben.Post(page, [], "form[action$='/read']");
        }
        await writing;
        var later = await site.Db(db =>
            db.Posts.Where(p => !known.Contains(p.Id)).GroupBy(p => p.TopicId).Select(g => new { g.Key, Count = g.Count() }).ToListAsync()
        );
        var board = await ben.Get("/boards/general?view=topics");
        foreach (var topic in later)
            Assert.True(
                int.Parse(
                    board
                        .Document.QuerySelector($".topic-title a[href^='/boards/general/{topic.Key}/posts/'] .unread-mark")!
                        .TextContent.Split(' ')[0]
                ) >= topic.Count
            );
        await ben.Submit("/boards/general?view=topics", [], "form[action$='/read']");
        Assert.Null((await ben.Get("/boards/general?view=topics")).Document.QuerySelector(".unread-mark"));
    }

    [Fact]
    public async Task A_page_that_stood_open_marks_what_it_showed_and_nothing_that_came_since()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var shown = await anna.Start("general", "Shown");
        var old = await ben.Get("/boards/general?view=topics");
        await anna.Reply(shown, "Came since");
        var since = await anna.Start("general", "Came since");
        await ben.Submit(old, [], "form[action$='/read']");
        Assert.Equal([2], (await ben.Get(shown)).Unread());
        Assert.Equal([1], (await ben.Get(since)).Unread());
        // An old page undoes nothing that a newer one marked; a forged one marks nothing that is written later.
        await ben.Submit("/boards/general", [], "form[action$='/read']");
        await ben.Submit(old, [], "form[action$='/read']");
        await ben.Submit(old, new() { ["upto"] = $"{long.MaxValue}-{long.MaxValue}-" }, "form[action$='/read']");
        foreach (var none in new[] { "", "x", "9-9", "-1--1-", "1-0-1.2.x" })
            await ben.Submit(old, new() { ["upto"] = none }, "form[action$='/read']");
        Assert.Null((await ben.Get("/boards/general?view=topics")).Document.QuerySelector(".unread-mark"));
        await anna.Reply(shown, "After all that");
        Assert.Equal([3], (await ben.Get(shown)).Unread());
    }

    [Fact]
    public async Task A_post_that_was_on_its_way_when_the_page_was_made_stays_unread()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var (late, other) = (await anna.Start("general", "Late"), await anna.Start("general", "Other"));
        await anna.Reply(late, "Drew its id early");
        await anna.Reply(other, "Committed before it");
        // What a page can see on PostgreSQL: the third post is not committed yet, the fourth is.
        await ben.Submit("/boards/general", new() { ["upto"] = "4-0-3" }, "form[action$='/read']");
        Assert.Equal([2], (await ben.Get(late)).Unread());
        Assert.Equal([], (await ben.Get(other)).Unread());
    }

    [Fact]
    public async Task A_moved_topic_keeps_what_each_member_has_read()
    {
        var site = await host.NewSite();
        var (anna, ben, carla, mod) = (
            await site.SignIn("anna"),
            await site.SignIn("ben"),
            await site.SignIn("carla"),
            await site.SignIn("mod")
        );
        var topic = await anna.Start("general", "Wanderer");
        await ben.Submit("/boards/general", [], "form[action$='/read']");
        await anna.Reply(topic, "Nobody has seen this");
        await anna.Start("lounge", "Later than both");
        await carla.Submit("/boards/lounge", [], "form[action$='/read']");
        topic = (await mod.Submit(topic + "/move", new() { ["board"] = "lounge" })).Url.AbsolutePath;
        Assert.Equal([2], (await ben.Get(topic)).Unread());
        Assert.Equal([1, 2], (await carla.Get(topic)).Unread());
        await Until(ben, topic, p => p.Unread().Count == 0);
        await Until(carla, topic, p => p.Unread().Count == 0);
        // Marking its new board covers it; marking the board that it left does not cover what is written in it now.
        await anna.Reply(topic, "After the move");
        await ben.Submit("/boards/general", [], "form[action$='/read']");
        Assert.Equal([3], (await ben.Get(topic)).Unread());
        await carla.Submit("/boards/lounge", [], "form[action$='/read']");
        Assert.Equal([], (await carla.Get(topic)).Unread());
        // Also after its old board was deleted.
        await site.Db(db => db.Topics.Where(t => t.Board.Key == "general").ExecuteDeleteAsync());
        var id = await site.Db(db => db.Boards.Where(b => b.Key == "general").Select(b => b.Id).SingleAsync());
        var admin = await site.Reader("admin");
        await site.With<EndBoard, bool>(async end => { await end.Delete(admin, id, default); return true; });
        Assert.Equal([], (await carla.Get(topic)).Unread());
    }

    [Fact]
    public async Task A_board_is_not_marked_for_a_post_that_went_before_it_was_seen_and_is_again_once_it_is_back()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Gone");
        await anna.Reply(topic, "Hidden soon");
        await anna.Reply(topic, "Deleted soon");
        await mod.Submit(topic + "/posts/2/hide", new() { ["reason"] = "Why not" });
        await anna.Submit(topic + "/posts/3/delete", [], "form.form-actions");
        await Until(ben, topic, p => p.Unread().Count == 0);
        foreach (var url in new[] { "/boards", "/", "/boards/general?view=topics", "/boards/general?view=tree", "/unread" })
            Assert.Null((await ben.Get(url)).Document.QuerySelector(".unread, .unread-mark"));
        await mod.Submit(topic, [], "form[action$='/posts/2/restore']");
        foreach (var url in new[] { "/boards", "/", "/boards/general?view=topics", "/boards/general?view=tree", "/unread" })
            Assert.NotNull((await ben.Get(url)).Document.QuerySelector("li.unread"));
        Assert.Equal([2], (await ben.Get(topic)).Unread());
        await Until(ben, "/boards", p => p.Document.QuerySelector(".unread") is null);
        // A hidden topic is unread for nobody.
        await anna.Reply(topic, "Once more");
        await mod.Submit(topic + "/hide", new() { ["reason"] = "" });
        foreach (var url in new[] { "/boards", "/boards/general?view=topics", "/unread", topic })
            Assert.Null((await mod.Get(url)).Document.QuerySelector(".unread, .unread-mark"));
    }

    [Fact]
    public async Task A_hidden_post_whose_place_a_member_passed_is_new_once_it_is_back_also_while_they_have_notices()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        var own = await ben.Start("general", "Answered");
        await anna.Reply(own, "Yes");
        var id = (await site.Reader("ben")).Id!.Value;
        await TestSite.Until(() => site.Db(db => db.Notices.AnyAsync(n => n.MemberId == id && n.ReadAt == null)), "ben has a notice");
        var topic = await anna.Start("general", "Gone");
        await anna.Reply(topic, "Hidden soon");
        await mod.Submit(topic + "/posts/2/hide", new() { ["reason"] = "Why not" });
        await Until(ben, topic, p => p.Unread().Count == 0);
        await mod.Submit(topic, [], "form[action$='/posts/2/restore']");
        Assert.Equal([2], (await ben.Get(topic)).Unread());
    }

    [Fact]
    public async Task What_a_member_wrote_is_never_unread_for_that_member_also_before_it_was_shown()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.Reader("anna"), await site.SignIn("ben"));
        var topic = (
            await site.With<PublishPost, Published?>(p => p.StartTopic(anna, "general", "Mine", "Words", Guid.NewGuid(), default))
        )!.TopicId;
        await site.With<PublishPost, Published?>(p => p.Reply(anna, topic, 1, null, "More", Guid.NewGuid(), default));
        var browser = await site.SignIn("anna");
        foreach (var url in new[] { "/boards", "/boards/general?view=topics", "/boards/general?view=posts", "/unread" })
        {
            Assert.Null((await browser.Get(url)).Document.QuerySelector(".unread"));
            Assert.NotNull((await ben.Get(url)).Document.QuerySelector(".unread"));
        }
    }

    [Fact]
    public async Task A_move_writes_one_row_however_many_members_have_marked_the_board()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Wanderer");
        foreach (var member in new[] { ben, mod, await site.SignIn("carla") })
            await member.Submit("/boards/general", [], "form[action$='/read']");
        var before = await site.Db(async db => (await db.BoardReads.CountAsync(), await db.TopicReads.CountAsync()));
        await mod.Submit(topic + "/move", new() { ["board"] = "lounge" });
        Assert.Equal(before, await site.Db(async db => (await db.BoardReads.CountAsync(), await db.TopicReads.CountAsync())));
        Assert.Equal(1, await site.Db(db => db.TopicStays.CountAsync()));
        // Repeated marking leaves just one mark more than the times that a topic left.
        for (var i = 0; i < 3; i++) await ben.Submit("/boards/general", [], "form[action$='/read']");
        var id = (await site.Reader("ben")).Id!.Value;
        Assert.Equal(2, await site.Db(db => db.BoardReads.CountAsync(r => r.MemberId == id)));
    }
}
