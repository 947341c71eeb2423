using System.Net;
using Community.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Boards;

/// <summary>Slow mode, topics that close by their age, and what moderators edit.</summary>
[OnBothDatabases]
public sealed class BoardLimitTests(TestHost host)
{
    static async Task Limits(TestSite site, string closeAfter, string pause)
    {
        var admin = await site.SignIn("admin");
        var id = await site.Db(db => db.Boards.Where(b => b.Key == "general").Select(b => b.Id).SingleAsync());
        var wrong = await admin.Submit($"/staff/boards/{id}", new() { ["closeAfter"] = "x", ["pause"] = "-1" });
        Assert.NotNull(wrong.Document.QuerySelector("#closeAfter-error"));
        Assert.NotNull(wrong.Document.QuerySelector("#pause-error"));
        await admin.Submit($"/staff/boards/{id}", new() { ["closeAfter"] = closeAfter, ["pause"] = pause });
    }

    [Fact]
    public async Task In_slow_mode_a_member_waits_between_two_posts_and_loses_no_word_and_moderators_do_not_wait()
    {
        var site = await host.NewSite();
        var (ben, anna, mod) = (await site.SignIn("ben"), await site.SignIn("anna"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Hot");
        await Limits(site, "0", "600");
        Assert.Contains("600 seconds", (await ben.Get(topic)).Text);
        await ben.Reply(topic, "First");
        var told = await ben.Reply(topic, "Second at once");
        Assert.Contains("slow mode", told.Text);
        Assert.Contains("Second at once", told.Html);
        // Another topic is no way round, nor is to delete and write again; another board is another.
        var started = await ben.Submit("/boards/general/new", new() { ["title"] = "Elsewhere", ["text"] = "x" });
        Assert.Contains("slow mode", started.Text);
        await ben.Submit(topic + "/posts/2/delete", [], "main form[method=post]");
        Assert.Contains("slow mode", (await ben.Reply(topic, "Again")).Text);
        foreach (var text in new[] { "One", "Two" }) Assert.DoesNotContain("slow mode", (await mod.Reply(topic, text)).Text);
        Assert.DoesNotContain("slow mode", (await (await site.SignIn("carla")).Reply(topic, "Another member")).Text);
        // Of two at the same moment one is taken.
        var before = host.Clock.Now.AddDays(-31);
        await site.Db(db => db.Posts.Where(p => p.Author!.Name == "Ben").ExecuteUpdateAsync(s => s.SetProperty(p => p.At, before)));
        var (reader, id) = (await site.Reader("ben"), Conversation.Id(topic));
        var both = await Task.WhenAll(new[] { "At once", "The same moment" }.Select(async text =>
        {
            try { return await site.With((PublishPost p) => p.Reply(reader, id, 1, null, text, Guid.NewGuid(), default)); }
            catch (Refused) { return null; }
        }));
        Assert.Single(both, p => p is not null);
    }

    [Fact]
    public async Task What_waited_is_approved_whatever_pause_its_author_would_have_to_keep()
    {
        var site = await host.NewSite();
        var (ben, mod) = (await site.SignIn("ben"), await site.SignIn("mod"));
        await site.Db(db => db.Boards.ExecuteUpdateAsync(s => s.SetProperty(b => b.Hold, Hold.Everything)));
        var topic = await ben.Start("general", "Waits");
        await ben.Start("general", "Waits too");
        await Limits(site, "0", "600");
        foreach (var _ in "ab") await mod.Submit("/staff/queue", new() { ["act"] = "approve" }, "article form");
        Assert.Equal(2, await site.Db(db => db.Posts.CountAsync(p => p.Withheld == Withheld.No)));
        Assert.Equal(HttpStatusCode.OK, (await site.Visitor().Get(topic)).Status);
    }

    [Fact]
    public async Task A_topic_without_a_new_post_closes_by_its_age_and_a_moderators_reply_opens_it()
    {
        var site = await host.NewSite();
        var (ben, mod) = (await site.SignIn("ben"), await site.SignIn("mod"));
        var (old, pinned) = (await ben.Start("general", "Old"), await ben.Start("general", "Pinned"));
        var form = await ben.Get(old + "/reply?to=1");
        await mod.Submit(pinned, [], "form[action$='/pin']");
        await Limits(site, "30", "0");
        var before = host.Clock.Now.AddDays(-31);
        await site.Db(db => db.Topics.ExecuteUpdateAsync(s => s.SetProperty(t => t.LastPostAt, before)));
        var page = await ben.Get(old);
        Assert.Contains("Nobody has written here for a long time", page.Text);
        Assert.Null(page.Document.QuerySelector(".reply-form form"));
        // The form that was open is refused, and its words are kept.
        var told = await ben.Submit(form, new() { ["text"] = "Late words" });
        Assert.Contains("Late words", told.Html);
        Assert.Equal(2, await site.Db(db => db.Posts.CountAsync()));
        Assert.NotNull((await ben.Get(pinned)).Document.QuerySelector(".reply-form form"));
        await mod.Reply(old, "Still of use");
        await ben.Reply(old, "Indeed");
        Assert.Contains("Indeed", (await ben.Get(old)).Text);
    }

    [Fact]
    public async Task A_moderator_edits_title_and_text_with_a_reason_and_the_earlier_version_is_kept()
    {
        var site = await host.NewSite();
        var (ben, mod, anna) = (await site.SignIn("ben"), await site.SignIn("mod"), await site.SignIn("anna"));
        var topic = await ben.Start("general", "Rude title", "Rude words");
        var form = await mod.Get(topic + "/posts/1/correct");
        var none = await mod.Submit(form, new() { ["title"] = "Kind title", ["text"] = "Kind words" }, "form:has([name=reason])");
        Assert.NotNull(none.Document.QuerySelector("#reason-error"));
        Assert.Contains("Kind words", none.Html);
        Dictionary<string, string> fields = new() { ["title"] = "Kind title", ["text"] = "Kind words", ["reason"] = "Tone" };
        await mod.Submit(form, fields, "form:has([name=reason])");
        var read = await anna.Get(topic);
        Assert.Contains("Kind title", read.Text);
        Assert.Contains("Edited", read.Text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Rude", read.Text);
        var history = (await ben.Get(topic + "/posts/1/history")).Text;
        Assert.Contains("Rude title", history);
        Assert.Contains("Rude words", history);
        Assert.Contains("Reason: Tone", (await mod.Get("/staff/boards/moderation")).Text);
        // Two at once: the second is told.
        var second = await mod.Submit(form, new(fields) { ["text"] = "Other" }, "form:has([name=reason])");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, second.Status);
        Assert.Contains("Kind words", (await anna.Get(topic)).Text);
        foreach (var person in new[] { ben, anna })
            Assert.NotEqual(HttpStatusCode.OK, (await person.Get(topic + "/posts/1/correct")).Status);
        await site.EventsRead();
        Assert.Equal([], await site.With((CheckBoards c) => c.Problems(default).ToListAsync().AsTask()));
    }
}
