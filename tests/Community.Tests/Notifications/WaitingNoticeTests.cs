using Community.Boards;
using Community.Notifications;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Notifications;

/// <summary>Notices come of what is published, whatever a post that waits says to whom.</summary>
[OnBothDatabases]
public sealed class WaitingNoticeTests(TestHost host)
{
    [Fact]
    public async Task A_mention_in_a_post_that_waits_tells_nobody_until_it_is_published()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Mugs", "Which one?");
        await site.Db(db => db.Boards.Where(b => b.Key == "general").ExecuteUpdateAsync(s => s.SetProperty(b => b.Hold, Hold.Everything)));
        // A reply to her, in a topic that she follows, with her name, and her words.
        await ben.Reply(topic, "> @Anna wrote:\n> Which one?\n\nBuy pills @Anna");
        await ben.Start("general", "Pills", "Cheap @Anna");
        await site.Noticed();
        Assert.Equal([], await Told(site));
        await mod.Submit("/staff/queue", new() { ["act"] = "refuse", ["reason"] = "No advertising" }, "article form");
        await mod.Submit("/staff/queue", new() { ["act"] = "refuse", ["reason"] = "No advertising" }, "article form");
        await site.Noticed();
        Assert.Equal([], await Told(site));
        await ben.Reply(topic, "The blue one @Anna");
        await site.Noticed();
        Assert.Equal([], await Told(site));
        await mod.Submit("/staff/queue", new() { ["act"] = "approve" }, "article form");
        await site.Noticed();
        Assert.NotEmpty(await Told(site));
    }

    static async Task<List<NoticeKind>> Told(TestSite site)
    {
        var anna = await site.MemberId("anna");
        return await site.Db(db => db.Notices.Where(n => n.MemberId == anna).Select(n => n.Kind).ToListAsync());
    }
}
