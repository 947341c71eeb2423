using System.Net;
using Community.Boards;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Boards;

/// <summary>What administrators do with a board as a whole.</summary>
public sealed class BoardStaffTests(TestHost host)
{
    [Fact]
    public async Task Below_a_topic_that_takes_no_reply_nothing_stands_unless_it_says_why()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var topic = await anna.Start("general", "Read only");
        await site.Db(db => db.Boards.ExecuteUpdateAsync(s => s.SetProperty(b => b.Write, BoardWriters.Groups)));
        foreach (var reader in new[] { site.Visitor(), anna })
        {
            var page = await reader.Get(topic);
            Assert.Contains("Read only", page.Text);
            Assert.Null(page.Document.QuerySelector(".reply-form"));
        }
    }

    [Fact]
    public async Task An_archived_board_is_read_and_nobody_writes_in_it()
    {
        var site = await host.NewSite();
        var (admin, anna) = (await site.SignIn("admin"), await site.SignIn("anna"));
        var topic = await anna.Start("general", "Kept words");
        var (newTopic, reply, edit) = (
            await anna.Get("/boards/general/new"),
            await anna.Get(topic + "/reply?to=1"),
            await anna.Get(topic + "/posts/1/edit")
        );
        var staffReply = await admin.Get(topic + "/reply?to=1");
        var id = await Id(site, "general");
        var done = await admin.Submit($"/staff/boards/{id}", [], $"form[action='/staff/boards/{id}/archive']");
        Assert.Contains("The board is archived", done.Text);
        // It stays readable and says that it is archived, to visitors too.
        foreach (var reader in new[] { anna, admin, site.Visitor() })
        {
            Assert.Contains("This board is archived", (await reader.Get("/boards/general")).Document.QuerySelector(".notice")!.TextContent);
            var page = await reader.Get(topic);
            Assert.Contains("Kept words", page.Text);
            Assert.Null(page.Document.QuerySelector(".reply-form form, a[href*='/reply']"));
            Assert.Null(page.Document.QuerySelector("main a[href^='/sign-in']"));
        }
        // Forms opened before it was archived do nothing.
        Assert.Contains("archived", (await anna.Submit(newTopic, new() { ["title"] = "Late", ["text"] = "Words" })).Text);
        Assert.Contains("archived", (await anna.Submit(reply, new() { ["text"] = "Late" })).Text);
        Assert.Contains("archived", (await admin.Submit(staffReply, new() { ["text"] = "Late" })).Text);
        Assert.Contains("archived", (await anna.Submit(edit, new() { ["title"] = "Changed", ["text"] = "Changed" })).Text);
        Assert.Equal(
            (1, 1, "Kept words"),
            await site.Db(async db =>
                (await db.Topics.CountAsync(), await db.Posts.CountAsync(), await db.Topics.Select(t => t.Title).SingleAsync())
            )
        );
        // Out of the archive, it accepts posts again and comes last.
        await admin.Submit($"/staff/boards/{id}", [], $"form[action='/staff/boards/{id}/archive']");
        await anna.Reply(topic, "Again");
        Assert.Equal(2, await site.Db(db => db.Posts.CountAsync()));
        Assert.Equal("/boards/general", (await anna.Get("/boards")).Document.QuerySelectorAll(".board-name a").Last().GetAttribute("href"));
        Assert.Equal(
            ["boards.archive", "boards.unarchive"],
            await site.Db(db => db.Audit.Where(a => a.Action.EndsWith("archive")).OrderBy(a => a.Id).Select(a => a.Action).ToListAsync())
        );
    }

    [Fact]
    public async Task No_topic_moves_into_an_archived_board()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var topic = await (await site.SignIn("anna")).Start("lounge", "Elsewhere");
        var id = await Id(site, "general");
        await admin.Submit($"/staff/boards/{id}", [], $"form[action='/staff/boards/{id}/archive']");
        var move = await admin.Get(topic + "/move");
        Assert.DoesNotContain("general", move.Document.QuerySelectorAll("#board option").Select(o => o.GetAttribute("value")));
        Assert.Equal(HttpStatusCode.NotFound, (await admin.Submit(move, new() { ["board"] = "general" })).Status);
    }

    [Fact]
    public async Task Archived_boards_stand_in_a_section_at_the_end()
    {
        var site = await host.NewSite();
        var (admin, anna) = (await site.SignIn("admin"), await site.SignIn("anna"));
        var id = await Id(site, "general");
        await admin.Submit($"/staff/boards/{id}", [], $"form[action='/staff/boards/{id}/archive']");
        foreach (var reader in new[] { anna, site.Visitor() })
        {
            var list = await reader.Get("/boards");
            Assert.Equal("/boards/general", Assert.Single(list.Document.QuerySelectorAll(".archived .board-name a")).GetAttribute("href"));
            Assert.Single(list.Document.QuerySelectorAll("a[href='/boards/general']"));
            Assert.Null((await reader.Get("/")).Document.QuerySelector(".board-name a[href='/boards/general']"));
        }
        // In the staff's list it cannot be moved up or down.
        var staff = await admin.Get("/staff/boards");
        Assert.Equal(3, staff.Document.QuerySelectorAll("form[action$='/place']").Length);
        Assert.Contains("Archived", staff.Document.QuerySelector("tbody tr:last-child th")!.TextContent);
    }

    [Fact]
    public async Task A_board_without_topics_is_deleted_after_a_question()
    {
        var site = await host.NewSite();
        var (admin, carla) = (await site.SignIn("admin"), await site.SignIn("carla"));
        var id = await Id(site, "inner");
        await carla.Get("/boards/inner");
        await carla.Submit("/boards/inner", [], "form[action='/boards/inner/read']");
        var ask = await admin.Get(
            (await admin.Get($"/staff/boards/{id}")).Document.QuerySelector("a[href$='/delete']")!.GetAttribute("href")!
        );
        Assert.Contains("Delete “Inner”?", ask.Document.QuerySelector("h1")!.TextContent);
        Assert.Contains("The board is deleted", (await admin.Submit(ask, [], "main form")).Text);
        Assert.Equal(HttpStatusCode.NotFound, (await carla.Get("/boards/inner")).Status);
        Assert.Equal(0, await site.Db(db => db.BoardReads.CountAsync(r => r.BoardId == id)));
        Assert.Equal("Inner", await site.Db(db => db.Audit.Where(a => a.Action == "boards.delete").Select(a => a.Purpose).SingleAsync()));
    }

    [Fact]
    public async Task A_board_with_topics_is_not_deleted_even_if_they_came_meanwhile_or_are_hidden()
    {
        var site = await host.NewSite();
        var (admin, anna) = (await site.SignIn("admin"), await site.SignIn("anna"));
        var id = await Id(site, "general");
        var ask = await admin.Get($"/staff/boards/{id}/delete");
        var topic = await anna.Start("general", "Just in time");
        await (await site.SignIn("mod")).Submit(topic + "/hide", new() { ["reason"] = "" });
        var refused = await admin.Submit(ask, [], "main form");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Contains("archive it", refused.Document.QuerySelector(".error-summary")!.TextContent);
        Assert.Null((await admin.Get($"/staff/boards/{id}")).Document.QuerySelector("a[href$='/delete']"));
        Assert.Equal(1, await site.Db(db => db.Topics.CountAsync()));
    }

    [OnBothDatabases, Fact]
    public async Task Topics_that_begin_while_their_board_is_deleted_come_first_or_not_at_all()
    {
        var site = await host.NewSite();
        var anna = await site.Reader("anna", Roles.Member);
        var id = await Id(site, "general");
        var starts = Enumerable
            .Range(0, 4)
            .Select(i =>
                Task.Run(async () =>
                {
                    try
                    {
                        return await site.With<PublishPost, bool>(async p =>
                            await p.StartTopic(anna, "general", "Topic " + i, "Words", Guid.NewGuid(), default) is not null
                        );
                    }
                    catch (Refused)
                    {
                        return false;
                    }
                })
            )
            .ToList();
        var admin = await site.Reader("admin");
        var deleted = await site.With<EndBoard, bool>(async e =>
        {
            try { await e.Delete(admin, id, default); }
            catch (Refused) { return false; }
            return true;
        });
        var begun = (await Task.WhenAll(starts)).Count(b => b);
        Assert.Equal(begun, await site.Db(db => db.Topics.CountAsync()));
        Assert.Equal(deleted, begun == 0);
        Assert.Equal(!deleted, await site.Db(db => db.Boards.AnyAsync(b => b.Id == id)));
    }

    [Fact]
    public async Task Rules_that_contradict_each_other_are_refused_at_the_field()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var (circle, open) = await site.Db(async db =>
            (await db.Groups.SingleAsync(g => g.Key == "circle"), await db.Groups.SingleAsync(g => g.Key == "open"))
        );
        var id = await Id(site, "general");
        var staff = await admin.Submit($"/staff/boards/{id}", new() { ["kind"] = "Interactive", ["write"] = "Staff" });
        Assert.Contains("In a conversation members write", staff.Document.QuerySelector("#write .field-error")!.TextContent);
        var blind = await admin.Submit(
            $"/staff/boards/{id}",
            new()
            {
                ["kind"] = "Interactive",
                ["read"] = "Groups",
                ["reads"] = circle.Id.ToString(),
                ["write"] = "Groups",
                ["writes"] = open.Id.ToString(),
            }
        );
        Assert.Contains("May write and not read: Open", blind.Document.QuerySelector("#writes .field-error")!.TextContent);
        Assert.NotNull(blind.Document.QuerySelector(".error-summary a[href$='#writes']"));
        var nobody = await admin.Submit($"/staff/boards/{id}", new() { ["read"] = "Groups" });
        Assert.Contains("at least one group", nobody.Document.QuerySelector("#reads .field-error")!.TextContent);
        Assert.Equal(BoardReaders.Everyone, await site.Db(db => db.Boards.Where(b => b.Id == id).Select(b => b.Read).SingleAsync()));
        // Checkboxes that are out of sight are ignored.
        await admin.Submit($"/staff/boards/{id}", new() { ["read"] = "Members", ["write"] = "Members", ["reads"] = circle.Id.ToString() });
        Assert.Equal(0, await site.Db(db => db.Boards.Where(b => b.Id == id).SelectMany(b => b.Groups).CountAsync()));
        Assert.Equal(
            "/boards/general",
            (await admin.Get($"/staff/boards/{id}")).Document.QuerySelector(".page-head .lead a")!.GetAttribute("href")
        );
    }

    static Task<long> Id(TestSite site, string key) => site.Db(db => db.Boards.Where(b => b.Key == key).Select(b => b.Id).SingleAsync());
}
