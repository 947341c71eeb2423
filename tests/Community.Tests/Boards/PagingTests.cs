using System.Diagnostics;
using System.Net;
using Community.Boards;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Boards;

/// <summary>Keyset paging, in short and long topics.</summary>
[OnBothDatabases]
public sealed class PagingTests(TestHost host)
{
    static PagingTests() => SiteQueries.Listen();

    static async Task<List<Page>> Walk(Visitor reader, string url, string rel)
    {
        var pages = new List<Page> { await reader.Get(url) };
        while (pages[^1].Document.QuerySelector($".pager a[rel='{rel}']") is { } next && pages.Count < 100)
            pages.Add(await reader.Get(next.GetAttribute("href")!));
        return pages;
    }

    /// <summary>A pseudo-random tree: post n replies to an earlier one.</summary>
    static int Parent(int n) => n == 2 ? 1 : 1 + (int)(n * 2654435761L % (n - 1));

    [Theory]
    [InlineData("tree")]
    [InlineData("chronological")]
    public async Task The_pages_of_a_topic_show_each_post_once_in_order_forwards_and_backwards(string view)
    {
        var site = await host.NewSite();
        var topic = await site.Fill("general", 160, Parent);
        var expected = await site.Db(db =>
            view == "tree"
                ? db.Posts.OrderBy(p => p.Path).Select(p => p.Number).ToListAsync()
                : db.Posts.OrderBy(p => p.Number).Select(p => p.Number).ToListAsync()
        );
        var visitor = site.Visitor();
        var forwards = await Walk(visitor, $"{topic}?view={view}", "next");
        Assert.Equal(expected, forwards.SelectMany(p => p.Numbers()));
        Assert.Null(forwards[0].Document.QuerySelector(".pager a[rel='prev']"));
        var backwards = await Walk(visitor, forwards[^1].Url.PathAndQuery, "prev");
        Assert.Equal(expected, backwards.AsEnumerable().Reverse().SelectMany(p => p.Numbers()));
        foreach (var number in new[] { 1, 2, 25, 26, 27, 80, 160, 161, 9999 })
        {
            var page = await visitor.Get($"{topic}/posts/{number}");
            Assert.Contains(Math.Min(number, 161), page.Numbers());
            Assert.Contains(Math.Min(number, 161), (await visitor.Get($"{topic}/posts?number={number}")).Numbers());
        }
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.Get(topic + "/posts/0")).Status);
        foreach (var odd in new[] { "?after=-5", "?after=99999", "?before=99999", "?before=1", "?after=2147483647" })
            Assert.Equal(HttpStatusCode.OK, (await visitor.Get(topic + odd)).Status);
    }

    [Fact]
    public async Task The_pages_of_a_board_show_each_topic_and_each_post_once()
    {
        var site = await host.NewSite();
        var anna = await site.Reader("anna");
        for (var i = 0; i < 60; i++)
            await site.With<PublishPost, Published?>(p => p.StartTopic(anna, "general", "Topic " + i, "Words", Guid.NewGuid(), default));
        var first = await site.Db(db => db.Topics.OrderBy(t => t.Id).Select(t => t.Id).FirstAsync());
        await (await site.SignIn("mod")).Submit($"/boards/general/{first}", [], "form[action$='/pin']");
        foreach (
            var (view, link) in new[]
            {
                ("topics", ".topic-title a:last-of-type"),
                ("tree", ".topic-title a:last-of-type"),
                ("posts", ".latest-list .entry-title a"),
            }
        )
        {
            var pages = await Walk(site.Visitor(), "/boards/general?view=" + view, "next");
            var titles = pages.SelectMany(p => p.Document.QuerySelectorAll(link)).Select(a => a.TextContent).ToList();
            Assert.Equal(Enumerable.Range(0, 60).Select(i => "Topic " + i).Order(), titles.Order());
            Assert.Equal(view == "posts" ? "Topic 59" : "Topic 0", titles[0]);
        }
        Assert.Equal(HttpStatusCode.OK, (await site.Visitor().Get("/boards/general?before=nonsense")).Status);
    }

    [Theory]
    [InlineData("tree")]
    [InlineData("chronological")]
    public async Task The_last_page_holds_a_third_more_so_that_none_follows_for_a_few(string view)
    {
        var site = await host.NewSite();
        var visitor = site.Visitor();
        foreach (
            var (posts, sizes) in new (int, int[])[]
            {
                (25, [25]),
                (26, [26]),
                (33, [33]),
                (34, [25, 9]),
                (58, [25, 33]),
                (59, [25, 25, 9]),
            }
        )
        {
            var topic = await site.Fill("general", posts - 1, Parent);
            var pages = await Walk(visitor, $"{topic}?view={view}", "next");
            Assert.Equal(sizes, pages.Select(p => p.Numbers().Count));
            Assert.Equal(posts, pages.SelectMany(p => p.Numbers()).Distinct().Count());
            Assert.Equal(sizes.Length == 1, pages[0].Document.QuerySelector(".pager") is null);
            var backwards = await Walk(visitor, pages[^1].Url.PathAndQuery, "prev");
            Assert.Equal(Enumerable.Range(1, posts), backwards.SelectMany(p => p.Numbers()).Order());
            // A permalink leads to the same page on which paging shows the post.
            if (view == "chronological")
                foreach (var page in pages)
                    foreach (var number in new[] { page.Numbers()[0], page.Numbers()[^1] })
                        Assert.Equal(page.Numbers(), (await visitor.Get($"{topic}/posts/{number}")).Numbers());
            else if (sizes.Length == 1) Assert.Equal(posts, (await visitor.Get($"{topic}/posts/{posts}")).Numbers().Count);
        }
    }

    [Fact]
    public async Task Lists_of_a_board_hold_a_third_more_on_their_last_page_too()
    {
        var site = await host.NewSite();
        var anna = await site.Reader("anna");
        var count = 0;
        foreach (
            var (topics, view, pages) in new[]
            {
                (13, "tree", 1),
                (14, "tree", 2),
                (33, "topics", 1),
                (33, "posts", 1),
                (34, "topics", 2),
                (34, "posts", 2),
            }
        )
        {
            for (; count < topics; count++)
                await site.With<PublishPost, Published?>(p =>
                    p.StartTopic(anna, "general", "Topic " + count, "Words", Guid.NewGuid(), default)
                );
            Assert.Equal(pages, (await Walk(site.Visitor(), "/boards/general?view=" + view, "next")).Count);
        }
        await site.Fill("lounge", 13, n => n - 1);
        var ben = await site.SignIn("ben");
        Assert.Equal(
            (13, null),
            (
                (await ben.Get("/boards/lounge?view=tree")).Document.QuerySelectorAll(".title-tree .tree > li").Length,
                (await ben.Get("/boards/lounge?view=tree")).Document.QuerySelector(".rest")
            )
        );
        var moderator = await site.SignIn("mod");
        var topic = await site.Db(db => db.Topics.Where(t => t.Board.Key == "general").Select(t => t.Id).FirstAsync());
        for (var i = 0; i < 66; i++)
            await site.With<Moderate, bool>(async m =>
                await m.Pin(await site.Reader("mod", Community.Kernel.Roles.Moderator), topic, i % 2 == 0, default)
            );
        Assert.Single(await Walk(moderator, "/staff/boards/moderation", "next"));
    }

    [Fact]
    public async Task The_pages_of_reports_show_each_once_those_that_wait_and_those_that_are_handled()
    {
        var site = await host.NewSite();
        await site.Fill("general", 120, n => 1);
        await site.Db(async db =>
        {
            var (reporter, now) = (await db.Members.Where(m => m.Name == "Ben").Select(m => m.Id).SingleAsync(), db.Now);
            foreach (var post in await db.Posts.OrderBy(p => p.Number).ToListAsync())
                db.Reports.Add(new Report
                {
                    PostId = post.Id,
                    ReporterId = reporter,
                    At = now,
                    Reason = "Why",
                    // Many at the same moment, as when a topic is hidden.
                    ClosedAt = post.Number <= 60 ? null : now.AddMinutes(-post.Number / 40),
                    ClosedAs = post.Number <= 60 ? null : ModerationAct.DismissReport,
                });
            return await db.SaveChangesAsync();
        });
        var mod = await site.SignIn("mod");
        foreach (var (url, first, last) in new[] { ("/staff/reports", 1, 60), ("/staff/reports?state=handled&board=general", 61, 121) })
        {
            var pages = await Walk(mod, url, "next");
            Assert.Equal(2, pages.Count);
            var posts = pages.SelectMany(p => p.Document.QuerySelectorAll("article h2 a")).Select(a => a.GetAttribute("href")!);
            Assert.Equal(
                Enumerable.Range(first, last - first + 1), posts.Select(u => int.Parse(u[(u.LastIndexOf('/') + 1)..])).Order());
        }
    }

    [Fact]
    public async Task The_tree_of_titles_shows_ten_of_a_topic_and_says_how_many_more()
    {
        var site = await host.NewSite();
        await site.Fill("general", 40, n => n - 1);
        var page = await site.Visitor().Get("/boards/general?view=tree");
        Assert.Equal(10, page.Document.QuerySelectorAll(".title-tree .tree > li").Length);
        var rest = page.Document.QuerySelector(".rest a")!;
        Assert.Equal("30 more", rest.TextContent);
        Assert.Equal(12, (await site.Visitor().Get(rest.GetAttribute("href")!)).Numbers()[0]);
    }

    [Fact]
    public async Task A_topic_of_10000_replies_200_deep_opens_with_as_many_queries_as_one_of_ten()
    {
        var site = await host.NewSite();
        var small = await site.Fill("general", 10, n => n - 1);
        var large = await site.Fill("general", 10_000, n => n % 200 == 2 ? 1 : n - 1);
        var ben = await site.SignIn("ben");
        foreach (var query in new[] { "?view=tree", "?view=chronological", "?view=tree&after=5", "?view=chronological&before=9" })
        {
            var few = await SiteQueries.Of(site, () => ben.Get(small + query));
            var many = await SiteQueries.Of(site, () => ben.Get(large + query));
            Assert.Equal(few, many);
            Assert.InRange(many, 1, 4);
        }
        await ben.Get(large + "?view=tree");
        var deep = await ben.Get(large + "/posts/190");
        Assert.Contains(190, deep.Numbers());
        var item = deep.Document.QuerySelector("#p190")!.ParentElement!;
        Assert.Equal("depth-12 depth-deep", item.ClassName);
        Assert.Equal("Level 189", item.QuerySelector(".depth-label")!.TextContent);
        var visitor = site.Visitor();
        // The quickest of several, since a busy machine lets any of them wait.
        var times = new List<long>();
        while (times.Count < 20 && times.DefaultIfEmpty(long.MaxValue).Min() > 1000)
        {
            var time = Stopwatch.StartNew();
            await visitor.Get(large + $"?view=tree&after={5000 + times.Count}");
            times.Add(time.ElapsedMilliseconds);
        }
        Assert.True(times.Min() < 2000, $"{string.Join(' ', times)} ms");
        // A non-zero topic count saves the query for whether there is a topic.
        await site.Db(db => db.Boards.Where(b => b.Key == "general").ExecuteUpdateAsync(s => s.SetProperty(b => b.TopicCount, 2)));
        foreach (var view in new[] { "tree", "topics", "posts" })
            Assert.InRange(await SiteQueries.Of(site, () => ben.Get("/boards/general?view=" + view)), 1, 4);
    }

    [Fact]
    public async Task Paper_says_where_it_is_from_and_what_it_lacks()
    {
        var site = await host.NewSite();
        var topic = await site.Fill("general", 39, n => 1);
        var paper = (await site.Visitor().Get(topic)).Document.QuerySelectorAll(".print-only").Select(p => p.TextContent).ToList();
        Assert.Equal(2, paper.Count);
        Assert.StartsWith("General · http", paper[0]);
        Assert.EndsWith(topic, paper[0]);
        Assert.Contains("25 of 40 posts", paper[1]);
        Assert.Single((await site.Visitor().Get(await site.Fill("general", 2, n => 1))).Document.QuerySelectorAll(".print-only"));
    }

    [Fact]
    public async Task A_board_opens_with_the_same_queries_however_many_topics_it_shows()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.Reader("anna"), await site.SignIn("ben"));
        var counts = new List<(int Topics, int Tree, int Posts, int Home)>();
        foreach (var topics in new[] { 2, 20 })
        {
            for (var i = 0; i < topics; i++)
                await site.With<PublishPost, Published?>(p =>
                    p.StartTopic(anna, "general", "Topic " + i, "Words", Guid.NewGuid(), default)
                );
            await site.EventsRead();
            counts.Add(
                (
                    await SiteQueries.Of(site, () => ben.Get("/boards/general?view=topics")),
                    await SiteQueries.Of(site, () => ben.Get("/boards/general?view=tree")),
                    await SiteQueries.Of(site, () => ben.Get("/boards/general?view=posts")),
                    await SiteQueries.Of(site, () => ben.Get("/"))
                )
            );
        }
        Assert.Equal(counts[0], counts[1]);
        Assert.All(new[] { counts[1].Topics, counts[1].Tree, counts[1].Posts, counts[1].Home }, count => Assert.InRange(count, 1, 5));
    }
}
