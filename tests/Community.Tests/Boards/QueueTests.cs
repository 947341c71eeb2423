using System.Net;
using Community.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Boards;

/// <summary>Posts that wait for a moderator, and what moderators decide.</summary>
[OnBothDatabases]
public sealed class QueueTests(TestHost host)
{
    static Task Holds(TestSite site, Hold hold, int first = 0) =>
        site.Db(db => db.Boards.Where(b => b.Key == "general")
            .ExecuteUpdateAsync(s => s.SetProperty(b => b.Hold, hold).SetProperty(b => b.HoldFirst, first)));

    static Task<List<string>> Published(TestSite site) =>
        site.Db(db => db.Events.Where(e => e.Type == "boards.post-published").OrderBy(e => e.Seq).Select(e => e.Data).ToListAsync());

    static Task<QueueEntry> Entry(TestSite site) =>
        site.Db(db => db.QueueEntries.OrderByDescending(q => q.Id).FirstAsync());

    static async Task Agrees(TestSite site)
    {
        await site.EventsRead();
        Assert.Equal([], await site.With((CheckBoards c) => c.Problems(default).ToListAsync().AsTask()));
    }

    [Fact]
    public async Task From_what_waits_and_from_a_report_it_is_one_step_to_the_record_of_the_author()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Open talk");
        await ben.Submit(topic + "/posts/1/report", new() { ["reason"] = "Sells something" });
        await Holds(site, Hold.Everything);
        await ben.Reply(topic, "Waiting words");
        foreach (var (page, author) in new[] { ("/staff/reports", "anna"), ("/staff/queue", "ben") })
        {
            var link = (await mod.Get(page)).Document.QuerySelector("article.card a[href^='/staff/boards/members/']");
            Assert.Equal("/staff/boards/members/" + (await site.Reader(author)).Id, link?.GetAttribute("href"));
            Assert.Equal(HttpStatusCode.OK, (await mod.Get(link!.GetAttribute("href")!)).Status);
        }
    }

    [Fact]
    public async Task A_post_that_waits_is_seen_by_its_author_and_moderators_alone_until_it_is_approved()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Open talk");
        await Holds(site, Hold.None, first: 2);
        var before = await site.Db(db => db.Topics.Select(t => t.LastPostAt).SingleAsync());
        var told = await ben.Reply(topic, "Waiting words");
        Assert.Contains("waits for a moderator", told.Text);
        Assert.Contains("Waiting words", told.Document.QuerySelector("#p2")!.TextContent);
        Assert.Contains("Waiting words", (await mod.Get(topic)).Text);
        foreach (var person in new[] { anna, site.Visitor() })
        {
            foreach (var url in new[] { topic, topic + "?view=tree", "/boards/general", "/boards/general?view=tree",
                "/boards/general?view=posts", "/", "/members/" + (await site.Reader("ben")).Handle })
                Assert.DoesNotContain("Waiting words", (await person.Get(url)).Html);
            Assert.Null((await person.Get(topic)).Document.QuerySelector("#p2"));
            Assert.Empty((await person.Get(topic)).Unread());
        }
        Assert.Equal(HttpStatusCode.NotFound, (await anna.Get(topic + "/posts/2/report")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await anna.Get(topic + "/reply?to=2&quote=true")).Status);
        Assert.Single(await Published(site));
        Assert.Equal(before, await site.Db(db => db.Topics.Select(t => t.LastPostAt).SingleAsync()));
        // Pressed again, gone back and pressed again: one post waits.
        for (var i = 0; i < 5; i++) await ben.Reply(topic, "Waiting words");
        Assert.Equal(1, await site.Db(db => db.QueueEntries.CountAsync()));
        Assert.Equal(2, await site.Db(db => db.Posts.CountAsync()));
        await Agrees(site);
        // Several within the pause: the limits were the author's.
        await ben.Reply(topic, "Waiting too");
        Assert.Contains("2 posts wait", (await mod.Get("/staff")).Text);
        foreach (var _ in "ab") await mod.Submit("/staff/queue", new() { ["act"] = "approve" }, "article form");
        var read = await anna.Get(topic);
        Assert.Equal([1, 2, 3], read.Numbers());
        Assert.Equal([2, 3], read.Unread());
        Assert.Equal(3, (await Published(site)).Count);
        // Known by now.
        await ben.Reply(topic, "At once");
        Assert.Contains("At once", (await anna.Get(topic)).Text);
        await Agrees(site);
    }

    [Fact]
    public async Task A_topic_whose_opening_waits_is_seen_by_nobody_else_and_not_answered()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        await Holds(site, Hold.Everything);
        var topic = await ben.Start("general", "Pills of mine", "Cheap");
        Assert.Contains("Pills of mine", (await ben.Get("/boards/general")).Text);
        Assert.Contains("waits for a moderator", (await ben.Get(topic)).Text);
        foreach (var url in new[] { topic, topic + "/posts/1", topic + "/posts/1/history" })
            Assert.Equal(HttpStatusCode.NotFound, (await anna.Get(url)).Status);
        Assert.DoesNotContain("Pills", (await anna.Get("/boards/general")).Html);
        // Round the queue: its author answers it, and so would a moderator.
        var refused = await Assert.ThrowsAsync<Refused>(async () => await site.With((PublishPost p) => p.Reply(
            site.Reader("ben").Result, Conversation.Id(topic), 1, null, "Below", Guid.NewGuid(), default)));
        Assert.Equal("boards.refused.waits", refused.Message);
        await mod.Submit("/staff/queue", new() { ["act"] = "refuse", ["reason"] = "No advertising" }, "article form");
        Assert.Contains("No advertising", (await ben.Get(topic)).Text);
        Assert.Equal(HttpStatusCode.NotFound, (await anna.Get(topic)).Status);
        Assert.Empty(await Published(site));
        // A button elsewhere does not bring it back.
        Assert.Null((await mod.Get(topic)).Document.QuerySelector("form[action$='/restore']"));
        await Assert.ThrowsAsync<Refused>(async () =>
            await site.With((Moderate m) => m.RestoreTopic(site.Reader("mod").Result, Conversation.Id(topic), default)));
        Assert.Equal(HttpStatusCode.NotFound, (await anna.Get(topic)).Status);
        await Agrees(site);
    }

    [Fact]
    public async Task Of_two_moderators_one_decides_and_the_other_is_told()
    {
        var site = await host.NewSite();
        var (ben, mod, admin) = (await site.SignIn("ben"), await site.SignIn("mod"), await site.SignIn("admin"));
        await Holds(site, Hold.Everything);
        var topic = await ben.Start("general", "Two browsers");
        var (one, other) = (await mod.Get("/staff/queue"), await admin.Get("/staff/queue"));
        await mod.Submit(one, new() { ["act"] = "approve" }, "article form");
        var told = await admin.Submit(other, new() { ["act"] = "refuse", ["reason"] = "No" }, "article form");
        Assert.Contains("already approved by Moderator", told.Text);
        Assert.Contains("Two browsers", (await site.Visitor().Get(topic)).Text);
        // What the author changes meanwhile has to be seen.
        var second = await ben.Start("general", "Harmless");
        one = await mod.Get("/staff/queue");
        await ben.Submit(second + "/posts/1/edit", new() { ["text"] = "Pills" });
        Assert.Contains("has changed meanwhile", (await mod.Submit(one, new() { ["act"] = "approve" }, "article form")).Text);
        Assert.Equal(HttpStatusCode.NotFound, (await site.Visitor().Get(second)).Status);
        // Corrected by the moderator, and approved.
        await mod.Submit($"/staff/queue/{(await Entry(site)).Id}", new() { ["text"] = "Corrected", ["act"] = "approve" });
        Assert.Contains("Corrected", (await site.Visitor().Get(second)).Text);
        await Agrees(site);
    }

    [Fact]
    public async Task An_edit_waits_without_taking_the_published_version_away()
    {
        var site = await host.NewSite();
        var (ben, mod) = (await site.SignIn("ben"), await site.SignIn("mod"));
        var topic = await ben.Start("general", "Recipes", "Soup");
        await Holds(site, Hold.Links | Hold.Pictures);
        await ben.Submit(topic + "/posts/1/edit", new() { ["text"] = "Soup and bread" });
        Assert.Contains("Soup and bread", (await site.Visitor().Get(topic)).Text);
        var told = await ben.Submit(topic + "/posts/1/edit", new() { ["text"] = "Buy at https://pills.example" });
        Assert.Contains("waits for a moderator", told.Text);
        Assert.Contains("Soup and bread", (await site.Visitor().Get(topic)).Text);
        Assert.Contains("pills.example", (await mod.Get("/staff/queue")).Text);
        await mod.Submit("/staff/queue", new() { ["act"] = "refuse", ["reason"] = "No" }, "article form");
        Assert.Contains("Soup and bread", (await site.Visitor().Get(topic)).Text);
        await ben.Submit(topic + "/posts/1/edit", new() { ["text"] = "See https://soup.example" });
        await mod.Submit("/staff/queue", new() { ["act"] = "approve" }, "article form");
        Assert.Contains("soup.example", (await site.Visitor().Get(topic)).Text);
        var post = await site.Db(db => db.Posts.SingleAsync());
        Assert.Equal(post.AuthorId, post.EditedBy);
        Assert.Null((await Entry(site)).Text);
        // A link in a block of code, or within the site, is none; one that only looks like the site's is.
        var own = site.Site.CanonicalHost;
        await ben.Reply(topic, $"`https://code.example` and [here](/boards/general), https://{own}/boards/general, http://{own}:8080/x");
        Assert.Equal(2, await site.Db(db => db.QueueEntries.CountAsync()));
        // Deleted before it is decided, it leaves the queue.
        await ben.Reply(topic, $"At https://{own}.gone.example/");
        await ben.Submit(topic + "/posts/3/delete", [], "main form");
        Assert.Contains("Nothing waits", (await mod.Get("/staff/queue")).Text);
        await Agrees(site);
    }

    [Fact]
    public async Task Who_decides_about_an_edit_is_told_that_a_moderator_edited_the_post_since()
    {
        var site = await host.NewSite();
        var (ben, mod, admin) = (await site.SignIn("ben"), await site.SignIn("mod"), await site.SignIn("admin"));
        var topic = await ben.Start("general", "Recipes", "Soup for Mr Smith, Hill Road");
        await Holds(site, Hold.Links);
        await ben.Submit(topic + "/posts/1/edit", new() { ["text"] = "Soup for Mr Smith, Hill Road. https://soup.example" });
        var seen = await mod.Get("/staff/queue");
        Assert.DoesNotContain("edited the post since", seen.Text);
        await admin.Submit(topic + "/posts/1/correct", new() { ["text"] = "Soup", ["reason"] = "An address" });
        var told = await mod.Submit(seen, new() { ["act"] = "approve" }, "article form");
        Assert.Contains("has changed meanwhile", told.Text);
        Assert.Contains("edited the post since", told.Text);
        Assert.DoesNotContain("Hill Road", (await site.Visitor().Get(topic)).Text);
        await mod.Submit("/staff/queue", new() { ["act"] = "approve" }, "article form");
        Assert.Contains("soup.example", (await site.Visitor().Get(topic)).Text);
        await Agrees(site);
    }

    [Fact]
    public async Task A_post_is_approved_where_it_is_by_then_if_its_topic_is_merged_meanwhile()
    {
        Assert.SkipUnless(TestHost.OnPostgreSql, "SQLite has one writer.");
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.Reader("ben"));
        var older = Conversation.Id(await anna.Start("general", "Older"));
        var topic = await anna.Start("general", "Newer");
        await anna.Reply(topic, "First");
        await Holds(site, Hold.Everything);
        // Not through a page: what it has shown is noted after it, and would wait for the topic before the merging does.
        await site.With((PublishPost p) => p.Reply(ben, Conversation.Id(topic), 1, null, "Waits", Guid.NewGuid(), default));
        var (mod, entry, newer) = (await site.Reader("mod"), await Entry(site), Conversation.Id(topic));
        // As would what anna's pages have shown.
        await TestSite.Until(
            async () => (await site.Db(db => db.TopicReads.Where(r => r.TopicId == newer).ToListAsync())).Any(r => r.Set.Contains(2)),
            "what anna has read is noted");
        var (merged, decided) = (Task.FromResult<Place?>(null), Task.FromResult(new Decided(Decision.Missing)));
        await site.Db(async db =>
        {
            await using var change = await db.Change();
            await db.LockRow<Topic>(newer);
            merged = site.With((MergeTopics m) => m.Of(mod, older, newer, default));
            await TestSite.Until(async () => await Waiting(db) >= 1, "the merging waits for the topic");
            decided = site.With((DecideQueue d) => d.Approve(mod, entry.Id, entry.Version, null, null, default));
            await TestSite.Until(async () => decided.IsCompleted || await Waiting(db) >= 2, "the approval waits behind it");
            return 0;
        });
        Assert.NotNull(await merged);
        Assert.Equal(Decision.Done, (await decided).What);
        Assert.Equal(older, (await decided).Place!.TopicId);
        await Agrees(site);

        // One behind the other: who waits for the row's place in the queue is blocked by who waits for the row.
        static Task<int> Waiting(SiteDb db) =>
            db.Database.SqlQuery<int>(
                $"""
                SELECT count(DISTINCT pid)::int AS "Value" FROM pg_locks
                WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                OR NOT granted AND locktype = 'transactionid' AND pg_backend_pid() = ANY(pg_blocking_pids(pid))
                """
            ).SingleAsync();
    }

    [Fact]
    public async Task More_than_a_page_waits_and_the_rest_is_on_the_next()
    {
        var site = await host.NewSite();
        var mod = await site.SignIn("mod");
        var topic = Conversation.Id(await site.Fill("general", 52, _ => 1));
        await site.Db(async db =>
        {
            var posts = await db.Posts.Where(p => p.TopicId == topic && p.Number > 1).OrderBy(p => p.Number).ToListAsync();
            db.QueueEntries.AddRange(
                posts.Take(32).Select(p => new QueueEntry { Post = p, Since = db.Now, IsEdit = true, Text = "Words" }));
            // Two of each post: it stands on one page, with both.
            db.Reports.AddRange(posts.Concat(posts).Select((p, n) => new Report { Post = p, Reason = $"R{n}", At = db.Now }));
            return await db.SaveChangesAsync();
        });
        foreach (var (url, all) in new[] { ("/staff/queue", 32), ("/staff/reports", 52) })
        {
            var first = await mod.Get(url);
            var second = await mod.Get(first.Document.QuerySelector(".pager a[rel=next]")!.GetAttribute("href")!);
            Assert.Null(second.Document.QuerySelector(".pager a[rel=next]"));
            var ids = new[] { first, second }.SelectMany(p => p.Document.QuerySelectorAll("article h2").Select(h => h.Id)).ToList();
            Assert.Equal((all, all, 2), (ids.Count, ids.Distinct().Count(), second.Document.QuerySelectorAll("article").Length));
        }
    }

    [Fact]
    public async Task Staff_set_what_waits_on_a_board()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var id = await site.Db(db => db.Boards.Where(b => b.Key == "general").Select(b => b.Id).SingleAsync());
        var page = await admin.Submit($"/staff/boards/{id}", new() { ["holdFirst"] = "21" });
        Assert.Contains("0 to 20", page.Text);
        await admin.Submit($"/staff/boards/{id}", new() { ["holdFirst"] = "3", ["hold"] = "Links" });
        var board = await site.Db(db => db.Boards.SingleAsync(b => b.Id == id));
        Assert.Equal((Hold.Links, 3), (board.Hold, board.HoldFirst));
    }
}
