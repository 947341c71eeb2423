using Community.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Boards;

/// <summary>Several topics or posts ticked on a list, and one act for all of them.</summary>
public sealed class SelectedTests(TestHost host)
{
    static string Ticked(Page list, string name, string back) =>
        SelectedPage.Url + "?" + string.Join('&', list.Document.QuerySelectorAll($"input[form=selected][name={name}]")
            .Select(b => $"{name}={b.GetAttribute("value")}")) + "&back=" + Uri.EscapeDataString(back);

    [Fact]
    public async Task Ticked_topics_are_closed_moved_and_hidden_and_what_is_refused_keeps_no_other_from_it()
    {
        var site = await host.NewSite();
        var (anna, mod) = (await site.SignIn("anna"), await site.SignIn("mod"));
        foreach (var title in new[] { "One", "Two", "Three" }) await anna.Start("general", title);
        var list = await mod.Get("/boards/general?view=topics");
        Assert.Empty((await anna.Get("/boards/general?view=topics")).Document.QuerySelectorAll("[form=selected]"));
        var url = Ticked(list, "topics", "/boards/general");
        var opened = await mod.Get(url);
        Assert.True(opened.Status is System.Net.HttpStatusCode.OK, $"{host.Log.Errors.LastOrDefault()}");
        Assert.Contains("3 are selected", opened.Text);
        Assert.Contains("Choose what to do", (await mod.Submit(url, new() { ["reason"] = "" }, "main form[method=post]")).Text);
        var done = await mod.Submit(url, new() { ["act"] = "Lock" }, "main form[method=post]");
        Assert.Equal("/boards/general", done.Url.AbsolutePath);
        Assert.Contains("Done with 3", done.Text);
        Assert.Equal(3, await site.Db(db => db.Topics.CountAsync(t => t.LockedAt != null)));
        await mod.Submit(url, new() { ["act"] = "Move", ["board"] = "news" }, "main form[method=post]");
        Assert.Equal(3, await site.Db(db => db.Topics.CountAsync(t => t.Board.Key == "news")));
        await mod.Submit(url, new() { ["act"] = "Hide", ["reason"] = "Old" }, "main form[method=post]");
        Assert.Equal(3, await site.Db(db => db.Topics.CountAsync(t => t.HiddenReason == "Old")));
        // One of them is gone meanwhile.
        await site.Db(db => db.Topics.Where(t => t.Title == "Two")
            .ExecuteUpdateAsync(s => s.SetProperty(t => t.Withheld, Withheld.Refused)));
        var some = await mod.Submit(url, new() { ["act"] = "Restore" }, "main form[method=post]");
        Assert.Contains("Done with 2", some.Text);
        Assert.Equal(["Two"], await site.Db(db => db.Topics.Where(t => t.HiddenAt != null).Select(t => t.Title).ToListAsync()));
        // A crafted address does not lead away, and nothing is done by opening it.
        Assert.Equal("/boards", (await mod.Get(SelectedPage.Url + "?back=//evil.example")).Document
            .QuerySelector(".empty a")!.GetAttribute("href"));
    }

    [Fact]
    public async Task Ticked_topics_go_where_more_can_read_them_only_if_that_is_meant()
    {
        var site = await host.NewSite();
        var (anna, mod) = (await site.SignIn("anna"), await site.SignIn("mod"));
        var topic = Conversation.Id(await anna.Start("lounge", "Among us"));
        var url = Ticked(await mod.Get("/boards/lounge?view=topics"), "topics", "/boards/lounge");
        var asked = await mod.Submit(url, new() { ["act"] = "Move", ["board"] = "general" }, "main form[method=post]");
        Assert.Contains("reaches further", asked.Text);
        Assert.Equal("lounge", await site.Db(db => db.Topics.Where(t => t.Id == topic).Select(t => t.Board.Key).SingleAsync()));
        await mod.Submit(asked, new() { ["act"] = "Move", ["board"] = "general", ["sure"] = "1" }, "main form[method=post]");
        Assert.Equal("general", await site.Db(db => db.Topics.Where(t => t.Id == topic).Select(t => t.Board.Key).SingleAsync()));
    }

    [Fact]
    public async Task Ticked_posts_are_hidden_and_ticked_entries_of_the_queue_approved_in_the_version_that_was_seen()
    {
        var site = await host.NewSite();
        var (ben, mod) = (await site.SignIn("ben"), await site.SignIn("mod"));
        var topic = await ben.Start("general", "Talk");
        foreach (var text in new[] { "First", "Second" }) await ben.Reply(topic, text);
        var url = Ticked(await mod.Get(topic), "posts", topic);
        await mod.Submit(url, new() { ["act"] = "Hide", ["reason"] = "All" }, "main form[method=post]");
        Assert.Equal(3, await site.Db(db => db.Posts.CountAsync(p => p.HiddenReason == "All")));
        await mod.Submit(url, new() { ["act"] = "Restore" }, "main form[method=post]");
        await site.Db(db => db.Boards.ExecuteUpdateAsync(s => s.SetProperty(b => b.Hold, Hold.Everything)));
        foreach (var text in new[] { "Third", "Fourth" }) await ben.Reply(topic, text);
        url = Ticked(await mod.Get("/staff/queue"), "posts", "/staff/queue");
        var seen = await mod.Get(url);
        await ben.Submit(topic + "/posts/5/edit", new() { ["text"] = "Changed since" });
        var told = await mod.Submit(seen, new() { ["act"] = "Approve" }, "main form[method=post]");
        Assert.Contains("Done with 1", told.Text);
        Assert.Contains("has changed meanwhile", told.Text);
        Assert.Equal([Withheld.No, Withheld.Waiting],
            await site.Db(db => db.Posts.Where(p => p.Number > 3).OrderBy(p => p.Number).Select(p => p.Withheld).ToListAsync()));
        // Who moderates nothing here does nothing.
        await Assert.ThrowsAsync<Denied>(async () => await site.With((ModerateSelected s) =>
            s.Do(site.Reader("ben").Result, SelectedAct.Hide, [], "", null, default)));
    }
}
