using System.Text.Json.Nodes;
using Community.Boards;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Boards;

/// <summary>Limits for members whom the site does not know yet, on each way in, and how they end.</summary>
[OnBothDatabases]
public sealed class TrustTests(TestHost host)
{
    Task<TestSite> Site(Action<JsonObject>? more = null) => host.NewSite(recipe =>
    {
        var trust = new JsonObject
        {
            ["isOn"] = true,
            ["newPosts"] = 3,
            ["newLinks"] = 1,
            ["newPictures"] = 1,
            ["newFiles"] = 0,
            ["newMentions"] = 1,
            ["knownAfterDays"] = 2,
            ["knownAfterPosts"] = 2,
            ["knownAfterRead"] = 5,
            ["trustedAfterDays"] = 30,
            ["trustedAfterPosts"] = 3,
            ["trustedAfterRead"] = 6,
            ["knownPosts"] = 5,
        };
        more?.Invoke(trust);
        recipe["settings"]!["trust"] = trust;
    });

    static async Task<TrustFacts> Facts(TestSite site, string who)
    {
        var id = (await site.Reader(who)).Id!.Value;
        return (await site.With<Trust, TrustFacts?>(trust => trust.FactsOf(id, default)))!;
    }

    static async Task<Refused> Refusal(TestSite site, string who, Func<PublishPost, Reader, Task> act) =>
        await site.With<PublishPost, Refused>(async publish => await Assert.ThrowsAsync<Refused>(async () =>
            await act(publish, await site.Reader(who))));

    [Fact]
    public async Task A_new_member_writes_so_many_posts_an_hour_is_told_how_many_are_left_and_loses_no_word()
    {
        var site = await Site();
        var (ben, mod) = (await site.SignIn("ben"), await site.SignIn("mod"));
        Assert.Contains("You may write 3 more posts this hour", (await ben.Get("/boards/general/new")).Text);
        var topic = await ben.Start("general", "One");
        await ben.Reply(topic, "Two");
        Assert.Contains("You may write 1 more post this hour", (await ben.Get(topic + "/reply")).Text);
        // To delete is no way round, nor is another board.
        await ben.Submit(topic + "/posts/2/delete", [], "main form[method=post]");
        await ben.Start("lounge", "Three");
        var told = await ben.Reply(topic, "The fourth, at length");
        Assert.Contains("You have written 3 posts within an hour", told.Document.QuerySelector(".error-summary")!.TextContent);
        Assert.Contains("The fourth, at length", told.Html);
        Assert.Contains("can be kept as a draft", (await ben.Get("/boards/general/new")).Text);
        var started = await ben.Submit("/boards/general/new", new() { ["title"] = "Five", ["text"] = "Kept words" });
        Assert.Contains("within an hour", started.Text);
        Assert.Contains("Kept words", started.Html);
        Assert.Equal(3, await site.Db(db => db.Posts.CountAsync()));
        // What was sent before is no new post, and editing is none.
        await ben.Submit(topic + "/posts/1/edit", new() { ["text"] = "Other words" });
        Assert.Equal("Other words", await site.Db(db => db.Posts.OrderBy(p => p.Id).Select(p => p.Text).FirstAsync()));
        // Whoever moderates has no limits, and is told of none.
        Assert.DoesNotContain("this hour", (await mod.Get("/boards/general/new")).Text);
        for (var i = 0; i < 4; i++) await mod.Reply(topic, $"Moderator {i}");
        Assert.Equal(7, await site.Db(db => db.Posts.CountAsync()));
        // An hour later the next ones are free.
        var before = host.Clock.Now.AddMinutes(-61);
        await site.Db(db => db.Posts.ExecuteUpdateAsync(s => s.SetProperty(p => p.At, before)));
        await ben.Reply(topic, "Later");
        Assert.Equal(8, await site.Db(db => db.Posts.CountAsync()));
    }

    [Fact]
    public async Task Sixteen_at_once_pass_no_more_than_allowed()
    {
        var site = await Site();
        var topic = Conversation.Id(await (await site.SignIn("anna")).Start("general", "Busy"));
        var ben = await site.Reader("ben");
        var done = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => site.With<PublishPost, bool>(async publish =>
        {
            try
            {
                return (i % 2 == 0
                    ? await publish.Reply(ben, topic, 1, null, $"Words {i}", Guid.NewGuid(), default)
                    : await publish.StartTopic(ben, "general", $"Title {i}", "Words", Guid.NewGuid(), default)) is not null;
            }
            catch (Refused) { return false; }
        })));
        Assert.Equal(3, done.Count(d => d));
        Assert.Equal(3, await site.Db(db => db.Posts.CountAsync(p => p.AuthorId == ben.Id)));
    }

    [Fact]
    public async Task A_post_of_a_new_member_has_so_many_links_pictures_files_and_mentions_when_written_and_when_edited()
    {
        var site = await Site(t => (t["newPosts"], t["knownAfterPosts"], t["trustedAfterPosts"]) = (50, 100, 100));
        var topic = Conversation.Id(await (await site.SignIn("anna")).Start("general", "Parts"));
        Task Reply(PublishPost publish, Reader ben, string text) => publish.Reply(ben, topic, 1, null, text, Guid.NewGuid(), default);
        var key = new string('a', Attachment.KeyLength);
        var own = $"http://{site.Site.CanonicalHost}";
        foreach (var (kind, fine, much) in new[]
        {
            ("links", "https://a.example and [here](/boards/general) `https://b.example`", "https://a.example [b](HTTP://b.example)"),
            ("links", "mailto:a@b.example", "<mailto:a@b.example> https://b.example"),
            // The site's own addresses are none, but what only begins like one is.
            ("links", $"https://a.example {own}/boards {own}", $"{own}:80@a.example/ {own}.b.example"),
            ("pictures", $"![a](/files/{key}-20x20)", $"![a](/files/{key}-20x20) ![b](/files/{key[1..]}b-20x20)"),
            ("files", "No file", $"[a.pdf](/files/{key})"),
            ("mentions", "@Anna, and @Anna\n\n> @Carla said", "@Anna @Carla"),
        })
        {
            var refused = await Refusal(site, "ben", (publish, ben) => Reply(publish, ben, much));
            Assert.Equal("boards.refused.trust." + kind, refused.Message);
            var ben = await site.Reader("ben");
            await site.With<PublishPost, bool>(async publish => { await Reply(publish, ben, fine); return true; });
            var number = await site.Db(db => db.Posts.Where(p => p.TopicId == topic).MaxAsync(p => p.Number));
            await site.With<ChangePost, bool>(async change =>
            {
                var edited = await Assert.ThrowsAsync<Refused>(() => change.Edit(ben, topic, number, null, much, null, default));
                Assert.Equal("boards.refused.trust." + kind, edited.Message);
                return true;
            });
            // What a moderator has written into it, its author may keep.
            var mod = await site.Reader("mod");
            await site.With<CorrectPost, bool>(correct => correct.Edit(mod, topic, number, null, much, "Why", null, default));
            Assert.True(await site.With<ChangePost, bool>(change =>
                change.Edit(ben, topic, number, null, much + " more", null, default)));
        }
        Assert.Contains(
            "at most 1 links",
            (await (await site.SignIn("ben")).Reply($"/boards/general/{topic}", "https://a.b https://c.d")).Text
        );
    }

    [Fact]
    public async Task Limits_end_with_time_posts_and_reading_return_with_a_measure_and_are_set_by_moderators()
    {
        var site = await Site();
        var (anna, mod) = (await site.SignIn("anna"), await site.SignIn("mod"));
        var id = (await site.Reader("anna")).Id!.Value;
        Assert.Equal((100, 0, 0, TrustLevel.New), await Brief());
        var topic = await anna.Start("general", "A");
        await anna.Reply(topic, "B");
        // Of the posts that were read, one's own too; what is asked for is not counted beyond.
        await Reads(5);
        Assert.Equal((100, 2, 5, TrustLevel.Known), await Brief());
        await anna.Reply(topic, "C");
        await Reads(900);
        Assert.Equal((100, 3, 6, TrustLevel.Trusted), await Brief());
        await site.Db(db =>
            db.Members.Where(m => m.Id == id).ExecuteUpdateAsync(s => s.SetProperty(m => m.JoinedAt, host.Clock.Now.AddDays(-3)))
        );
        Assert.Equal(TrustLevel.Known, (await Facts(site, "anna")).Level);
        Assert.Contains("some limits", (await anna.Get("/account")).Text);
        // Hidden posts are none.
        await mod.Submit(topic + "/posts/2/hide", new() { ["reason"] = "x" });
        await mod.Submit(topic + "/posts/3/hide", new() { ["reason"] = "x" });
        Assert.Equal(TrustLevel.New, (await Facts(site, "anna")).Level);
        await mod.Submit(topic, [], "form[action$='/posts/2/restore']");
        await site.Db(async db =>
        {
            db.Set<Measure>()
                .Add(
                    new()
                    {
                        MemberId = id,
                        Kind = MeasureKind.Warning,
                        At = host.Clock.Now,
                        Reason = "x",
                        ReadAt = host.Clock.Now,
                    }
                );
            return await db.SaveChangesAsync();
        });
        var facts = await Facts(site, "anna");
        Assert.Equal((true, TrustLevel.New), (facts.HadMeasure, facts.Level));
        // A moderator knows better: with a trace, and back again.
        var dossier = DossierPage.UrlOf(id);
        var done = await mod.Submit(dossier, new() { ["level"] = "Trusted", ["reason"] = "A friend" }, "form[action$='/trust']");
        Assert.Contains("No limits", done.Document.QuerySelector("section[aria-labelledby=trust]")!.TextContent);
        Assert.Equal(TrustLevel.Trusted, (await Facts(site, "anna")).Level);
        Assert.Contains("A friend", (await mod.Get(ModerationLogPage.Url)).Text);
        for (var i = 0; i < 6; i++) await anna.Reply(topic, $"Free {i}");
        await mod.Submit(dossier, new() { ["level"] = "" }, "form[action$='/trust']");
        Assert.Equal(0, await site.Db(db => db.MemberTrusts.CountAsync()));
        Assert.Contains("within an hour", (await anna.Reply(topic, "Too much")).Text);
        Assert.Equal(2, await site.Db(db => db.ModerationLog.CountAsync(m => m.MemberId == id && m.TopicId == null)));

        async Task<(int, int, int, TrustLevel)> Brief() =>
            await Facts(site, "anna") is var f ? (f.Days, f.Posts, f.Read, f.Level) : default;
        Task<int> Reads(int count) =>
            site.Db(db => db.TopicReads.Where(r => r.MemberId == id).ExecuteUpdateAsync(s => s.SetProperty(r => r.ReadCount, count)));
    }

    [Fact]
    public async Task Staff_switch_the_limits_off()
    {
        var site = await Site(t => t["isOn"] = false);
        var ben = await site.SignIn("ben");
        Assert.DoesNotContain("this hour", (await ben.Get("/boards/general/new")).Text);
        var topic = await ben.Start("general", "Free", "https://a.example https://b.example https://c.example");
        for (var i = 0; i < 3; i++) await ben.Reply(topic, $"Words {i}");
        Assert.Equal(4, await site.Db(db => db.Posts.CountAsync()));
    }
}
