using System.Net;
using System.Text.Json.Nodes;
using Community.Boards;
using Community.Members;
using Community.Search;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Search;

/// <summary>What the search page finds, for whom, and what it never tells.</summary>
[OnBothDatabases]
public sealed class SearchTests(TestHost host)
{
    static Task<TestSite> NewSite(TestHost host, Action<JsonObject>? more = null) =>
        host.NewSite(r =>
        {
            r["features"]!.AsArray().Add("Search");
            more?.Invoke(r);
        });

    static async Task<Page> Search(Visitor visitor, string q, string more = "") =>
        await visitor.Get("/search?q=" + Uri.EscapeDataString(q) + more);

    static List<string> Found(Page page) =>
        [.. page.Document.QuerySelectorAll(".search-results > li h2 a").Select(a => a.GetAttribute("href")!)];

    /// <summary>Waits until a search finds so many posts, however busy the machine is. ./bench search measures how long it takes.</summary>
    static async Task<Page> Until(Visitor visitor, string q, int count)
    {
        Page? page = null;
        await TestSite.Until(async () => Found(page = await Search(visitor, q)).Count == count, $"{q} finds {count}");
        return page!;
    }

    [Fact]
    public async Task Words_of_every_length_and_script_are_found_within_seconds()
    {
        var site = await NewSite(host);
        var anna = await site.SignIn("anna");
        var topic = await anna.Start(
            "general",
            "送料と会費",
            "雨天でも森山さんの揺蕩う説明は優柔不断。東京都のﾄｳｷｮｳ、ＡＢＣ、C# and full text by ip. Won't half-open NX-204815 ☕"
        );
        await Until(anna, "送料", 1);
        foreach (
            var q in new[]
            {
                "会費", "雨天", "森", "山", "揺蕩", "説明", "優柔不断", "東京都", "ﾄｳｷｮｳ", "とうきょう", "ABC", "ａｂｃ", "C#",
                "\"full text\"", "ip", "won't", "half-open", "NX-204815", "☕", "AND", "and", "「森山さん」", "説明 東京",
                "説明 -京都タワー", "ful", "full*", "送料 と", "説明 author:Anna", "説明 投稿者:anna", "説明 board:general",
                "説明 board:General", "説明 after:2020", "author:Anna",
            }
        )
            Assert.Equal([$"{topic}/posts/1"], Found(await Search(anna, q)));
        foreach (
            var q in new[]
            {
                "送料無料", "東京都庁", "C++", "\"text full\"", "ipsum", "説明 -東京", "説明 author:Ben", "説明 author:Nobody",
                "説明 board:news", "説明 board:nowhere", "説明 before:2020", "説明 after:2200", "送と",
            }
        )
        {
            var page = await Search(anna, q);
            Assert.Empty(Found(page));
            Assert.NotNull(page.Document.QuerySelector(".empty"));
        }
        foreach (var q in new[] { "", "*", "\"", "()", "-説明", "%", "_", "'", "\\", ";--", "-", "board:general" })
        {
            var page = await Search(anna, q);
            Assert.Equal(HttpStatusCode.OK, page.Status);
            Assert.NotNull(page.Document.QuerySelector(".empty + dl"));
        }
        Assert.Equal(["送料"], (await Search(anna, "送料")).Document.QuerySelectorAll("mark").Select(m => m.TextContent));
        Assert.Equal(["ﾄｳｷｮｳ"], (await Search(anna, "トウキョウ")).Document.QuerySelectorAll("mark").Select(m => m.TextContent));
    }

    [Fact]
    public async Task Nobody_finds_what_they_may_not_read()
    {
        var site = await NewSite(host);
        var (anna, carla, mod, visitor) = (await site.SignIn("anna"), await site.SignIn("carla"), await site.SignIn("mod"), site.Visitor());
        var inner = await carla.Start("inner", "Quokkafest inside", "Plonkish words");
        var lounge = await anna.Start("lounge", "Quokkafest lounge", "Plonkish words");
        var open = await anna.Start("general", "Quokkafest open", "Plonkish words");
        await Until(mod, "quokkafest", 3);
        foreach (var q in new[] { "quokkafest", "plonkish", "quokkafest plonkish", "quokka", "\"quokkafest inside\" plonkish" })
        {
            var expected = q.Contains("inside") ? [inner] : new[] { open, lounge, inner };
            Assert.Equal(expected.Select(t => t + "/posts/1").Order(), Found(await Search(carla, q)).Order());
            Assert.Equal(expected.Where(t => t != inner).Select(t => t + "/posts/1").Order(), Found(await Search(anna, q)).Order());
            Assert.Equal(expected.Where(t => t == open).Select(t => t + "/posts/1"), Found(await Search(visitor, q)));
            foreach (var more in new[] { "", "&sort=best", "&board=inner", "&author=Carla" })
            {
                // What is found, and what is not there at all, look the same.
                var (hidden, none) = (await Search(anna, q + " inside", more), await Search(anna, "zzzqx", more));
                Assert.Empty(Found(hidden));
                Assert.Equal(none.Document.QuerySelector(".empty")!.TextContent, hidden.Document.QuerySelector(".empty")!.TextContent);
            }
        }
        Assert.DoesNotContain("Inner", (await Search(anna, "quokkafest")).Document.QuerySelector("#board")!.TextContent);
        // A board that one may not read, and one that is not there.
        Assert.Equal(
            (await Search(anna, "plonkish board:inner")).Document.QuerySelector(".empty")!.TextContent,
            (await Search(anna, "plonkish board:nowhere")).Document.QuerySelector(".empty")!.TextContent
        );
        // Whoever loses the right finds nothing at once.
        await site.Db(db => db.Set<Community.Members.GroupMembership>().ExecuteDeleteAsync());
        Assert.Equal(2, Found(await Search(await site.SignIn("carla"), "quokkafest")).Count);
    }

    [Fact]
    public async Task Hidden_deleted_moved_and_restored_posts_carry_their_words()
    {
        var site = await NewSite(host);
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Wombatia", "Opening wombatword");
        await ben.Reply(topic, "Reply wombatword");
        await Until(ben, "wombatword", 2);
        await mod.Submit($"{topic}/hide", new() { ["reason"] = "Spam" });
        Assert.Empty(Found(await Search(ben, "wombatword")));
        Assert.Empty(Found(await Search(ben, "wombatia")));
        await mod.Submit(topic, [], "form[action$='/restore']");
        Assert.Equal(2, Found(await Search(ben, "wombatword")).Count);
        await mod.Submit($"{topic}/posts/2/hide", new() { ["reason"] = "Spam" });
        Assert.Single(Found(await Search(ben, "wombatword")));
        Assert.Single(Found(await Search(mod, "wombatword")));
        await mod.Submit(topic, [], "form[action$='/posts/2/restore']");
        await Until(ben, "wombatword", 2);
        await mod.Submit($"{topic}/move", new() { ["board"] = "lounge" });
        Assert.Empty(Found(await Search(site.Visitor(), "wombatword")));
        Assert.All(Found(await Search(ben, "wombatword")), url => Assert.StartsWith("/boards/lounge/", url));
        topic = topic.Replace("general", "lounge");
        await ben.Submit($"{topic}/posts/2/edit", new() { ["text"] = "Edited numbatword" });
        await Until(ben, "numbatword", 1);
        Assert.Single(Found(await Search(ben, "wombatword")));
        await ben.Submit($"{topic}/posts/2/delete", [], "form.form-actions");
        Assert.Empty(Found(await Search(ben, "numbatword")));
        Assert.Empty(Found(await Search(mod, "numbatword")));
        await anna.Submit($"{topic}/posts/1/edit", new() { ["title"] = "Koalaria", ["text"] = "Opening wombatword" });
        await Until(ben, "koalaria", 1);
        Assert.Empty(Found(await Search(ben, "wombatia")));
        // The index itself has let go of them.
        await site.EventsRead();
        Assert.True((await site.With<SiteDb, IndexCheck?>(db => new CheckIndex(db).Run(default)))!.Value.IsGood);
    }

    [Fact]
    public async Task Split_and_merged_topics_are_found_by_the_titles_that_they_have()
    {
        var site = await NewSite(host);
        var (anna, mod) = (await site.SignIn("anna"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Pademelon", "Opening words");
        await anna.Reply(topic, "Branching words");
        await Until(anna, "branching", 1);
        await mod.Submit($"{topic}/posts/2/split", new() { ["title"] = "Bandicoot" });
        var split = Assert.Single(Found(await Until(anna, "bandicoot", 1)));
        Assert.Equal([split], Found(await Search(anna, "bandicoot branching")));
        Assert.DoesNotContain(topic + "/", split);
        await mod.Submit(
            $"{split.Replace("/posts/1", "")}/merge?with={Uri.EscapeDataString(site.Url + topic)}",
            [],
            "form[method=post].wide"
        );
        await site.EventsRead();
        Assert.Equal([$"{topic}/posts/2"], Found(await Search(anna, "branching")));
        Assert.Equal([$"{topic}/posts/1"], Found(await Search(anna, "pademelon")));
        Assert.True((await site.With<SiteDb, IndexCheck?>(db => new CheckIndex(db).Run(default)))!.Value.IsGood);
    }

    [Fact]
    public async Task Pages_follow_by_key_and_keep_their_filters()
    {
        var site = await NewSite(host);
        var topic = await site.Fill("general", 45, n => 1);
        await site.Db(async db =>
        {
            await using var change = await db.Change();
            await BuildIndex.Begin(db, default);
            return await change.Commit();
        });
        var anna = await site.SignIn("anna");
        await TestSite.Until(async () => Found(await Search(anna, "reply")).Count > 0, "built");
        foreach (var sort in new[] { "", "&sort=best" })
        {
            var seen = new List<string>();
            string? url = "/search?q=reply&author=anna&board=general&from=2000-01-01" + sort;
            for (var pages = 0; url is not null; pages++)
            {
                Assert.InRange(pages, 0, 3);
                var page = await anna.Get(url);
                seen.AddRange(Found(page));
                Assert.Equal("anna", page.Document.QuerySelector("#author")!.GetAttribute("value"));
                url = page.Document.QuerySelector(".pager a[rel=next]")?.GetAttribute("href");
                if (url is not null) Assert.Contains("board=general", url);
            }
            Assert.Equal(45, seen.Count);
            Assert.Equal(45, seen.Distinct().Count());
        }
        // Newest first, by number as all were written at once.
        Assert.EndsWith("/posts/46", Found(await Search(anna, "reply"))[0]);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await anna.Get("/search?q=reply&from=yesterday")).Status);
    }

    [Fact]
    public async Task Hostile_queries_are_answered_and_marked_text_is_escaped()
    {
        var site = await NewSite(host);
        var anna = await site.SignIn("anna");
        await anna.Start("general", "a em class <mark>", "\\<script>alert(1)\\</script> & a em class='x' ああああ");
        await Until(anna, "script", 1);
        var page = await Search(anna, "a em class");
        Assert.Single(Found(page));
        Assert.Empty(page.Document.QuerySelectorAll(".search-results script"));
        Assert.Equal("a em class <mark>", page.Document.QuerySelector(".search-results h2")!.TextContent.Trim());
        Assert.All(page.Document.QuerySelectorAll("mark"), m => Assert.Empty(m.Children));
        foreach (
            var q in new[]
            {
                string.Join(' ', Enumerable.Range(0, 1000).Select(i => "w" + i)), new string('あ', 900), new string('a', 4000),
                new string('"', 1000), "a:b:c:", "grams:script", "script OR x", "script AND NOT", "NEAR(script x)", "^script", "script + x",
                "{script}:x", "' OR 1=1 --", "script:*", "!script", "script & | !", "<->", "\uD83D", "post_id:1", "rowid", "''''",
            }
        )
        {
            var answer = await anna.Get("/search?q=" + Uri.EscapeDataString(q.Replace("\uD83D", "%ED%A0%BD")));
            Assert.True(answer.Status is HttpStatusCode.OK, $"{q}: {answer.Status}");
        }
    }

    [Fact]
    public async Task A_field_stands_on_every_page_and_the_page_is_nobody_s_cache()
    {
        var site = await NewSite(host);
        var visitor = site.Visitor();
        foreach (var url in new[] { "/", "/boards", "/sign-in", "/nowhere" })
            Assert.NotNull((await visitor.Get(url)).Document.QuerySelector("form.site-search[action='/search'] input[name=q]"));
        var page = await visitor.Get("/search");
        Assert.Single(page.Document.QuerySelectorAll("input[name=q]"));
        Assert.NotNull(page.Document.QuerySelector(".empty + dl"));
    }

    [Fact]
    public async Task What_a_moderator_edits_in_a_hidden_topic_is_found_by_its_new_words_once_it_is_restored()
    {
        var site = await NewSite(host);
        var (anna, mod) = (await site.SignIn("anna"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "Fruit", "Ripe pomegranates");
        await Until(anna, "pomegranates", 1);
        await mod.Submit(topic + "/hide", new() { ["reason"] = "An address" });
        await mod.Submit(topic + "/posts/1/correct", new() { ["text"] = "Ripe tangerines", ["reason"] = "An address" });
        await site.EventsRead();
        Assert.Empty(Found(await Search(anna, "tangerines")));
        await mod.Submit(topic, [], "form[action$='/restore']");
        await Until(anna, "tangerines", 1);
        Assert.Empty(Found(await Search(anna, "pomegranates")));
    }

    [Fact]
    public async Task Posts_of_an_author_are_read_by_date_from_an_index_and_those_of_a_name_that_several_have_come_by_date_too()
    {
        var site = await NewSite(host);
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var topic = await anna.Start("general", "Turns", "One");
        await ben.Reply(topic, "Two");
        await anna.Reply(topic, "Three");
        await ben.Reply(topic, "Four");
        // Names that look alike are searched together.
        await site.Db(db => db.Members.Where(m => m.Name == "Ben")
            .ExecuteUpdateAsync(s => s.SetProperty(m => m.Skeleton, LookAlikes.Of("Anna"))));
        Assert.Equal([4, 3, 2, 1], Found(await Search(anna, "author:Anna")).Select(url => int.Parse(url.Split('/')[^1])));
        var plan = await Plan.Of(
            site, "SELECT id, at FROM posts WHERE author_id = 1 AND hidden_at IS NULL ORDER BY at DESC, id DESC LIMIT 10");
        Assert.True(plan.Contains("posts_author_id_at_id", StringComparison.Ordinal), plan);
        Assert.DoesNotMatch("(?i)b-tree|sort", plan);
    }
}
