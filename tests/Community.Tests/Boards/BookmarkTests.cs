using System.Net;
using AngleSharp.Dom;
using Community.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Boards;

/// <summary>Bookmarks of posts, and the pages of a member's own topics and posts.</summary>
[OnBothDatabases]
public sealed class BookmarkTests(TestHost host)
{
    static BookmarkTests() => SiteQueries.Listen();

    /// <summary>Presses the button of a post: one form of the page sends all of them.</summary>
    static async Task<Page> Press(Visitor member, Page page, int number)
    {
        var button = page.Document.QuerySelector($"#p{number} button[formaction$=bookmark]")!;
        var form = page.Document.GetElementById(button.GetAttribute("form")!)!;
        Assert.Equal("form", form.LocalName);
        form.SetAttribute("action", button.GetAttribute("formaction")!);
        return await member.Submit(page, [], "#" + form.Id);
    }

    static List<string> Shown(Page page) =>
        [.. page.Document.QuerySelectorAll(".bookmarks .entry-title").Select(e => e.TextContent.Trim())];

    [Fact]
    public async Task A_post_is_bookmarked_by_one_click_noted_found_again_and_taken_out()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var topic = await ben.Start("general", "Walking boots");
        await ben.Reply(topic, "Wear them at home first");
        Assert.NotNull((await anna.Get("/bookmarks")).Document.QuerySelector(".empty .button"));

        var done = await Press(anna, await anna.Get(topic), 2);
        Assert.EndsWith("#done", done.Url.ToString());
        Assert.NotNull(done.Document.QuerySelector("#p2 button[formaction$='/unbookmark']"));
        Assert.NotNull(done.Document.QuerySelector("#p1 button[formaction$='/bookmark']"));
        var list = await anna.Get("/bookmarks");
        Assert.Equal(["Wear them at home first"], Shown(list));
        list = await anna.Submit(list, new() { ["note"] = "For the\nholidays" });
        Assert.Contains("For the\nholidays", list.Document.QuerySelector(".bookmark-note")!.TextContent);
        // Twice is once; nobody else sees it, or may touch it.
        Assert.Equal("{}", await site.With<KeepBookmark, string>(async keep =>
        {
            var (reader, other) = (await site.Reader("anna"), await site.Reader("ben"));
            Assert.NotNull(await keep.In(reader, Conversation.Id(topic), 2, true, default));
            Assert.False(await keep.Note(other, 1, "Mine", default));
            Assert.False(await keep.Remove(other, 1, default));
            await Assert.ThrowsAsync<Refused>(() => keep.Note(reader, 1, new string('x', Bookmark.MaxNoteLength + 1), default));
            return "{}";
        }));
        Assert.Empty(Shown(await ben.Get("/bookmarks")));
        Assert.Equal(1, await site.Db(db => db.Bookmarks.CountAsync()));

        var gone = await anna.Submit(list, [], "form[action$='/remove']");
        Assert.Empty(Shown(gone));
        Assert.NotNull((await anna.Get(topic)).Document.QuerySelector("#p2 button[formaction$='/bookmark']"));
        Assert.Null((await site.Visitor().Get(topic)).Document.QuerySelector("button[formaction]"));
    }

    [Fact]
    public async Task A_post_that_is_no_longer_seen_stands_in_the_list_without_a_word_and_goes_with_one_click()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        var topic = await ben.Start("general", "Secret title", "Opening words");
        foreach (var text in new[] { "Hidden words", "Deleted words", "Staying words" }) await ben.Reply(topic, text);
        for (var number = 2; number <= 4; number++) await Press(anna, await anna.Get(topic), number);
        await mod.Submit(topic + "/posts/2/hide", new() { ["reason"] = "" });
        await ben.Submit(topic + "/posts/3/delete", [], "main form[method=post]");
        var list = await anna.Get("/bookmarks");
        Assert.Equal(3, Shown(list).Count);
        Assert.Contains("Staying words", list.Text);
        Assert.DoesNotContain("Hidden words", list.Html);
        Assert.DoesNotContain("Deleted words", list.Html);
        // Into a board that she may not read: not even the title.
        await mod.Submit(topic + "/move", new() { ["board"] = "inner" });
        list = await anna.Get("/bookmarks");
        Assert.DoesNotContain("Secret title", list.Html);
        Assert.DoesNotContain("Staying words", list.Html);
        Assert.DoesNotContain("/boards/inner", list.Html);
        for (var left = 3; left > 0; left--)
        {
            Assert.Equal(left, Shown(list).Count);
            list = await anna.Submit(list, [], "form[action$='/remove']");
        }
        Assert.NotNull(list.Document.QuerySelector(".empty"));
        // Who sees no such post bookmarks none.
        Assert.Null(await site.With<KeepBookmark, Place?>(async keep =>
            await keep.In(await site.Reader("anna"), Conversation.Id(topic), 4, true, default)));
    }

    [Fact]
    public async Task A_bookmark_follows_its_post_when_topics_are_split()
    {
        var site = await host.NewSite();
        var (anna, mod) = (await site.SignIn("anna"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Whole");
        await anna.Reply(topic, "Branch");
        await anna.Reply(topic, "Leaf", to: 2);
        await Press(anna, await anna.Get(topic), 3);
        await mod.Submit(topic + "/posts/2/split", new() { ["title"] = "Part" });
        var link = (await anna.Get("/bookmarks")).Document.QuerySelector(".bookmarks .entry-title a")!.GetAttribute("href")!;
        Assert.EndsWith("/posts/2", link);
        Assert.NotNull((await anna.Get(link)).Document.QuerySelector("#p2 button[formaction$='/unbookmark']"));
        // By its old address it is the same post.
        var place = await site.With<KeepBookmark, Place?>(async keep =>
            await keep.In(await site.Reader("anna"), Conversation.Id(topic), 3, false, default));
        Assert.Equal(link, place!.Url);
        Assert.Equal(0, await site.Db(db => db.Bookmarks.CountAsync()));
    }

    [Fact]
    public async Task Bookmarks_own_topics_and_own_posts_are_paged_by_key()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var topic = await site.Fill("general", 30, _ => 1);
        for (var i = 0; i < 30; i++) await site.Fill("general", 0, _ => 1);
        var me = (await site.Reader("anna")).Id!.Value;
        await site.Db(async db =>
        {
            foreach (var id in await db.Posts.Where(p => p.TopicId == Conversation.Id(topic)).Select(p => p.Id).ToListAsync())
                db.Bookmarks.Add(new() { MemberId = me, PostId = id, At = host.Clock.Now });
            return await db.SaveChangesAsync();
        });
        foreach (var (url, row, all) in new[]
        {
            ("/bookmarks", ".bookmarks > li", 31), ("/my-posts", ".latest-list > li", 61), ("/my-topics", ".topic-list > li", 31),
        })
        {
            var found = 0;
            for (var at = url; at is not null;)
            {
                var page = await anna.Get(at);
                Assert.Equal(HttpStatusCode.OK, page.Status);
                var count = page.Document.QuerySelectorAll(row).Length;
                Assert.InRange(count, 1, 25);
                found += count;
                at = page.Document.QuerySelector(".pager a[rel=next]")?.GetAttribute("href");
            }
            Assert.Equal((url, all), (url, found));
            Assert.InRange(await SiteQueries.Of(site, () => anna.Get(url)), 1, 4);
        }
    }

    [Fact]
    public async Task Own_posts_that_moderators_keep_back_say_so_and_nobody_else_s_list_has_them()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Talk");
        await ben.Reply(topic, "A rude word");
        var hidden = await mod.Submit(topic + "/posts/2/hide", new() { ["reason"] = "" });
        Assert.True(hidden.Document.QuerySelector("#p2 .badge.warn") is not null, $"{hidden.Status} {hidden.Url}: {hidden.Text}");
        var own = await ben.Get("/my-posts");
        Assert.Contains("A rude word", own.Text);
        Assert.NotNull(own.Document.QuerySelector(".latest-list .badge.warn"));
        Assert.DoesNotContain("A rude word", (await anna.Get("/my-posts")).Html);
        Assert.Equal(HttpStatusCode.OK, (await ben.Get("/my-topics")).Status);
        Assert.NotNull((await ben.Get("/my-topics")).Document.QuerySelector(".empty"));
    }
}
