using Community.Boards;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Boards;

/// <summary>Splitting a branch off as a topic, and merging topics: nothing is lost, and every old address leads on.</summary>
[OnBothDatabases]
public sealed class ArrangingTests(TestHost host)
{
    /// <summary>All that may not change when a topic is split and merged back.</summary>
    sealed record Row(long Id, long Topic, int Number, int? Parent, string Path, int Depth, string? Title, long? To, DateTime At, long? By);

    static async Task<List<Row>> Rows(TestSite site, params long[] topics) =>
        await site.Db(db => db.Posts.Where(p => topics.Contains(p.TopicId)).OrderBy(p => p.Id)
            .Select(p => new Row(p.Id, p.TopicId, p.Number, p.ParentNumber, p.Path, p.Depth, p.Title, p.ToMemberId, p.At, p.AuthorId))
            .ToListAsync());

    static async Task<string> Figures(TestSite site, long topic) =>
        await site.Db(async db => await db.Topics.Where(t => t.Id == topic).SingleAsync() is var t
            ? $"{t.Title} {t.Replies} {t.NextNumber} {t.LastPostAt:O} {t.LastPostBy} {Convert.ToHexString(t.Removed ?? [])}" : "");

    static async Task<List<string>> Problems(TestSite site) =>
        await site.With((CheckBoards c) => c.Problems(default).ToListAsync().AsTask());

    static async Task Agrees(TestSite site)
    {
        await site.EventsRead();
        Assert.Equal([], await Problems(site));
    }

    static async Task<Place?> Split(TestSite site, Reader mod, long topic, int number, string title = "Split off") =>
        await site.With((SplitTopic s) => s.Branch(mod, topic, number, title, default));

    static async Task<Place?> Merge(TestSite site, Reader mod, long one, long other) =>
        await site.With((MergeTopics m) => m.Of(mod, one, other, default));

    [Fact]
    public async Task A_branch_becomes_a_topic_and_every_old_address_leads_to_it()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Tents");
        await ben.Reply(topic, "Which stove?");
        await anna.Reply(topic, "The small one", to: 2);
        await ben.Reply(topic, "A tent of mine");
        await anna.Reply(topic, "It burns well", to: 3);
        await ben.Get(topic);
        var page = await mod.Submit(topic + "/posts/2/split", new() { ["title"] = "Stoves" });
        var made = Conversation.WithoutWords(page.Url.AbsolutePath);
        Assert.NotEqual(topic, made);
        Assert.Contains("Stoves", page.Title);
        Assert.Equal([1, 2, 3], page.Numbers());
        Assert.Equal([1, 4], (await anna.Get(topic)).Numbers());
        // Old addresses: of a post, of what is done with it, of a page beyond.
        Assert.Equal(made, Conversation.WithoutWords((await anna.Get(topic + "/posts/5")).Url.AbsolutePath));
        Assert.EndsWith($"{made}/posts/3/edit", (await anna.Get(topic + "/posts/5/edit")).Url.AbsolutePath);
        Assert.EndsWith($"{made}/reply?to=2", (await ben.Get(topic + "/reply?to=3")).Url.PathAndQuery);
        foreach (var view in new[] { "tree", "chronological" })
            Assert.Equal([4], (await ben.Get($"{topic}?after=3&view={view}")).Numbers());
        Assert.Equal(topic, Conversation.WithoutWords((await ben.Get(topic + "/posts/99")).Url.AbsolutePath));
        // A form that was open meanwhile loses nothing: to the post that has left, and to the one that stayed.
        await ben.Reply(topic, "Late answer", to: 5);
        Assert.Contains("Late answer", (await anna.Get(made)).Text);
        await Agrees(site);
        Assert.Contains("split a topic off", (await mod.Get("/staff/boards/moderation")).Text);
        Assert.Null((await anna.Get(made)).Document.QuerySelector($"a[href='{made}/posts/2/split']"));
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, (await anna.Get(made + "/posts/2/split")).Status);
    }

    [Fact]
    public async Task Split_and_merged_back_every_tree_is_as_before()
    {
        var site = await host.NewSite();
        var mod = await site.Reader("mod");
        var random = new Random(4711);
        for (var round = 0; round < 12; round++)
        {
            // Deep and broad trees, below the deepest level too.
            var deep = round == 0;
            var count = deep ? 230 : random.Next(3, 40);
            var topic = Conversation.Id(await site.Fill("general", count, n => deep ? n - 1 : random.Next(1, n)));
            await Decorate(site, topic, random);
            var (rows, figures) = (await Rows(site, topic), await Figures(site, topic));
            var number = deep ? 150 : random.Next(2, count + 2);
            var made = (await Split(site, mod, topic, number, "Split off"))!.TopicId;
            Assert.Equal(rows.Select(r => (r.Id, r.At, r.By)), (await Rows(site, topic, made)).Select(r => (r.Id, r.At, r.By)));
            await Agrees(site);
            if (random.Next(2) == 0 && (await Rows(site, made)) is { Count: > 2 } inner)
            {
                // Twice: a branch of the branch, back in either order.
                var second = (await Split(site, mod, made, inner[^1].Number, "Further"))!.TopicId;
                await Agrees(site);
                await Merge(site, mod, second, made);
            }
            await (random.Next(2) == 0 ? Merge(site, mod, topic, made) : Merge(site, mod, made, topic));
            Assert.Equal(rows, await Rows(site, topic));
            Assert.Equal(figures, await Figures(site, topic));
            Assert.Empty(await Rows(site, made));
        }
        await Agrees(site);
    }

    /// <summary>Titles, another author, hidden and deleted posts.</summary>
    static async Task Decorate(TestSite site, long topic, Random random)
    {
        var (ben, mod) = (await site.Reader("ben"), await site.Reader("mod"));
        var seed = random.Next();
        var hidden = await site.Db(async db =>
        {
            var of = new Random(seed);
            await using var change = await db.Change();
            var row = await db.Topics.FirstAsync(t => t.Id == topic);
            var all = await db.Posts.Where(p => p.TopicId == topic).ToDictionaryAsync(p => p.Number);
            var posts = all.Values.Where(p => p.Number > 1).OrderBy(p => p.Number).ToList();
            foreach (var post in posts)
            {
                if (of.Next(3) == 0) post.AuthorId = ben.Id;
                if (of.Next(4) == 0) post.Title = $"Title {post.Number}";
            }
            foreach (var post in posts)
                post.ToMemberId = all[post.ParentNumber!.Value].AuthorId is var to && to != post.AuthorId ? to : null;
            row.LastPostBy = posts[^1].AuthorId;
            db.Publish(new TopicRestored(row.BoardId, topic));
            await change.Commit();
            return posts.Select(p => p.Number).Where(_ => of.Next(6) == 0).Take(5).ToList();
        });
        foreach (var number in hidden)
            await site.With((Moderate m) => m.HidePost(mod, topic, number, "", default));
    }

    [Fact]
    public async Task Merged_topics_keep_dates_titles_and_the_order_of_writing()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        var old = await anna.Start("general", "Lamps");
        await ben.Reply(old, "one");
        var other = await ben.Start("lounge", "Lamps again");
        await anna.Reply(other, "two", title: "Mine");
        await ben.Reply(old, "three", to: 2);
        await anna.Reply(other, "four", to: 2);
        var (a, b) = (Conversation.Id(old), Conversation.Id(other));
        var before = (await Rows(site, a, b)).Select(r => (r.Id, r.At, r.By)).ToList();
        await ben.Get(old);
        // The page finds the other topic by its address, or by words.
        Assert.Contains("Lamps", (await mod.Get($"{other}/merge?with=lamps")).Text);
        var words = Uri.EscapeDataString(site.Url + old + "-lamps?view=tree");
        var page = await mod.Submit($"{other}/merge?with={words}", [], "form[method=post].wide");
        // Everyone reads the older topic's board, and only members the other one.
        Assert.Equal(other + "/merge", page.Url.AbsolutePath);
        page = await mod.Submit(page, new() { ["sure"] = "1" }, "form[method=post].wide");
        Assert.Equal(old, Conversation.WithoutWords(page.Url.AbsolutePath));
        var rows = await Rows(site, a);
        Assert.Equal(before, rows.Select(r => (r.Id, r.At, r.By)));
        Assert.Equal([1, 2, 4, 5, 6, 7], rows.Select(r => r.Number));
        Assert.Equal([null, 1, 1, 4, 2, 5], rows.Select(r => r.Parent));
        Assert.Equal([null, null, "Lamps again", "Mine", null, null], rows.Select(r => r.Title));
        await Agrees(site);
        // Every old address, of either topic, leads to the post's place of today; no number names another post.
        foreach (var (address, text) in new[] { (other, "Lamps again"), (other + "/posts/2", "two"), (other + "/posts/3", "four"),
            (old + "/posts/3", "three"), (old + "/posts/2", "one"), (other + "?after=2", "four") })
        {
            var found = await anna.Send(new(HttpMethod.Get, address));
            while (found.Location is { } next && next.Fragment.Length == 0) found = await anna.Send(new(HttpMethod.Get, next));
            var at = found.Location!;
            Assert.Equal(old, Conversation.WithoutWords(at.AbsolutePath));
            Assert.Contains(text, (await anna.Get(at.PathAndQuery)).Document.QuerySelector(at.Fragment)!.TextContent);
        }
        // The board that the topic has left does not list it, for moderators either; and it can be deleted.
        foreach (var person in new[] { anna, mod })
            Assert.DoesNotContain("Lamps again", (await person.Get("/boards/lounge")).Document.QuerySelector("main")!.TextContent);
        // What was read stays read, what was not does not become so.
        Assert.Equal([5, 7], (await ben.Get(old)).Unread());
        Assert.NotNull(await Merge(site, await site.Reader("mod"), a, b));
        Assert.Equal(1, await site.Db(db => db.ModerationLog.CountAsync(m => m.Act == ModerationAct.Merge)));
    }

    [Fact]
    public async Task What_was_marked_as_read_on_one_board_only_stays_so()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        var read = await anna.Start("general", "Read");
        await anna.Reply(read, "read");
        var fresh = await anna.Start("lounge", "Fresh");
        await anna.Reply(fresh, "unread");
        await ben.Submit("/boards/general", [], "form[action$='/read']");
        await mod.Submit(read + "/move", new() { ["board"] = "news" });
        var place = await Merge(site, await site.Reader("mod"), Conversation.Id(read), Conversation.Id(fresh));
        var topic = Topic.UrlOf(place!.BoardKey, place.TopicId);
        Assert.Equal([3, 4], (await ben.Get(topic)).Unread());
        // Carla has marked nothing.
        Assert.Equal([1, 2, 3, 4], (await (await site.SignIn("carla")).Get(topic)).Unread());
        var split = await Split(site, await site.Reader("mod"), place.TopicId, 2);
        Assert.Empty((await ben.Get(Topic.UrlOf(split!.BoardKey, split.TopicId))).Unread());
        await Agrees(site);
    }

    [Fact]
    public async Task Sixty_four_writers_meanwhile_lose_nothing()
    {
        var site = await host.NewSite();
        var (anna, mod) = (await site.Reader("anna"), await site.Reader("mod"));
        var topic = Conversation.Id(await site.Fill("general", 20, n => Math.Max(1, n - 2)));
        var other = Conversation.Id(await site.Fill("general", 5, _ => 1));
        var writers = Enumerable.Range(0, 64).Select(async i =>
        {
            var published = await site.With((PublishPost p) =>
                p.Reply(anna, i % 3 == 0 ? other : topic, i % 5 + 1, null, $"Written by {i}", Guid.NewGuid(), default));
            Assert.NotNull(published);
        });
        var moderators = new[] { 2, 3, 5 }.Select(async number =>
        {
            var made = await Split(site, mod, topic, number, $"Branch {number}");
            await Merge(site, mod, made!.TopicId, number == 3 ? other : topic);
        });
        await Task.WhenAll(writers.Concat(moderators));
        await site.EventsRead();
        Assert.Equal(64, await site.Db(db => db.Posts.CountAsync(p => p.Text.StartsWith("Written by"))));
        await Agrees(site);
    }

    [Fact]
    public async Task What_may_not_be_seen_or_answered_is_not_by_splitting_or_merging()
    {
        var site = await host.NewSite();
        var (anna, mod) = (await site.SignIn("anna"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Hidden soon");
        await anna.Reply(topic, "A reply");
        var open = await anna.Start("general", "Open");
        await mod.Submit(topic, [], "form[action$='/lock']");
        await mod.Submit(topic + "/hide", new() { ["reason"] = "x" });
        var refused = await Assert.ThrowsAsync<Refused>(async () =>
            await Merge(site, await site.Reader("mod"), Conversation.Id(topic), Conversation.Id(open)));
        Assert.Equal("boards.merge.hidden", refused.Message);
        var made = await Split(site, await site.Reader("mod"), Conversation.Id(topic), 2);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await anna.Get(Topic.UrlOf("general", made!.TopicId))).Status);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await anna.Get(topic + "/posts/2")).Status);
        // The opening post cannot be split off, and a missing title is said beside the field.
        Assert.Contains("nothing to split it off from", (await mod.Get(open + "/posts/1/split")).Text);
        await anna.Reply(open, "Another");
        var page = await mod.Submit(open + "/posts/2/split", new() { ["title"] = " " });
        Assert.NotNull(page.Document.QuerySelector("#title-error"));
    }

    [Fact]
    public async Task The_check_finds_what_does_not_agree()
    {
        var site = await host.NewSite();
        var topic = Conversation.Id(await site.Fill("general", 6, n => Math.Max(1, n - 1)));
        await site.Db(async db =>
        {
            var row = await db.Topics.FirstAsync(t => t.Id == topic);
            await using var change = await db.Change();
            db.Publish(new TopicRestored(row.BoardId, topic));
            return await change.Commit();
        });
        await Agrees(site);
        await site.Db(db => db.Posts.Where(p => p.TopicId == topic && p.Number == 4)
            .ExecuteUpdateAsync(s => s.SetProperty(p => p.ParentNumber, 2)));
        await site.Db(db => db.Topics.Where(t => t.Id == topic).ExecuteUpdateAsync(s => s.SetProperty(t => t.Replies, 7)));
        await site.Db(db => db.Boards.Where(b => b.Key == "general").ExecuteUpdateAsync(s => s.SetProperty(b => b.PostCount, 99)));
        var found = await Problems(site);
        Assert.Equal(3, found.Count);
        Assert.Contains($"topic {topic}: post 4 stands at", found[0]);
        Assert.Contains("counts 7 replies, and has 6", found[1]);
        Assert.Contains("board general: counts 99 posts", found[2]);
    }

    [Fact]
    public async Task A_topic_is_not_moved_into_a_board_that_is_just_being_archived_or_deleted()
    {
        Assert.SkipUnless(TestHost.OnPostgreSql, "SQLite has one writer.");
        var site = await host.NewSite();
        var (anna, mod) = (await site.SignIn("anna"), await site.Reader("mod"));
        var topic = Conversation.Id(await anna.Start("general", "Stays"));
        var inner = await site.Db(db => db.Boards.Where(b => b.Key == "inner").Select(b => b.Id).SingleAsync());
        var moved = Task.FromResult(true);
        await site.Db(async db =>
        {
            await using var change = await db.Change();
            // As EndBoard does, before the last topic could have come.
            await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({0x426f61}, {(int)inner})");
            await db.Boards.Where(b => b.Id == inner).ExecuteUpdateAsync(s => s.SetProperty(b => b.ArchivedAt, db.Now));
            moved = site.With((Moderate m) => m.Move(mod, topic, "inner", default));
            await TestSite.Until(
                async () => moved.IsCompleted || await db.Database.SqlQuery<bool>(
                    $"""
                    SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))) AS "Value"
                    """).SingleAsync(),
                "the move waits, or has passed it");
            await change.Commit();
            return 0;
        });
        Assert.False(await moved);
        Assert.Equal("general", await site.Db(db => db.Topics.Where(t => t.Id == topic).Select(t => t.Board.Key).SingleAsync()));
    }

    [Fact]
    public async Task A_report_is_dismissed_by_one_moderator_while_another_hides_its_post()
    {
        Assert.SkipUnless(TestHost.OnPostgreSql, "SQLite has one writer.");
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.Reader("mod"));
        var topic = await anna.Start("general", "Reported");
        await ben.Submit(topic + "/posts/1/report", new() { ["reason"] = "Bad" });
        var report = await site.Db(db => db.Reports.Select(r => r.Id).SingleAsync());
        var dismissed = Task.FromResult(false);
        await site.Db(async db =>
        {
            await using var change = await db.Change<Topic>(Conversation.Id(topic));
            dismissed = site.With((Moderate m) => m.Dismiss(mod, report, default));
            await TestSite.Until(
                async () => await db.Database.SqlQuery<bool>(
                    $"""
                    SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))) AS "Value"
                    """).SingleAsync(),
                "the other waits for the topic");
            // As hiding does, with the topic's lock.
            await db.Reports.Where(r => r.Id == report).ExecuteUpdateAsync(s => s
                .SetProperty(r => r.ClosedAt, db.Now).SetProperty(r => r.ClosedAs, ModerationAct.HidePost));
            await change.Commit();
            return 0;
        });
        Assert.True(await dismissed);
        Assert.Equal(ModerationAct.HidePost, await site.Db(db => db.Reports.Select(r => r.ClosedAs).SingleAsync()));
    }
}
