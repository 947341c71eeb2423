using System.Net;
using Community.Boards;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Boards;

/// <summary>What moderators do, and what remains afterwards.</summary>
public sealed class ModerationTests(TestHost host)
{
    [Fact]
    public async Task A_hidden_post_is_gone_for_readers_and_comes_back()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Hide and seek");
        await ben.Reply(topic, "Buy my pills", title: "Pills");
        await mod.Submit(topic + "/posts/2/hide", new() { ["reason"] = "Advertising" });
        foreach (var person in new[] { anna, ben, site.Visitor() })
        {
            var page = await person.Get(topic);
            Assert.DoesNotContain("ills", page.Document.QuerySelector("#p2")!.OuterHtml);
            Assert.Contains("Advertising", page.Document.QuerySelector("#p2")!.TextContent);
            foreach (
                var url in new[]
                {
                    "/boards/general?view=tree",
                    "/boards/general?view=posts",
                    "/",
                    topic + "/reply?to=2&quote=true",
                }.Concat(person == ben ? [] : [topic + "/posts/2/history"])
            )
                Assert.DoesNotContain("ills", (await person.Get(url)).Document.QuerySelector("main")!.OuterHtml.Replace("unskilled", ""));
        }
        // Its author is told that it is theirs, and can read it on a page of its own.
        var told = (await ben.Get(topic)).Document.QuerySelector("#p2")!;
        Assert.Contains("Your post", told.TextContent);
        Assert.Contains("Buy my pills", (await ben.Get(told.QuerySelector("a[href$='/history']")!.GetAttribute("href")!)).Html);
        Assert.DoesNotContain("Your post", (await anna.Get(topic)).Document.QuerySelector("#p2")!.TextContent);
        Assert.Contains("Buy my pills", (await mod.Get(topic)).Html);
        await mod.Submit(topic, [], "form[action$='/posts/2/restore']");
        Assert.Contains("Buy my pills", (await site.Visitor().Get(topic)).Html);
        Assert.Equal(
            [ModerationAct.HidePost, ModerationAct.RestorePost],
            await site.Db(db => db.ModerationLog.OrderBy(m => m.Id).Select(m => m.Act).ToListAsync())
        );
        Assert.Equal(2, await site.Db(db => db.Audit.CountAsync(a => a.Action == "boards.HidePost" || a.Action == "boards.RestorePost")));
        var trail = await mod.Get("/staff/boards/moderation");
        Assert.Contains("Moderator", trail.Text);
        Assert.Contains("Advertising", trail.Text);
        // The audit log stores what it was about independently of language, and shows it in the reader's language.
        var admin = await site.SignIn("admin");
        Assert.Contains($"post 2 of topic {topic.Split('/')[^1]}", (await admin.Get("/staff/audit")).Text);
        await admin.Get("/language/ja");
        Assert.Contains($"話題 {topic.Split('/')[^1]} の投稿 2", (await admin.Get("/staff/audit")).Text);
    }

    [Fact]
    public async Task What_was_done_is_said_once_and_can_be_undone()
    {
        var site = await host.NewSite();
        var (anna, mod) = (await site.SignIn("anna"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Done and undone");
        await anna.Reply(topic, "Here and gone");
        foreach (var (form, undo) in new[] { ("form[action$='/lock']", "/unlock"), ("form[action$='/pin']", "/unpin") })
        {
            var done = await mod.Submit(topic, [], form);
            Assert.NotEmpty(done.Document.QuerySelector(".notice.ok p")!.TextContent);
            var back = await mod.Submit(done, [], $".notice.ok form[action$='{undo}']");
            Assert.NotNull(back.Document.QuerySelector(form));
        }
        var hidden = await mod.Submit(topic + "/posts/2/hide", new() { ["reason"] = "Why not" });
        Assert.Equal("The post is hidden. Reports about it are closed.", hidden.Document.QuerySelector("#done .notice.ok p")!.TextContent);
        await mod.Submit(hidden, [], "#done form");
        Assert.Contains("Here and gone", (await anna.Get(topic)).Html);
        Assert.Null((await mod.Get(topic)).Document.QuerySelector(".notice.ok"));
    }

    [Fact]
    public async Task A_topic_moves_to_another_board_that_was_chosen()
    {
        var site = await host.NewSite();
        var (anna, mod) = (await site.SignIn("anna"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "On the move");
        var form = await mod.Get(topic + "/move");
        Assert.Equal(
            ["", "news", "lounge", "inner"],
            form.Document.QuerySelectorAll("#board option").Select(o => o.GetAttribute("value")!)
        );
        foreach (var none in new[] { "", "general" })
        {
            var refused = await mod.Submit(form, new() { ["board"] = none });
            Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
            Assert.NotEmpty(refused.Document.QuerySelector("#board-error")!.TextContent);
        }
        var moved = await mod.Submit(form, new() { ["board"] = "lounge" });
        Assert.Equal(topic.Replace("general", "lounge"), Conversation.WithoutWords(moved.Url.AbsolutePath));
    }

    [Fact]
    public async Task A_report_is_announced_where_moderators_begin()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        Assert.DoesNotContain("waiting to be looked at", (await mod.Get("/staff")).Text);
        var topic = await anna.Start("general", "Look at me");
        await ben.Submit(topic + "/posts/1/report", new() { ["reason"] = "Rude" });
        var start = await mod.Get("/staff");
        Assert.Contains("One reported post is waiting", start.Document.QuerySelector(".notice.warn")!.TextContent);
        Assert.Equal("1", start.Document.QuerySelector(".side-nav a[href='/staff/reports'] .count")!.LastChild!.TextContent.Trim());
        // The number of the member's own notices stands beside the menu.
        const string waiting = ".account-menu .count, .side-nav .count";
        var home = await mod.Get("/");
        Assert.NotNull(home.Document.QuerySelector(".account-menu a[href='/staff'] .count"));
        Assert.NotNull(home.Document.QuerySelector(".account-menu > summary .count"));
        Assert.Null((await (await site.SignIn("web")).Get("/staff")).Document.QuerySelector(waiting));
        var after = await mod.Submit("/staff/reports", [], "form[action$='/dismiss']");
        Assert.NotNull(after.Document.QuerySelector(".notice.ok"));
        Assert.Null(after.Document.QuerySelector(waiting));
    }

    [Fact]
    public async Task The_choice_of_boards_says_which_are_not_for_everyone()
    {
        var site = await host.NewSite();
        var topic = await (await site.SignIn("anna")).Start("general", "On the move");
        var mod = await site.SignIn("mod");
        var options = (await mod.Get(topic + "/move"))
            .Document.QuerySelectorAll("option")
            .ToDictionary(o => o.GetAttribute("value")!, o => o.TextContent);
        Assert.Equal(
            ("Lounge – read by: Members", "Inner – read by: Groups", "Announcements – read by: Everyone, also visitors"),
            (options["lounge"], options["inner"], options["news"])
        );
        var visitor = await site.Visitor().Get("/boards/inner");
        Assert.Equal(
            (HttpStatusCode.NotFound, "/sign-in?returnUrl=%2Fboards%2Finner"),
            (visitor.Status, visitor.Document.QuerySelector("main a[href^='/sign-in']")!.GetAttribute("href"))
        );
        Assert.Contains("sign in to see them", (await site.Visitor().Get("/boards/nowhere")).Text);
    }

    [Fact]
    public async Task A_locked_topic_refuses_replies()
    {
        var site = await host.NewSite();
        var (anna, mod) = (await site.SignIn("anna"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Locked");
        var form = await anna.Get(topic + "/reply?to=1");
        await mod.Submit(topic, [], "form[action$='/lock']");
        var answer = await anna.Submit(form, new() { ["text"] = "Too late" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.Status);
        Assert.Equal("Too late", answer.Document.QuerySelector("textarea")!.TextContent.Trim());
        Assert.Null((await anna.Get(topic)).Document.QuerySelector("textarea"));
        Assert.Equal(1, await site.Db(db => db.Posts.CountAsync()));
        await mod.Submit(topic, [], "form[action$='/unlock']");
        await anna.Reply(topic, "In time");
        Assert.Equal(2, await site.Db(db => db.Posts.CountAsync()));
    }

    [Fact]
    public async Task A_hidden_topic_is_seen_by_moderators_alone_and_counted_no_more()
    {
        var site = await host.NewSite();
        var (anna, mod) = (await site.SignIn("anna"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Vanishing");
        await anna.Reply(topic, "Words within");
        await TestSite.Until(() => site.Db(db => db.Boards.AnyAsync(b => b.Key == "general" && b.PostCount == 2)), "two posts");
        Assert.Contains("Vanishing", (await site.Visitor().Get("/")).Html);
        var hidden = await mod.Submit(topic + "/hide", new() { ["reason"] = "Off topic" });
        Assert.DoesNotContain("This topic is closed", hidden.Text);
        await TestSite.Until(
            () =>
                site.Db(db => db.Boards.AnyAsync(b => b.Key == "general" && b.PostCount == 0 && b.TopicCount == 0 && b.LastPostId == null)),
            "none"
        );
        foreach (var person in new[] { anna, site.Visitor() })
        {
            Assert.Equal(HttpStatusCode.NotFound, (await person.Get(topic)).Status);
            foreach (
                var url in new[]
                {
                    "/",
                    "/boards",
                    "/boards/general?view=topics",
                    "/boards/general?view=tree",
                    "/boards/general?view=posts",
                }
            )
                Assert.DoesNotContain("Vanishing", (await person.Get(url)).Html);
        }
        Assert.Equal(HttpStatusCode.OK, (await mod.Get(topic)).Status);
        await mod.Submit(topic, [], "form[action$='" + topic + "/restore']");
        await TestSite.Until(
            () => site.Db(db => db.Boards.AnyAsync(b => b.Key == "general" && b.PostCount == 2 && b.TopicCount == 1)),
            "two again"
        );
        Assert.Equal(HttpStatusCode.OK, (await anna.Get(topic)).Status);
    }

    [Fact]
    public async Task A_moved_topic_obeys_its_new_board_and_old_links_lead_on()
    {
        var site = await host.NewSite();
        var (anna, mod) = (await site.SignIn("anna"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Wanderer");
        await anna.Reply(topic, "Along");
        await mod.Submit(topic + "/move", new() { ["board"] = "inner" });
        Assert.Equal(HttpStatusCode.NotFound, (await anna.Get(topic)).Status);
        var carla = await (await site.SignIn("carla")).Get(topic);
        Assert.Equal(($"/boards/inner/{Conversation.Id(topic)}-wanderer", HttpStatusCode.OK), (carla.Url.AbsolutePath, carla.Status));
        await TestSite.Until(
            () =>
                site.Db(async db =>
                    await db.Boards.AnyAsync(b => b.Key == "inner" && b.PostCount == 2 && b.TopicCount == 1)
                    && await db.Boards.AnyAsync(b => b.Key == "general" && b.PostCount == 0)
                ),
            "both boards are counted"
        );
    }

    [Fact]
    public async Task Only_moderators_moderate()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var topic = await anna.Start("general", "Mine");
        var page = await ben.Get(topic);
        Assert.Null(page.Document.QuerySelector(".moderation"));
        foreach (var act in new[] { "/pin", "/lock", "/restore", "/posts/1/restore" })
        {
            // The token of a form that the member may send, sent to an address that is for moderators.
            var form = page.Document.QuerySelector("main form.form")!;
            form.SetAttribute("action", topic + act);
            var answer = await ben.Post(page, new() { ["text"] = "x" }, "main form.form");
            Assert.True(
                answer.Status is HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.Found,
                $"{act}: {answer.Status}"
            );
        }
        foreach (
            var url in new[]
            {
                topic + "/hide",
                topic + "/posts/1/hide",
                topic + "/move",
                "/staff/boards",
                "/staff/reports",
                "/staff/boards/moderation",
                "/staff/boards/new",
            }
        )
            Assert.NotEqual(HttpStatusCode.OK, (await ben.Send(new(HttpMethod.Get, url))).Status);
        var row = await site.Db(db => db.Topics.SingleAsync());
        Assert.False(row.IsPinned || row.IsLocked);
        Assert.Equal(0, await site.Db(db => db.ModerationLog.CountAsync()));
    }

    [OnBothDatabases, Fact]
    public async Task A_post_is_hidden_while_its_board_is_counted()
    {
        Assert.SkipUnless(TestHost.OnPostgreSql, "On SQLite one waits for the other, as all writers do.");
        var site = await host.NewSite();
        var (anna, mod) = (await site.SignIn("anna"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Counted and hidden");
        await anna.Reply(topic, "Hidden meanwhile");
        await TestSite.Until(() => site.Db(async db => await db.Posts.AllAsync(p => p.Counted)), "the posts are counted");
        await site.Db(async db =>
        {
            await using var change = await db.Change();
            await new CountBoard(db).Reset(default);
            await db.SaveChangesAsync();
            var page = await mod.Submit(topic + "/posts/2/hide", new() { ["reason"] = "Advertising" });
            Assert.Equal(HttpStatusCode.OK, page.Status);
            await change.Commit();
            return 0;
        });
        Assert.Contains("Advertising", (await anna.Get(topic)).Document.QuerySelector("#p2")!.TextContent);
    }

    [OnBothDatabases, Fact]
    public async Task A_report_waits_for_the_moderators_until_they_have_decided()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Rude");
        await anna.Reply(topic, "Ruder");
        var form = await ben.Get(topic + "/posts/1/report");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ben.Post(form, new() { ["reason"] = "It is rude" })));
        await ben.Submit(topic + "/posts/2/report", new() { ["reason"] = "It is ruder" });
        var queue = await mod.Get("/staff/reports");
        Assert.Equal(2, queue.Document.QuerySelectorAll("article.card").Length);
        await mod.Submit(queue, [], "form[action$='/dismiss']");
        await mod.Submit(topic + "/posts/2/hide?from=reports", new() { ["reason"] = "Rude" });
        Assert.Empty((await mod.Get("/staff/reports")).Document.QuerySelectorAll("article.card"));
        Assert.Equal(2, await site.Db(db => db.ModerationLog.CountAsync()));
        // Handled reports are listed and can be reopened.
        var handled = await mod.Get("/staff/reports?state=handled");
        Assert.Equal(2, handled.Document.QuerySelectorAll("article.card").Length);
        Assert.Contains("Ruder", handled.Text);
        Assert.NotNull(handled.Document.QuerySelector("article a.member[href^='/members/']"));
        for (var i = 0; i < 2; i++) await mod.Submit(handled, [], "form[action$='/reopen']");
        Assert.Single((await mod.Get("/staff/reports")).Document.QuerySelectorAll("article.card"));
        Assert.Equal(3, await site.Db(db => db.ModerationLog.CountAsync()));
    }

    [Fact]
    public async Task Who_reports_a_post_is_led_back_to_it()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var topic = await anna.Start("general", "Rude");
        var page = await ben.Submit(topic + "/posts/1/report", new() { ["reason"] = "Rude" });
        Assert.Equal(topic, Conversation.WithoutWords(page.Url.AbsolutePath));
        Assert.Contains("moderators have been told", page.Document.QuerySelector("#done")!.TextContent);
        Assert.DoesNotContain("moderators have been told", (await ben.Get(topic)).Text);
    }

    [Fact]
    public async Task Nobody_is_given_a_form_that_cannot_succeed()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "To be closed");
        var (reply, start) = (await ben.Get(topic + "/reply"), await ben.Get("/boards/general/new"));
        await site.Db(db => db.Topics.ExecuteUpdateAsync(s => s.SetProperty(t => t.LockedAt, site.Host.Clock.Now)));
        var general = (SiteDb db) => db.Boards.Where(b => b.Key == "general");
        await site.Db(db => general(db).ExecuteUpdateAsync(s => s.SetProperty(b => b.Kind, BoardKind.ReadOnly)));
        foreach (var (url, said) in new[] { ("/boards/general/new", "cannot write in this board"), (topic + "/reply", "cannot write") })
        {
            var page = await ben.Get(url);
            Assert.Equal(HttpStatusCode.Forbidden, page.Status);
            Assert.Contains(said, page.Text);
            Assert.Null(page.Document.QuerySelector("textarea"));
        }
        // Who has written already is told, and gets the words back.
        foreach (var page in new[] { await ben.Post(reply, new() { ["text"] = "Late words" }),
            await ben.Post(start, new() { ["title"] = "Late", ["text"] = "Late words" }) })
        {
            Assert.Contains("cannot write", page.Text);
            Assert.Equal("Late words", page.Document.QuerySelector("textarea")!.TextContent.Trim());
        }
        Assert.Equal(HttpStatusCode.OK, (await mod.Get("/boards/general/new")).Status);
    }

    [Fact]
    public async Task A_report_in_other_words_is_said_and_takes_the_place_of_the_first_if_wanted()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Rude");
        var form = await ben.Get(topic + "/posts/1/report");
        await ben.Submit(form, new() { ["reason"] = "It is rude" });
        Assert.Contains(
            "moderators have been told",
            (await ben.Submit(form, new() { ["reason"] = " It is  rude".Trim().Replace("  ", " ") })).Text
        );
        var told = await ben.Submit(form, new() { ["reason"] = "It is a threat" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, told.Status);
        Assert.Equal("It is a threat", told.Document.QuerySelector("textarea")!.TextContent.Trim());
        Assert.Contains("It is rude", told.Document.QuerySelector("q")!.TextContent);
        Assert.Equal("It is rude", await site.Db(db => db.Reports.Select(r => r.Reason).SingleAsync()));
        await mod.Submit("/staff/reports", [], "form[action$='/dismiss']");
        await ben.Submit(told, new() { ["reason"] = "It is a threat" });
        Assert.Contains("It is a threat", (await mod.Get("/staff/reports")).Document.QuerySelector("article.card")!.TextContent);
        Assert.Contains("has not looked", (await ben.Get(topic + "/posts/1/report")).Text.Replace("have not looked", "has not looked"));
    }

    [Fact]
    public async Task A_report_that_was_looked_at_says_what_was_done()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        var (topic, other) = (await anna.Start("general", "Rude"), await anna.Start("general", "All of it"));
        await anna.Reply(topic, "Ruder");
        foreach (var post in new[] { topic + "/posts/1", topic + "/posts/2", other + "/posts/1" })
            await ben.Submit(post + "/report", new() { ["reason"] = "Rude" });
        await mod.Submit("/staff/reports", [], "form[action$='/dismiss']");
        await mod.Submit(topic + "/posts/2/hide", new() { ["reason"] = "Rude" });
        await mod.Submit(other + "/hide", new() { ["reason"] = "Rude" });
        Assert.Empty((await mod.Get("/staff/reports")).Document.QuerySelectorAll("article.card"));
        var handled = (await mod.Get("/staff/reports?state=handled"))
            .Document.QuerySelectorAll("article.card")
            .Select(a => a.TextContent)
            .ToList();
        Assert.Equal(3, handled.Count);
        // A text that moderators can still read is not reported as gone.
        Assert.Contains("Hidden by the moderators", Assert.Single(handled, h => h.Contains("Ruder")));
        Assert.DoesNotContain(handled, h => h.Contains("no longer here"));
        foreach (var said in new[] { "Nothing to do, found Moderator", "Post hidden by Moderator", "Topic hidden by Moderator" })
            Assert.Single(handled, h => h.Contains(said));
    }

    [Fact]
    public async Task The_trail_holds_suspensions_and_who_reads_them_leaves_a_trace()
    {
        var site = await host.NewSite();
        var (anna, mod) = (await site.SignIn("anna"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Trail");
        var id = (await site.Reader("ben")).Id;
        await mod.Submit(topic, [], "form[action$='/pin']");
        await mod.Submit($"/staff/members/{id}", new() { ["reason"] = "Threats" });
        await mod.Submit($"/staff/members/{id}", [], "form[action$='/lift']");
        await mod.Submit(topic, [], "form[action$='/unpin']");
        var lines = (await mod.Get("/staff/boards/moderation"))
            .Document.QuerySelectorAll("ol.log > li")
            .Select(l => string.Join(' ', l.TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)))
            .ToList();
        Assert.Equal(4, lines.Count);
        foreach (
            var (line, said) in lines.Zip([
                "unpinned the topic: Trail",
                "lifted a suspension: Ben",
                "suspended a member: BenReason: Threats",
                "pinned the topic: Trail",
            ])
        )
            Assert.EndsWith(said, line);
        Assert.All(lines, l => Assert.Contains("Moderator · ", l));
        Assert.Equal(id, await site.Db(db => db.Audit.Where(a => a.Action == "boards.log").Select(a => a.SubjectId).SingleAsync()));
    }

    [Fact]
    public async Task Who_comes_too_late_is_told_and_not_that_it_was_done()
    {
        var site = await host.NewSite();
        var (anna, mod, other) = (await site.SignIn("anna"), await site.SignIn("mod"), await site.SignIn("admin"));
        var topic = await anna.Start("general", "Late");
        await anna.Reply(topic, "Hidden first");
        await anna.Reply(topic, "Deleted first");
        var (delete, hide, again) = (
            await anna.Get(topic + "/posts/2/delete"),
            await mod.Get(topic + "/posts/3/hide"),
            await other.Get(topic + "/posts/2/hide")
        );
        await mod.Submit(topic + "/posts/2/hide", new() { ["reason"] = "Advertising" });
        await anna.Submit(topic + "/posts/3/delete", [], "form.form-actions");
        Assert.NotEqual(HttpStatusCode.OK, (await anna.Submit(delete, [], "form.form-actions")).Status);
        var told = await mod.Submit(hide, new() { ["reason"] = "Rude" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, told.Status);
        Assert.Contains("nothing left to hide", told.Text);
        // A second moderator's reason replaces the first one's; without a reason the first one's stays.
        await other.Submit(again, new() { ["reason"] = "" });
        Assert.Contains("Advertising", (await anna.Get(topic)).Document.QuerySelector("#p2")!.TextContent);
        await other.Submit(again, new() { ["reason"] = "Advertising for pills" });
        Assert.Contains("Advertising for pills", (await anna.Get(topic)).Document.QuerySelector("#p2")!.TextContent);
        Assert.Equal(2, await site.Db(db => db.ModerationLog.CountAsync()));
    }

    [Fact]
    public async Task A_dismissed_report_comes_back_by_undo()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Fine");
        await ben.Submit(topic + "/posts/1/report", new() { ["reason"] = "A slip" });
        var done = await mod.Submit("/staff/reports", [], "form[action$='/dismiss']");
        Assert.Empty(done.Document.QuerySelectorAll("article.card"));
        var again = await mod.Submit(done, [], ".notice.ok form");
        Assert.Single(again.Document.QuerySelectorAll("article.card"));
        Assert.NotEqual(HttpStatusCode.OK, (await ben.Submit(again, [], "form[action$='/dismiss']")).Status);
    }

    [Fact]
    public async Task A_topic_that_would_be_read_by_more_people_moves_only_when_that_was_confirmed()
    {
        var site = await host.NewSite();
        var (carla, mod) = (await site.SignIn("carla"), await site.SignIn("mod"));
        var topic = await carla.Start("inner", "Among us");
        foreach (var to in new[] { "lounge", "general" })
        {
            var asked = await mod.Submit(topic + "/move", new() { ["board"] = to });
            Assert.Equal(HttpStatusCode.UnprocessableEntity, asked.Status);
            Assert.Contains("reaches further", asked.Document.QuerySelector("#board-error")!.TextContent);
            Assert.Equal(HttpStatusCode.NotFound, (await site.Visitor().Get(topic)).Status);
            var moved = await mod.Submit(asked, new() { ["board"] = to, ["sure"] = "1" });
            topic = moved.Url.AbsolutePath;
            Assert.StartsWith($"/boards/{to}/", topic);
        }
        // Moving it to a board with fewer readers needs no confirmation.
        Assert.StartsWith("/boards/inner/", (await mod.Submit(topic + "/move", new() { ["board"] = "inner" })).Url.AbsolutePath);
    }

    [Fact]
    public async Task An_administrator_makes_a_board_for_a_group_changes_and_orders_it()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var circle = await site.Db(db => db.Set<Community.Members.Group>().Where(g => g.Key == "circle").Select(g => g.Id).SingleAsync());
        var wrong = await admin.Submit("/staff/boards/new", new() { ["name"] = "Den", ["key"] = "general", ["read"] = "Groups" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.Status);
        await admin.Submit(
            "/staff/boards/new",
            new()
            {
                ["name"] = "Den",
                ["key"] = "den",
                ["description"] = "For few",
                ["kind"] = "Interactive",
                ["read"] = "Groups",
                ["reads"] = circle.ToString(),
                ["write"] = "Groups",
                ["writes"] = circle.ToString(),
                ["view"] = "Tree",
            }
        );
        var (anna, carla) = (await site.SignIn("anna"), await site.SignIn("carla"));
        Assert.Equal(HttpStatusCode.NotFound, (await anna.Get("/boards/den")).Status);
        await carla.Start("den", "Among us");
        var id = await site.Db(db => db.Boards.Where(b => b.Key == "den").Select(b => b.Id).SingleAsync());
        var saved = await admin.Submit(
            $"/staff/boards/{id}",
            new()
            {
                ["name"] = "Open den",
                ["read"] = "Everyone",
                ["write"] = "Members",
            }
        );
        Assert.Contains("The board is saved", saved.Text);
        var contrary = await admin.Submit(
            $"/staff/boards/{id}",
            new()
            {
                ["name"] = "Open den",
                ["kind"] = "ReadOnly",
                ["write"] = "Members",
            }
        );
        Assert.Contains("Members do not write", contrary.Document.QuerySelector("#write .field-error")!.TextContent);
        Assert.Contains("Open den", (await site.Visitor().Get("/boards")).Html);
        await anna.Start("den", "Hello");
        var placed = await admin.Submit("/staff/boards", new() { ["up"] = "true" }, $"form[action='/staff/boards/{id}/place']");
        Assert.Contains("The order of the boards is saved.", placed.Text);
        var order = await site.Db(db => db.Boards.OrderBy(b => b.Position).Select(b => b.Key).ToListAsync());
        Assert.Equal(["general", "news", "lounge", "den", "inner"], order);
    }

    [Fact]
    public async Task What_its_author_deletes_while_a_moderator_writes_the_reason_is_not_said_to_be_hidden()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Kept");
        await ben.Reply(topic, "Regretted");
        var open = await mod.Get(topic + "/posts/2/hide");
        await ben.Submit(topic + "/posts/2/delete", [], "form.form-actions");
        var told = await mod.Submit(open, new() { ["reason"] = "Spam" });
        Assert.Contains("Its author has deleted this post", told.Text);
        Assert.Equal(0, await site.Db(db => db.ModerationLog.CountAsync()));
    }

    [Fact]
    public async Task What_a_moderator_hides_while_its_author_deletes_it_is_not_said_to_be_deleted()
    {
        var site = await host.NewSite();
        var (anna, mod) = (await site.SignIn("anna"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Kept");
        await anna.Reply(topic, "Regretted");
        var open = await anna.Get(topic + "/posts/2/delete");
        await mod.Submit(topic + "/posts/2/hide", new() { ["reason"] = "Spam" });
        Assert.Contains("can no longer be changed by you", (await anna.Submit(open, [], "form.form-actions")).Text);
        Assert.False(await site.Db(db => db.Posts.AnyAsync(p => p.DeletedAt != null)));
    }

    [Fact]
    public async Task A_moderator_whose_role_is_taken_in_the_middle_of_a_form_is_refused_in_words()
    {
        var site = await host.NewSite();
        var (anna, mod) = (await site.SignIn("anna"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Kept");
        var stale = await site.Reader("mod");
        await site.Db(db => db.Members.Where(m => m.Id == stale.Id).ExecuteUpdateAsync(s => s.SetProperty(m => m.Role, (string?)null)));
        await Assert.ThrowsAsync<Denied>(() =>
            site.With<Moderate, bool>(m => m.HideTopic(stale, Conversation.Id(topic), "", default))
        );
        Assert.Equal(HttpStatusCode.Forbidden, (await mod.Get(topic + "/hide")).Status);
        Assert.Contains("Kept", (await anna.Get(topic)).Text);
    }
}
