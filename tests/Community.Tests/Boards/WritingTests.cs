using System.Net;
using Community.Boards;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Boards;

/// <summary>Topics and replies, through the forms.</summary>
public sealed class WritingTests(TestHost host)
{
    [Fact]
    public async Task Quote_fills_the_box()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var topic = await anna.Start("general", "Quoted", "Opening");
        await anna.Reply(topic, "First line\n\nSecond line");
        var link = (await ben.Get(topic)).Document.QuerySelector("#p2 a[href*='quote']")!.GetAttribute("href")!;
        var page = await ben.Get(link);
        Assert.Equal(
            $"**Anna** wrote ([#2]({topic}/posts/2)):\n\n> First line\n>\n> Second line\n\n",
            page.Document.QuerySelector("textarea")!.TextContent.ReplaceLineEndings("\n")
        );
        Assert.Contains("Reply to Anna", page.Document.QuerySelector("h1")!.TextContent);
    }

    [Fact]
    public async Task What_is_too_long_is_said_and_not_cut()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var form = await anna.Get("/boards/general/new");
        Assert.Null(form.Document.QuerySelector("main [maxlength]"));
        var page = await anna.Submit(
            form,
            new() { ["title"] = new string('t', PostText.MaxTitleLength + 1), ["text"] = new string('x', PostText.MaxTextLength + 1) }
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Equal(2, page.Document.QuerySelectorAll(".field-error").Length);
        Assert.Equal(PostText.MaxTextLength + 1, page.Document.QuerySelector("textarea")!.TextContent.Trim().Length);
        Assert.True(page.Document.QuerySelector(".error-summary")!.HasAttribute("autofocus"));
    }

    [Fact]
    public async Task A_very_long_post_is_folded_and_whole()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var topic = await anna.Start(
            "general",
            "Long",
            string.Join("\n\n", Enumerable.Repeat("A paragraph of no great interest, but there are many.", 400)) + " The end."
        );
        var post = (await anna.Get(topic)).Document.QuerySelector("#p1")!;
        Assert.NotNull(post.QuerySelector("details.fold"));
        Assert.EndsWith("The end.", post.QuerySelector(".post-text")!.TextContent.Trim());
        Assert.Null((await anna.Get(await anna.Start("general", "Short"))).Document.QuerySelector("details.fold"));
    }

    [Fact]
    public async Task A_topic_and_its_replies_stand_in_both_views()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var topic = await anna.Start("general", "Tents", "Which one?");
        await ben.Reply(topic, "The green one");
        await anna.Reply(topic, "And the red one?");
        await ben.Reply(topic, "Why green?", to: 2, title: "A question of colour");
        var tree = await site.Visitor().Get(topic + "?view=tree");
        Assert.Equal([1, 2, 4, 3], tree.Numbers());
        Assert.Equal(["", "depth-1", "depth-2", "depth-1"],
            tree.Document.QuerySelectorAll("ol.posts li:has(> article)").Select(l => l.ClassName ?? ""));
        Assert.Equal([1, 2, 3, 4], (await site.Visitor().Get(topic + "?view=chronological")).Numbers());
        Assert.Equal("A question of colour", tree.Document.QuerySelector("#p4 .post-title")!.TextContent);
        Assert.Equal($"Tents – {site.Site.Name}", tree.Title);
    }

    [Fact]
    public async Task The_chosen_view_is_remembered()
    {
        var site = await host.NewSite();
        var topic = await (await site.SignIn("anna")).Start("general", "Views");
        var visitor = site.Visitor();
        Assert.NotNull((await visitor.Get(topic)).Document.QuerySelector("ol.posts.tree"));
        await visitor.Get(topic + "?view=chronological");
        Assert.Null((await visitor.Get(topic)).Document.QuerySelector("ol.posts.tree"));
        Assert.NotNull((await visitor.Get("/boards/general")).Document.QuerySelector("ol.title-tree"));
        await visitor.Get("/boards/general?view=posts");
        Assert.NotNull((await visitor.Get("/boards/general")).Document.QuerySelector("ol.latest-list"));
        Assert.Null((await visitor.Get(topic)).Document.QuerySelector("ol.posts.tree"));
    }

    [OnBothDatabases, Fact]
    public async Task The_same_form_sent_twice_or_at_the_same_moment_is_one_post()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var start = await anna.Get("/boards/general/new");
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => anna.Post(start, new() { ["title"] = "Once", ["text"] = "Only once" }))
        );
        Assert.All(answers, a => Assert.Equal(answers[0].Location, a.Location));
        Assert.Equal(1, await site.Db(db => db.Topics.CountAsync(t => t.Title == "Once")));
        var topic = answers[0].Location!.AbsolutePath;
        var reply = await anna.Get(topic);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => anna.Post(reply, new() { ["text"] = "Me too" })));
        Assert.Equal(1, await site.Db(db => db.Posts.CountAsync(p => p.Text == "Me too")));
    }

    [OnBothDatabases, Fact]
    public async Task The_same_form_with_other_words_is_said_and_nothing_is_lost()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var start = await anna.Get("/boards/general/new");
        var first = await anna.Submit(start, new() { ["title"] = "First", ["text"] = "First words" });
        var topic = Conversation.WithoutWords(first.Url.AbsolutePath);
        var reply = await anna.Get(topic + "/reply?to=1");
        await anna.Submit(reply, new() { ["text"] = "First reply" });
        foreach (
            var (form, fields) in new (Page, Dictionary<string, string>)[]
            {
                (start, new() { ["title"] = "First", ["text"] = "Other words" }),
                (start, new() { ["title"] = "Other", ["text"] = "First words" }),
                (reply, new() { ["text"] = "Other reply" }),
                (reply, new() { ["text"] = "First reply", ["title"] = "Other" }),
            }
        )
        {
            var told = await anna.Submit(form, fields);
            Assert.Equal(HttpStatusCode.UnprocessableEntity, told.Status);
            Assert.Contains("not published yet", told.Document.QuerySelector(".error-summary")!.TextContent);
            Assert.StartsWith(topic, told.Document.QuerySelector(".error-summary p a")!.GetAttribute("href"));
            Assert.Equal(fields["text"], told.Document.QuerySelector("textarea")!.TextContent.Trim());
        }
        Assert.Equal(2, await site.Db(db => db.Posts.CountAsync()));
        // It can be sent as a new post, once, or instead of the published one.
        var asked = await anna.Submit(reply, new() { ["text"] = "Second reply" });
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => anna.Post(asked, new() { ["text"] = "Second reply" })));
        Assert.Equal(
            ["First words", "First reply", "Second reply"],
            await site.Db(db => db.Posts.OrderBy(p => p.Number).Select(p => p.Text).ToListAsync())
        );
        asked = await anna.Submit(start, new() { ["title"] = "Better", ["text"] = "Better words" });
        var preview = await anna.Submit(asked, new() { ["title"] = "Better", ["text"] = "Better words", ["preview"] = "true" });
        var changed = await anna.Submit(preview, new() { ["title"] = "Better", ["text"] = "Better words", ["instead"] = "true" });
        Assert.Equal((topic + "-better", $"Better – {site.Site.Name}"), (changed.Url.AbsolutePath, changed.Title));
        Assert.Contains("saved", changed.Document.QuerySelector(".notice[role=status]")!.TextContent);
        // The old form again: its text was published, though it has been replaced since.
        var again = await anna.Submit(start, new() { ["title"] = "First", ["text"] = "First words" });
        Assert.Equal(topic + "-better", again.Url.AbsolutePath);
        Assert.Equal(3, await site.Db(db => db.Posts.CountAsync()));
        // A form that was sent elsewhere does not count as sent here.
        var elsewhere = await anna.Submit(
            await anna.Get(topic + "/reply?to=2"),
            new() { ["text"] = "First reply", ["key"] = reply.Document.QuerySelector("input[name=key]")!.GetAttribute("value")! }
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, elsewhere.Status);
    }

    [Fact]
    public async Task Two_edits_of_one_post_do_not_take_each_others_words()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var topic = await anna.Start("general", "Edited", "Words");
        var (one, two) = (await anna.Get(topic + "/posts/1/edit"), await anna.Get(topic + "/posts/1/edit"));
        Assert.Contains("saved", (await anna.Submit(one, new() { ["title"] = "Edited", ["text"] = "From the first window" })).Text);
        var told = await anna.Submit(two, new() { ["title"] = "Edited", ["text"] = "From the second window" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, told.Status);
        Assert.Contains("From the first window", told.Document.QuerySelector("article.post")!.TextContent);
        Assert.Equal("From the second window", told.Document.QuerySelector("textarea")!.TextContent.Trim());
        await anna.Submit(told, new() { ["title"] = "Edited", ["text"] = "From the second window" });
        Assert.Equal("From the second window", await site.Db(db => db.Posts.Select(p => p.Text).SingleAsync()));
        // Sending the same again is no edit, nor is sending an unchanged form.
        await anna.Submit(two, new() { ["title"] = "Edited", ["text"] = "From the second window" });
        await anna.Submit(topic + "/posts/1/edit", [], "main form.form");
        Assert.Equal(2, await site.Db(db => db.PostVersions.CountAsync()));
    }

    [Fact]
    public async Task Old_addresses_of_a_moved_topic_lead_on_and_its_open_forms_are_taken()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        var topic = await site.Fill("general", 60, n => 1);
        var (reply, own, edit, report, delete, hide) = (
            await ben.Get(topic + "/reply?to=2"),
            await ben.Get(topic),
            await anna.Get(topic + "/posts/3/edit"),
            await ben.Get(topic + "/posts/3/report"),
            await anna.Get(topic + "/posts/4/delete"),
            await mod.Get(topic + "/posts/5/hide")
        );
        var moderation = await mod.Get(topic);
        await mod.Submit(topic + "/move", new() { ["board"] = "lounge" });
        var now = Conversation.WithoutWords(topic.Replace("general", "lounge"));
        foreach (var rest in new[] { "", "?after=25", "?view=tree&before=30", "/reply?to=2&quote=true" })
            Assert.Equal(now + rest, Conversation.WithoutWords((await ben.Get(topic + rest)).Url.PathAndQuery));
        foreach (var rest in new[] { "/posts/3/edit", "/posts/3/delete", "/posts/3/history" })
            Assert.Equal(
                (now + rest, HttpStatusCode.OK),
                (await anna.Get(topic + rest) is var page ? page.Url.PathAndQuery : "", page.Status)
            );
        foreach (var rest in new[] { "/posts/3/hide", "/hide", "/move", "/posts/3/report" })
            Assert.Equal(
                (now + rest, HttpStatusCode.OK),
                (await mod.Get(topic + rest) is var page ? page.Url.PathAndQuery : "", page.Status)
            );
        Assert.Contains(60, (await ben.Get(topic + "/posts/60")).Numbers());
        // The forms are sent as they were opened before the move.
        Assert.StartsWith(now, (await ben.Submit(reply, new() { ["text"] = "Answered meanwhile" })).Url.AbsolutePath);
        Assert.StartsWith(
            now,
            (await ben.Submit(own, new() { ["text"] = "From the topic's page" }, "form[action*='/reply']")).Url.AbsolutePath
        );
        Assert.StartsWith(now, (await anna.Submit(edit, new() { ["text"] = "Edited meanwhile" })).Url.AbsolutePath);
        Assert.Contains("moderators have been told", (await ben.Submit(report, new() { ["reason"] = "Rude" })).Text);
        Assert.StartsWith(now, (await anna.Submit(delete, [], "form.form-actions")).Url.AbsolutePath);
        var pinned = await mod.Submit(moderation, [], "form[action$='/pin']");
        Assert.StartsWith(now, pinned.Url.AbsolutePath);
        Assert.Equal("The topic is pinned.", pinned.Document.QuerySelector(".notice.ok p")!.TextContent);
        Assert.StartsWith(now, (await mod.Submit(hide, new() { ["reason"] = "Off topic" })).Url.AbsolutePath);
        Assert.Equal(
            ["Answered meanwhile", "From the topic's page", "Edited meanwhile", ""],
            await site.Db(db =>
                db.Posts.Where(p => p.Number > 61 || p.Number == 3 || p.Number == 4)
                    .OrderByDescending(p => p.Number > 61)
                    .ThenBy(p => p.Number)
                    .Select(p => p.Text)
                    .ToListAsync()
            )
        );
        // Moved to a board that they may not read, it is gone for them: the page says so and reveals nothing about the topic.
        await mod.Submit(now + "/move", new() { ["board"] = "inner" });
        foreach (
            var url in new[]
            {
                topic,
                now,
                topic + "/reply?to=2",
                topic + "/posts/3",
                topic + "/posts/3/report",
                topic + "/posts/3/history",
            }
        )
        {
            var gone = await ben.Get(url);
            Assert.Equal(HttpStatusCode.NotFound, gone.Status);
            Assert.NotEmpty(gone.Document.QuerySelector("main h1")!.TextContent);
            Assert.DoesNotContain("A long topic", gone.Html);
        }
        var late = await ben.Submit(reply, new() { ["text"] = "Too late" });
        Assert.True(late.Status is HttpStatusCode.NotFound or HttpStatusCode.Conflict, late.Status.ToString());
        Assert.Contains("Too late", late.Html);
    }

    [OnBothDatabases, Fact]
    public async Task Sixty_four_writers_get_numbers_without_a_gap_or_a_double()
    {
        var site = await host.NewSite();
        var topic = Conversation.Id(await (await site.SignIn("anna")).Start("general", "Rush"));
        var ben = await site.Reader("ben");
        var published = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(() =>
            site.With<PublishPost, Published?>(p => p.Reply(ben, topic, 1, null, "Writer " + i, Guid.NewGuid(), default)))));
        Assert.Equal(Enumerable.Range(2, 64), published.Select(p => p!.Number).Order());
        var posts = await site.Db(db =>
            db.Posts.Where(p => p.TopicId == topic)
                .OrderBy(p => p.Number)
                .Select(p => new
                {
                    p.Id,
                    p.Number,
                    p.Path,
                })
                .ToListAsync()
        );
        Assert.Equal(posts.Select(p => p.Id).Order(), posts.Select(p => p.Id));
        Assert.Equal(65, posts.Select(p => p.Path).Distinct().Count());
        var row = await site.Db(db => db.Topics.SingleAsync(t => t.Id == topic));
        Assert.Equal((66, 64), (row.NextNumber, row.Replies));
        await TestSite.Until(
            () => site.Db(db => db.Boards.AnyAsync(b => b.Key == "general" && b.PostCount == 65 && b.TopicCount == 1)),
            "the board counts 65 posts"
        );
    }

    [Fact]
    public async Task What_does_not_fit_is_said_beside_the_words_and_nothing_is_lost()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var page = await anna.Submit("/boards/general/new", new() { ["title"] = new string('x', 121), ["text"] = "  " });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Equal(2, page.Document.QuerySelectorAll(".field-error").Length);
        page = await anna.Submit("/boards/general/new", new() { ["title"] = "", ["text"] = "Kept\n\n  as typed" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Equal("Kept\n\n  as typed", page.Document.QuerySelector("textarea")!.TextContent.Replace("\r\n", "\n"));
        page = await anna.Submit("/boards/general/new", new() { ["title"] = "T", ["text"] = new string('x', 60_001) });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Equal(0, await site.Db(db => db.Topics.CountAsync()));
    }

    [Fact]
    public async Task A_preview_shows_the_words_and_keeps_them_unsent()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var page = await anna.Submit("/boards/general/new", new() { ["title"] = "Maybe", ["text"] = "**bold**", ["preview"] = "true" });
        Assert.NotNull(page.Document.QuerySelector(".card strong"));
        Assert.Equal(0, await site.Db(db => db.Topics.CountAsync()));
        await anna.Submit(page, new() { ["text"] = "**bold**" });
        Assert.Equal(1, await site.Db(db => db.Topics.CountAsync()));
    }

    [Fact]
    public async Task The_preview_is_scrolled_to_and_every_form_of_its_own_page_has_a_way_back()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var topic = await anna.Start("general", "Back");
        foreach (
            var (form, back) in new[]
            {
                ("/boards/general/new", "/boards/general"),
                (topic + "/reply?to=1", topic + "/posts/1"),
                (topic + "/posts/1/edit", topic + "/posts/1"),
            }
        )
        {
            var page = await anna.Get(form);
            Assert.NotNull(page.Document.QuerySelector($"form .form-actions a[href='{back}']"));
            Assert.Equal(form + "#preview", page.Document.QuerySelector("button[name=preview]")!.GetAttribute("formaction"));
        }
        Assert.Equal(
            topic + "/reply?to=1#preview",
            (await anna.Get(topic)).Document.QuerySelector("button[name=preview]")!.GetAttribute("formaction")
        );
    }

    [Fact]
    public async Task What_a_member_did_is_said_to_that_member_alone()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var started = await anna.Submit("/boards/general/new", new() { ["title"] = "Said", ["text"] = "Words" });
        Assert.Equal("Posted.", started.Document.QuerySelector(".notice[role=status]")!.TextContent.Trim());
        var topic = Conversation.WithoutWords(started.Url.AbsolutePath);
        var replied = await ben.Reply(topic, "An answer");
        Assert.Equal("Posted.", replied.Document.QuerySelector("#done .notice[role=status]")!.TextContent.Trim());
        Assert.Equal("p2", replied.Document.QuerySelector("#done + li > article")!.Id);
        Assert.Null((await anna.Get(replied.Url.PathAndQuery)).Document.QuerySelector("#done"));
        Assert.Null((await site.Visitor().Get(replied.Url.PathAndQuery)).Document.QuerySelector("#done"));
        var edited = await ben.Submit(topic + "/posts/2/edit", new() { ["text"] = "A better answer" });
        Assert.Contains("saved", edited.Document.QuerySelector("#done [role=status]")!.TextContent);
        var deleted = await ben.Submit(topic + "/posts/2/delete", [], "form.form-actions");
        Assert.Contains("deleted", deleted.Document.QuerySelector("#done [role=status]")!.TextContent);
    }

    [Fact]
    public async Task A_name_in_a_quotation_is_no_Markdown()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var topic = await anna.Start("general", "Names");
        await site.Db(db =>
            db.Members.Where(m => m.Email == "anna@example.com").ExecuteUpdateAsync(s => s.SetProperty(m => m.Name, "*An_na* [x](/y) <b>"))
        );
        var quoted = await ben.Get(topic + "/reply?to=1&quote=true");
        var page = await ben.Submit(quoted, new() { ["text"] = quoted.Document.QuerySelector("textarea")!.TextContent });
        var words = page.Document.QuerySelector("#p2 .post-text p")!;
        Assert.Equal("*An_na* [x](/y) <b> wrote (#1):", words.TextContent);
        Assert.Equal("*An_na* [x](/y) <b>", words.QuerySelector("strong")!.TextContent);
        Assert.Equal(topic + "/posts/1", words.QuerySelector("a")!.GetAttribute("href"));
    }

    [Fact]
    public async Task A_visitor_finds_the_reply_and_the_way_to_it()
    {
        var site = await host.NewSite();
        var (anna, mod) = (await site.SignIn("anna"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Open to all");
        var page = await site.Visitor().Get(topic);
        var reply = page.Document.QuerySelector("#p1 .post-actions a")!.GetAttribute("href")!;
        Assert.Equal("/sign-in?returnUrl=" + Uri.EscapeDataString(topic + "/reply?to=1"), reply);
        Assert.Equal(
            "/register?returnUrl=" + Uri.EscapeDataString(topic),
            page.Document.QuerySelector(".notice a[href^='/register']")!.GetAttribute("href")
        );
        var ben = site.Visitor();
        Assert.Equal(
            topic + "/reply",
            (await ben.Submit(reply, new() { ["Email"] = "ben@example.com", ["Password"] = TestSite.Password })).Url.AbsolutePath
        );
        await mod.Submit(topic, [], "form[action$='/lock']");
        Assert.Null((await site.Visitor().Get(topic)).Document.QuerySelector(".post-actions"));
        var news = await mod.Start("news", "From us");
        Assert.Null((await site.Visitor().Get(news)).Document.QuerySelector(".post-actions"));
    }

    [Fact]
    public async Task Characters_that_no_database_keeps_are_dropped()
    {
        var site = await host.NewSite();
        var anna = await site.Reader("anna");
        await site.With<PublishPost, Published?>(p =>
            p.StartTopic(anna, "general", "a\0b\u0007c", "x\0y\u0007z \ud842\udfb7野家 \ud842!", Guid.NewGuid(), default)
        );
        var post = await site.Db(db => db.Posts.Include(p => p.Topic).SingleAsync());
        Assert.Equal("xyz 𠮷野家 \ufffd!", post.Text);
        Assert.Equal("abc", post.Topic.Title);
    }

    [Fact]
    public async Task A_quotation_begins_the_answer()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var topic = await anna.Start("general", "Q", "One\n\nTwo");
        var page = await anna.Get(topic + "/reply?to=1&quote=true");
        Assert.EndsWith("> One\n>\n> Two\n\n", page.Document.QuerySelector("textarea")!.TextContent);
    }

    [Fact]
    public async Task Edited_words_leave_a_trace_for_author_and_moderators()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Old title", "Old words");
        await anna.Submit(topic + "/posts/1/edit", new() { ["title"] = "New title", ["text"] = "New words" });
        var page = await ben.Get(topic);
        Assert.Equal($"New title – {site.Site.Name}", page.Title);
        Assert.Contains("edited", page.Document.QuerySelector("#p1")!.TextContent);
        Assert.DoesNotContain("Old words", page.Html);
        foreach (var (person, sees) in new[] { (anna, true), (mod, true), (ben, false) })
        {
            var history = await person.Get(topic + "/posts/1/history");
            Assert.Equal(sees ? HttpStatusCode.OK : HttpStatusCode.NotFound, history.Status);
            Assert.Equal(sees, history.Html.Contains("Old words"));
        }
        Assert.True(await site.Db(db => db.Audit.AnyAsync(a => a.Action == "boards.history")));
        Assert.Equal(HttpStatusCode.NotFound, (await ben.Get(topic + "/posts/1/edit")).Status);
    }

    [Fact]
    public async Task A_deleted_post_leaves_its_place_and_its_replies()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var topic = await anna.Start("general", "Places");
        await ben.Reply(topic, "Regretted words", title: "Regretted title");
        await anna.Reply(topic, "An answer to them", to: 2);
        await ben.Submit(topic + "/posts/2/delete", [], "form.form-actions");
        foreach (var person in new[] { anna, ben, site.Visitor(), await site.SignIn("mod") })
        {
            var page = await person.Get(topic + "?view=tree");
            Assert.Equal([1, 2, 3], page.Numbers());
            Assert.DoesNotContain("Regretted", page.Html);
            Assert.Contains("An answer to them", page.Html);
            Assert.DoesNotContain(
                "Regretted",
                (await person.Get("/boards/general?view=tree")).Html + (await person.Get("/boards/general?view=posts")).Html
            );
        }
        Assert.Equal(1, (await site.Db(db => db.Topics.SingleAsync())).Replies);
        // A topic without replies disappears with its opening post.
        var lonely = await anna.Start("general", "Lonely");
        await anna.Submit(lonely + "/posts/1/delete", [], "form.form-actions");
        Assert.Equal(HttpStatusCode.NotFound, (await anna.Get(lonely)).Status);
        await TestSite.Until(
            () => site.Db(db => db.Boards.AnyAsync(b => b.Key == "general" && b.TopicCount == 1 && b.PostCount == 2)),
            "the board counts what is left"
        );
    }
}
