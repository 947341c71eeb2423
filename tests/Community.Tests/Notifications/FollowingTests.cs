using Community.Boards;
using Community.Notifications;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Notifications;

/// <summary>Members choose what they hear of, and are told of that alone.</summary>
[OnBothDatabases]
public sealed class FollowingTests(TestHost host)
{
    [Fact]
    public async Task Who_is_answered_is_told_and_who_watches_once_until_they_have_been_there()
    {
        var site = await host.NewSite();
        var (anna, ben, carla) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("carla"));
        var topic = await anna.Start("general", "Tea");
        await carla.Level(topic, FollowLevel.Watch);
        await ben.Reply(topic, "Green");
        await site.Noticed();
        Assert.Equal(("1", "0", "1"), (await anna.Number(), await ben.Number(), await carla.Number()));
        Assert.Equal(["Ben answered you"], await anna.News());
        Assert.Equal(["New posts, first by Ben"], await carla.News());
        await ben.Reply(topic, "Black");
        await site.Noticed();
        // A topic that is busy is one notice to its watchers; each answer is one to whom it answers.
        Assert.Equal(("2", "1"), (await anna.Number(), await carla.Number()));
        await carla.Get(topic);
        await TestSite.Until(async () => await carla.Number() == "0", "reading the topic ends the notice");
        await ben.Reply(topic, "White");
        await site.Noticed();
        Assert.Equal("1", await carla.Number());
        await anna.Submit("/notifications", [], "form[action='/notifications/read']");
        Assert.Equal("0", await anna.Number());
    }

    [Fact]
    public async Task The_page_of_a_form_that_is_refused_has_the_number_too()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var topic = await anna.Start("general", "Counted");
        await ben.Reply(topic, "An answer");
        await site.Noticed();
        var refused = await anna.Reply(topic, "");
        Assert.Equal(System.Net.HttpStatusCode.UnprocessableEntity, refused.Status);
        var count = refused.Document.QuerySelector(".notice-count .count")!;
        Assert.Equal(("1", false), (count.TextContent, count.HasAttribute("hidden")));
    }

    [Fact]
    public async Task Opening_a_notice_leads_to_its_post_and_marks_it_as_read()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var topic = await anna.Start("general", "Opened");
        await ben.Reply(topic, "Look");
        await site.Noticed();
        var link = (await anna.Get("/notifications")).Document.QuerySelector(".notices li.unread > a")!.GetAttribute("href")!;
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await ben.Get(link)).Status);
        Assert.Equal(topic, Conversation.WithoutWords((await anna.Get(link)).Url.AbsolutePath));
        Assert.Empty(await anna.News());
    }

    [Fact]
    public async Task A_member_who_writes_follows_the_topic_by_themselves_as_their_settings_say()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var topic = await anna.Start("general", "Own");
        await ben.Reply(topic, "Answered");
        await site.Noticed();
        Task<string[]> Levels(string key) => site.Db(async db =>
        {
            var id = await db.Set<Community.Members.Member>().Where(m => m.Email == key + "@example.com").Select(m => m.Id).SingleAsync();
            var levels = await db.TopicFollows.Where(f => f.MemberId == id).OrderBy(f => f.TopicId).Select(f => f.Level).ToListAsync();
            return levels.Select(l => l.ToString()).ToArray();
        });
        Assert.Equal(["Watch"], await Levels("anna"));
        Assert.Equal(["Track"], await Levels("ben"));
        Assert.Contains("Tracking", (await ben.Get("/notifications/followed")).Text);
        await ben.Submit("/notifications/settings", new() { ["Answered"] = "Normal" });
        await ben.Level(topic, FollowLevel.Normal);
        await ben.Reply(topic, "Once more");
        var other = await anna.Start("general", "Second");
        await ben.Reply(other, "Not followed");
        await site.Noticed();
        Assert.Equal(["Normal"], await Levels("ben"));
    }

    [Fact]
    public async Task Who_lost_the_right_is_told_nothing_and_can_remove_what_they_no_longer_read()
    {
        var site = await host.NewSite();
        var (anna, carla, mod) = (await site.SignIn("anna"), await site.SignIn("carla"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Secret plans");
        await carla.Level(topic, FollowLevel.Watch);
        await carla.Reply(topic, "Mine");
        await anna.Reply(topic, "To Carla", to: 2);
        await site.Noticed();
        Assert.Equal("1", await carla.Number());
        var feed = (await carla.Get("/notifications/settings")).Document.QuerySelector("#feeds ~ p a")!.GetAttribute("href")!;
        Assert.Contains("Secret plans", (await carla.Get(new Uri(feed).PathAndQuery)).Html);
        // To a board that only its group reads; Carla leaves the group.
        await mod.Submit(topic + "/move", new() { ["board"] = "inner" });
        await site.Db(db => db.Set<Community.Members.GroupMembership>().ExecuteDeleteAsync());
        await site.Noticed();
        Assert.Equal("0", await carla.Number());
        Assert.Empty(await carla.News());
        await site.SendMails();
        Assert.Empty(await site.MailsTo("carla"));
        Assert.DoesNotContain("Secret plans", (await carla.Get(new Uri(feed).PathAndQuery)).Html);
        // What comes afterwards makes no notice.
        var before = await site.Db(db => db.Notices.CountAsync());
        await mod.Reply(topic.Replace("general", "inner"), "More", to: 2);
        await site.Noticed();
        var carlas = await site.MemberId("carla");
        Assert.DoesNotContain(await site.Db(db => db.Notices.Where(n => n.MemberId == carlas).ToListAsync()),
            n => n.Id > before && n.At > site.Host.Clock.Now);
        var list = await carla.Get("/notifications/followed");
        Assert.DoesNotContain("Secret", list.Html);
        Assert.Contains("A topic that you can no longer read", list.Text);
        var after = await carla.Submit(list, [], "form[action='/notifications/followed/forget']");
        Assert.DoesNotContain("no longer read", after.Text);
        Assert.False(await site.Db(db => db.TopicFollows.AnyAsync(f => f.MemberId == carlas)));
    }

    [Fact]
    public async Task A_watched_board_tells_of_its_new_topics_and_a_hidden_post_of_nothing()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        await ben.Level("/boards/general", FollowLevel.Watch);
        var topic = await anna.Start("general", "New here");
        await anna.Reply(topic, "And a post, of which a board does not tell");
        await site.Noticed();
        Assert.Equal(["Anna started this topic"], await ben.News());
        await mod.Submit(topic + "/hide", new() { ["reason"] = "" });
        Assert.Equal("0", await ben.Number());
    }

    [Fact]
    public async Task Moderators_are_told_of_reports_and_leaders_of_requests_until_somebody_decided()
    {
        var site = await host.NewSite();
        var (anna, ben, mod, carla) =
            (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"), await site.SignIn("carla"));
        var topic = await anna.Start("general", "Bad");
        await ben.Submit(topic + "/posts/1/report", new() { ["reason"] = "Spam" });
        var carlas = await site.MemberId("carla");
        await site.Db(db => db.Set<Community.Members.GroupMembership>().Where(g => g.MemberId == carlas)
            .ExecuteUpdateAsync(s => s.SetProperty(g => g.IsLeader, true)));
        await ben.Submit("/groups/circle", new() { ["message"] = "Let me in" });
        await site.Noticed();
        Assert.Equal(["A post was reported"], await mod.News());
        Assert.Equal(["Ben asks to join Circle"], await carla.News());
        Assert.Equal("0", await anna.Number());
        // A leader who leads no more sees it no more, and it comes back with the office.
        await site.Db(db => db.Set<Community.Members.GroupMembership>().Where(g => g.MemberId == carlas)
            .ExecuteUpdateAsync(s => s.SetProperty(g => g.IsLeader, false)));
        Assert.Equal("0", await carla.Number());
        await mod.Submit("/staff/reports", [], "form[action$='/dismiss']");
        Assert.Equal("0", await mod.Number());
    }
}
