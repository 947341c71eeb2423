using System.Net;
using Community.Boards;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Boards;

/// <summary>Reactions to posts, the numbers that posts keep of them, and the site's own set.</summary>
[OnBothDatabases]
public sealed class ReactionTests(TestHost host)
{
    const long Like = 1, Thanks = 2;
    const string Staff = "/staff/boards/reactions";

    static ReactionTests() => SiteQueries.Listen();

    static Task<React.Done?> Give(TestSite site, string who, string topic, int number, long reaction = Like, bool on = true) =>
        site.With<React, React.Done?>(async react =>
            await react.To(await site.Reader(who), Conversation.Id(topic), number, reaction, on, default));

    static Task<string> Refusal(TestSite site, string who, string topic, int number, long reaction = Like) =>
        site.With<React, string>(async react => (await Assert.ThrowsAsync<Refused>(async () =>
            await react.To(await site.Reader(who), Conversation.Id(topic), number, reaction, true, default))).Message);

    /// <summary>What the page shows at a post: the numbers, with an asterisk at the reader's own.</summary>
    static string Shown(Page page, int number) =>
        string.Join(' ', page.Document.QuerySelectorAll($"#p{number} > .reactions .reaction").Select(r =>
            string.Concat(r.TextContent.Where(char.IsAsciiDigit)) + (r.GetAttribute("aria-pressed") == "true" ? "*" : "")));

    static async Task<IReadOnlyList<string>> Problems(TestSite site)
    {
        // The boards' own counters follow by events.
        await site.EventsRead();
        return await site.With<CheckBoards, List<string>>(async check => await check.Problems(default).ToListAsync());
    }

    [Fact]
    public async Task A_post_is_answered_by_a_button_without_script_and_taken_back()
    {
        var site = await host.NewSite();
        var (anna, ben, carla) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("carla"));
        var topic = await anna.Start("general", "Boots");
        await ben.Reply(topic, "Mine");
        var before = await ben.Get(topic);
        Assert.Null(before.Document.QuerySelector("#p2 a.react"));
        Assert.Null(before.Document.QuerySelector(".reaction:not(template *)"));
        var choose = await ben.Get(before.Document.QuerySelector("#p1 a.react")!.GetAttribute("href")!);
        Assert.Equal(5, choose.Document.QuerySelectorAll(".choices button").Length);
        var done = await Press(ben, choose, Like);
        Assert.EndsWith("#done", done.Url.ToString());
        Assert.Contains("Like", done.Document.QuerySelector("#done")!.TextContent);
        Assert.Equal("1*", Shown(done, 1));
        Assert.Equal("1", Shown(await anna.Get(topic), 1));
        // Somebody else gives the same by the button that stands there, and another one; visitors see numbers and no buttons.
        Assert.Equal("2*", Shown(await Press(carla, await carla.Get(topic), Like), 1));
        await Give(site, "carla", topic, 1, Thanks);
        await Give(site, "carla", topic, 1, Thanks);
        Assert.Equal("2* 1*", Shown(await carla.Get(topic), 1));
        var visitor = await site.Visitor().Get(topic);
        Assert.Equal("2 1", Shown(visitor, 1));
        Assert.Null(visitor.Document.QuerySelector("button.reaction, a.react"));
        // Who reacted: for members, with a link to the profile.
        var who = await anna.Get(topic + "/posts/1/reactions");
        Assert.Equal(["Carla", "Carla", "Ben"], who.Document.QuerySelectorAll(".latest-list a.member").Select(a => a.TextContent.Trim()));
        Assert.Null(who.Document.QuerySelector(".choices"));
        Assert.StartsWith("/sign-in", (await site.Visitor().Get(topic + "/posts/1/reactions")).Url.AbsolutePath);
        // Muted by the reader, a name is not shown.
        await anna.Submit("/members/" + await Handle(site, "ben"), [], "form[action$='/mute']");
        Assert.DoesNotContain("Ben", (await anna.Get(topic + "/posts/1/reactions")).Document.QuerySelector(".latest-list")!.TextContent);
        // Back again by the same button.
        Assert.Equal("1 1", Shown(await Press(ben, await ben.Get(topic), Like), 1));
        Assert.Empty(await Problems(site));
    }

    static Task<string> Handle(TestSite site, string key) =>
        site.Db(db => db.Members.Where(m => m.Email == key + "@example.com").Select(m => m.Handle).SingleAsync());

    /// <summary>Presses a button of the first post: one form of the page sends all.</summary>
    static async Task<Page> Press(Visitor member, Page page, long reaction, int to = 1)
    {
        var button = page.Document.QuerySelector($"button.reaction[formaction*='/posts/{to}/'][formaction$='/{reaction}']")!;
        var form = page.Document.GetElementById(button.GetAttribute("form")!)!;
        form.SetAttribute("action", button.GetAttribute("formaction")!);
        return await member.Submit(page, [], "#" + form.Id);
    }

    [Fact]
    public async Task Nobody_reacts_where_they_may_not_and_twice_at_once_is_once()
    {
        var site = await host.NewSite();
        var (anna, mod) = (await site.SignIn("anna"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Boots");
        for (var i = 0; i < 3; i++) await anna.Reply(topic, "More " + i);
        var id = Conversation.Id(topic);
        Assert.Equal("boards.reaction.own", await Refusal(site, "anna", topic, 1));
        Assert.Equal("boards.reaction.gone", await Refusal(site, "ben", topic, 1, 3));
        Assert.Equal("boards.reaction.gone", await Refusal(site, "ben", topic, 1, 1L << 40));
        await Give(site, "ben", topic, 2);
        await mod.Submit(topic + "/posts/2/hide", new() { ["reason"] = "" });
        await anna.Submit(topic + "/posts/3/delete", [], "main form[method=post]");
        foreach (var number in new[] { 2, 3 })
        {
            Assert.Equal("boards.reaction.refused", await Refusal(site, "ben", topic, number));
            Assert.Equal("", Shown(await site.Visitor().Get(topic), number));
        }
        // A closed topic takes them, an archived board does not; what was given can be taken back.
        await site.Db(db => db.Topics.Where(t => t.Id == id).ExecuteUpdateAsync(s => s.SetProperty(t => t.LockedAt, host.Clock.Now)));
        await Give(site, "ben", topic, 1);
        await site.Db(db => db.Boards.Where(b => b.Key == "general")
            .ExecuteUpdateAsync(s => s.SetProperty(b => b.ArchivedAt, host.Clock.Now)));
        Assert.Equal("boards.refused.archived", await Refusal(site, "carla", topic, 1));
        await Give(site, "ben", topic, 1, on: false);
        await site.Db(db => db.Boards.ExecuteUpdateAsync(s => s.SetProperty(b => b.ArchivedAt, (DateTime?)null)));
        // In a board that one may not read there is no such post.
        await mod.Submit(topic + "/move", new() { ["board"] = "inner" });
        Assert.Null(await Give(site, "ben", topic, 1));
        var moderator = await site.Reader("mod");
        Assert.True(await site.With<Moderate, bool>(m => m.Move(moderator, id, "general", default)));
        // At once, the same and others.
        var people = new[] { "ben", "carla", "mod", "web" };
        await Task.WhenAll(people.SelectMany(p => new[] { Like, Like, Thanks }.Select(r => Give(site, p, topic, 4, r))));
        Task<string?> Kept() => site.Db(db => db.Posts.Where(p => p.TopicId == id && p.Number == 4).Select(p => p.Reactions).SingleAsync());
        Assert.Equal("1:4 2:4", await Kept());
        await Task.WhenAll(people.SelectMany(p => new[] { 0, 1 }.Select(_ => Give(site, p, topic, 4, Like, on: false))));
        Assert.Equal("2:4", await Kept());
        Assert.Empty(await Problems(site));
    }

    [Fact]
    public async Task The_numbers_stay_right_when_members_go_and_topics_are_split()
    {
        var site = await host.NewSite();
        var (anna, mod) = (await site.SignIn("anna"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Boots");
        for (var i = 0; i < 2; i++) await anna.Reply(topic, "More", to: i + 1);
        foreach (var who in new[] { "ben", "carla" }) for (var n = 1; n <= 3; n++) await Give(site, who, topic, n);
        await Give(site, "ben", topic, 3, Thanks);
        await mod.Submit(topic + "/posts/2/split", new() { ["title"] = "Part" });
        // By its old address it is the same post.
        Assert.EndsWith("/posts/2", (await Give(site, "mod", topic, 3))!.Place.Url);
        Task<List<string?>> Counts() => site.Db(db => db.Posts.OrderBy(p => p.Id).Select(p => p.Reactions).ToListAsync());
        Assert.Equal(["1:2", "1:2", "1:3 2:1"], await Counts());
        var (ben, carla) = await site.Db(async db => (
            await db.Members.Where(m => m.Email == "ben@example.com").Select(m => m.Id).SingleAsync(),
            await db.Members.Where(m => m.Email == "carla@example.com").Select(m => m.Id).SingleAsync()));
        // As when Carla and Ben are made one: of two equal rows one goes, and the posts are counted anew.
        await site.Db(db => db.PostReactions.Where(r => r.MemberId == ben && r.ReactionId == Like).ExecuteDeleteAsync());
        Assert.NotEmpty(await Problems(site));
        await site.With<IServiceProvider, int>(async services =>
        {
            await ActivatorUtilities.CreateInstance<RecountReactions>(services).Handle(new RecountOf(carla, 0), default);
            return 0;
        });
        Assert.Equal(["1:1", "1:1", "1:2 2:1"], await Counts());
        Assert.Null(await site.With<EraseMember, string?>(e => e.Erase(carla)));
        Assert.Equal([null, null, "1:1 2:1"], await Counts());
        Assert.Empty(await Problems(site));
        // Deleted for good, nothing of it is left.
        var admin = await site.Reader("admin");
        var last = await site.Db(db => db.Posts.OrderBy(p => p.Id).LastAsync());
        Assert.True(await site.With<DeleteForGood, bool>(d => d.Post(admin, last.TopicId, last.Number, "Asked by letter", default)));
        Assert.Equal(0, await site.Db(db => db.PostReactions.CountAsync()));
    }

    [Fact]
    public async Task Staff_have_a_set_of_their_own_and_retire_without_loss()
    {
        var site = await host.NewSite();
        var (admin, anna) = (await site.SignIn("admin"), await site.SignIn("anna"));
        var topic = await anna.Start("general", "Boots");
        await Give(site, "ben", topic, 1);
        Assert.Equal(0, await site.Db(db => db.Reactions.CountAsync()));
        Task<Page> Make(string emoji, string en, string ja = "") =>
            admin.Submit(Staff + "/new", new() { ["emoji"] = emoji, ["name.en"] = en, ["name.ja"] = ja }, "form.form");
        await Make("🥾", "On my feet", "履いています");
        await admin.Submit(Staff, new() { ["up"] = "true" }, $"form[action='{Staff}/32/place']");
        await admin.Submit(Staff, new() { ["on"] = "true" }, $"form[action='{Staff}/1/retire']");
        Assert.Equal(6, await site.Db(db => db.Reactions.CountAsync()));
        var ben = await site.SignIn("ben");
        var page = await ben.Get(topic + "/posts/1/reactions");
        // Ben sees the retired one that he gave, and can take it back; Carla sees its number.
        Assert.Equal(["2", "4", "8", "32", "16", "1"],
            page.Document.QuerySelectorAll(".choices button").Select(b => b.GetAttribute("formaction")!.Split('/')[^1]));
        Assert.Equal("boards.reaction.gone", await Refusal(site, "carla", topic, 1));
        var carla = await (await site.SignIn("carla")).Get(topic);
        Assert.Equal("1", Shown(carla, 1));
        Assert.Null(carla.Document.QuerySelector("#p1 > .reactions button"));
        await ben.Get("/language/ja");
        Assert.Contains("履いています", (await ben.Get(topic + "/posts/1/reactions")).Text);
        await admin.Submit(Staff, new() { ["on"] = "false" }, $"form[action='{Staff}/1/retire']");
        await Give(site, "carla", topic, 1);
        // What is wrong is said beside its field, and nothing typed is lost.
        foreach (var (emoji, en, ja, field) in new[]
        {
            ("", "New", "", "emoji"), ("ab", "New", "", "emoji"), ("👍", "New", "", "emoji"), ("🎈", "", "風船", "name.en"),
            ("🎈", "ＬＩＫＥ", "", "name.en"), ("🎈", new string('x', 31), "", "name.en"), ("🎈", "New", "a\u202eb", "name.ja"),
        })
        {
            var wrong = await Make(emoji, en, ja);
            Assert.Equal((emoji, en, HttpStatusCode.UnprocessableEntity), (emoji, en, wrong.Status));
            Assert.NotNull(wrong.Document.GetElementById(field + "-error"));
            Assert.Equal(ja, wrong.Document.GetElementById("name.ja")!.GetAttribute("value") ?? "");
        }
        for (var i = 0; i < 6; i++) await Make("ABCDEF"[i].ToString(), "N" + i);
        var full = await Make("G", "Too many");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, full.Status);
        Assert.Equal(Reaction.MaxOffered, await site.Db(db => db.Reactions.CountAsync()));
        Assert.Equal(HttpStatusCode.Forbidden, (await anna.Get(Staff)).Status);
    }

    [Fact]
    public async Task Reactions_cost_a_page_no_query_and_the_script_gets_the_row()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var topic = await anna.Start("general", "Boots");
        await ben.Get(topic);
        await ben.Get(topic);
        var before = await SiteQueries.Of(site, () => ben.Get(topic));
        for (var i = 0; i < 3; i++)
        {
            await anna.Reply(topic, "More " + i);
            await Give(site, "ben", topic, i + 2);
        }
        await ben.Get(topic);
        Assert.Equal(before, await SiteQueries.Of(site, () => ben.Get(topic)));
        Assert.Equal("1:2 4:1", ReactionCounts.With(ReactionCounts.With("1:1 4:1", 1, 1), 8, 0));
        Assert.Null(ReactionCounts.With("4:1", 4, -1));
        Assert.Empty(ReactionCounts.Read(null));
    }
}
