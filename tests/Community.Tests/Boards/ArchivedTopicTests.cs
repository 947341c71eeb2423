using System.Net;
using Community.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Boards;

/// <summary>Topics that are only read: by a moderator, or for their age.</summary>
[OnBothDatabases]
public sealed class ArchivedTopicTests(TestHost host)
{
    static Task<bool> IsArchived(TestSite site, string topic) =>
        site.Db(db => db.Topics.Where(t => t.Id == Conversation.Id(topic)).Select(t => t.ArchivedAt != null).SingleAsync());

    [Fact]
    public async Task An_archived_topic_is_read_and_found_changes_no_more_and_is_no_news()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Old rules", "Words");
        await anna.Reply(topic, "More words");
        await site.EventsRead();
        Assert.Contains("Old rules", (await ben.Get("/unread")).Text);
        Assert.Contains("Old rules", (await site.Visitor().Get("/")).Text);
        var done = await mod.Submit(topic, [], "form[action$='/archive']");
        Assert.Contains("The topic is archived", done.Text);
        Assert.Contains("Archived", done.Document.QuerySelector(".topic-state")!.TextContent);
        // Neither replies nor edits, reactions, votes or polls, by whomever.
        foreach (var who in new[] { anna, ben, mod })
        {
            var page = await who.Get(topic);
            Assert.Null(page.Document.QuerySelector("form[action*='/reply']"));
            Assert.Contains("This topic is archived", page.Text);
            Assert.Equal(HttpStatusCode.Forbidden, (await who.Get(topic + "/reply")).Status);
        }
        var (reader, number) = (await site.Reader("anna"), Conversation.Id(topic));
        await Refuses<PublishPost>(publish => publish.Reply(reader, number, 1, null, "x", Guid.NewGuid(), default));
        await Refuses<ChangePost>(change => change.Edit(reader, number, 1, "T", "x", null, default));
        var other = await site.Reader("ben");
        await Refuses<React>(react => react.To(other, number, 1, 1, true, default));
        Assert.DoesNotContain("Poll", (await anna.Get(topic)).Document.QuerySelector("main")!.TextContent);
        // What is one's own can still be deleted.
        await anna.Submit(topic + "/posts/2/delete", [], "main form[method=post]");
        Assert.NotNull(await site.Db(db => db.Posts.Where(p => p.Number == 2).Select(p => p.DeletedAt).SingleAsync()));
        // No news, but where it stands, with its state.
        Assert.DoesNotContain("Old rules", (await ben.Get("/unread")).Text);
        Assert.Empty((await ben.Get(topic)).Unread());
        foreach (var url in new[] { "/boards/general?view=topics", "/boards/general?view=tree", "/boards/general?view=posts" })
            Assert.Contains("Old rules", (await site.Visitor().Get(url)).Text);
        Assert.Contains("Archived", (await ben.Get("/boards/general?view=topics")).Document.QuerySelector(".topic-state")!.TextContent);
        Assert.DoesNotContain("Old rules", (await ben.Get("/")).Document.QuerySelector("main")!.TextContent.Split("Boards")[0]);
        // Undone by the button that stands there; in the log, both.
        await mod.Submit(topic, [], "form[action$='/unarchive']");
        Assert.False(await IsArchived(site, topic));
        await ben.Reply(topic, "It goes on");
        Assert.Equal([ModerationAct.ArchiveTopic, ModerationAct.UnarchiveTopic],
            await site.Db(db => db.ModerationLog.OrderBy(m => m.Id).Select(m => m.Act).ToListAsync()));

        Task<bool> Refuses<T>(Func<T, Task> act) where T : notnull => site.With<T, bool>(async verb =>
        {
            Assert.Equal("boards.refused.topic-archived", (await Assert.ThrowsAsync<Refused>(() => act(verb))).Message);
            return true;
        });
    }

    [Fact]
    public async Task Several_topics_are_archived_at_once_and_taken_out_again()
    {
        var site = await host.NewSite();
        var (anna, mod) = (await site.SignIn("anna"), await site.SignIn("mod"));
        var (one, two) = (await anna.Start("general", "One"), await anna.Start("lounge", "Two"));
        var url = $"/staff/boards/selected?topics={Conversation.Id(one)}&topics={Conversation.Id(two)}";
        await mod.Submit(url, new() { ["act"] = "Archive" });
        Assert.True(await IsArchived(site, one) && await IsArchived(site, two));
        await mod.Submit(url, new() { ["act"] = "Unarchive" });
        Assert.False(await IsArchived(site, one) || await IsArchived(site, two));
    }

    [Fact]
    public async Task A_board_archives_what_is_old_but_no_pinned_topic_and_what_was_taken_out_waits_as_long_again()
    {
        var site = await host.NewSite();
        var (anna, admin) = (await site.SignIn("anna"), await site.SignIn("admin"));
        var topics = new List<string>();
        foreach (var title in new[] { "Old", "Pinned", "Taken out", "Young", "Elsewhere" })
            topics.Add(await anna.Start(title == "Elsewhere" ? "lounge" : "general", title));
        var id = await site.Db(db => db.Boards.Where(b => b.Key == "general").Select(b => b.Id).SingleAsync());
        var wrong = await admin.Submit($"/staff/boards/{id}", new() { ["archiveAfter"] = "-1" });
        Assert.NotNull(wrong.Document.QuerySelector("#archiveAfter-error"));
        await admin.Submit($"/staff/boards/{id}", new() { ["archiveAfter"] = "30" });
        await site.Db(async db =>
        {
            var now = host.Clock.Now;
            foreach (var topic in await db.Topics.ToListAsync())
            {
                topic.LastPostAt = topic.Title is "Young" ? now.AddDays(-29) : now.AddDays(-31);
                if (topic.Title is "Pinned") topic.PinnedAt = now;
                if (topic.Title is "Taken out") topic.UnarchivedAt = now.AddDays(-2);
            }
            return await db.SaveChangesAsync();
        });
        for (var i = 0; i < 2; i++)
            await site.With<IServiceProvider, bool>(async services =>
            {
                await Microsoft
                    .Extensions.DependencyInjection.ActivatorUtilities.CreateInstance<ArchiveOldTopics>(services)
                    .Handle(default!, default);
                return true;
            });
        Assert.Equal(["Old"], await site.Db(db => db.Topics.Where(t => t.ArchivedAt != null).Select(t => t.Title).ToListAsync()));
        Assert.Equal(1, await site.Db(db => db.Events.CountAsync(e => e.Type == "boards.topic-archived")));
        Assert.Contains("This topic is archived", (await anna.Get(topics[0])).Text);
    }

    [Fact]
    public async Task An_archived_topic_stays_one_in_exports_and_imports()
    {
        var site = await host.NewSite();
        var (anna, mod, admin) = (await site.SignIn("anna"), await site.SignIn("mod"), await site.SignIn("admin"));
        var topic = await anna.Start("general", "Old rules", "Words");
        await mod.Submit(topic, [], "form[action$='/archive']");
        foreach (var (form, board) in new[] { ("Json", "lounge"), ("Mbox", "inner") })
        {
            var file = await ArchiveTests.Export(site, admin, "general", form);
            var done = await BoardImports.Import(site, admin, System.Text.Encoding.UTF8.GetBytes(file), board);
            Assert.Equal((1, 0), (done.Good, done.Bad));
            Assert.Equal(1, await site.Db(db => db.Topics.CountAsync(t => t.Board.Key == board && t.ArchivedAt != null)));
        }
    }
}
