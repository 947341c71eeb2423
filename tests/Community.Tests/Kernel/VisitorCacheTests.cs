using System.IO.Compression;
using System.Net;

namespace Community.Tests.Kernel;

public sealed class VisitorCacheTests(TestHost host)
{
    [Fact]
    public async Task A_page_for_visitors_comes_from_memory_the_second_time_until_something_changes()
    {
        var site = await host.NewSite();
        Assert.False((await Plain.Get(site, "/")).FromCache());
        Assert.True((await Plain.Get(site, "/")).FromCache());
        await site.Db(async db => { db.Touch("general"); return await db.SaveChangesAsync(); });
        Assert.False((await Plain.Get(site, "/")).FromCache());
    }

    [Fact]
    public async Task A_member_who_saves_a_profile_again_and_again_empties_nothing_but_for_a_new_name_and_not_without_end()
    {
        await using var own = await TestHost.Start(new() { ["Community:RateScale"] = "1" });
        var site = await own.NewSite();
        var anna = await site.SignIn("anna");
        var account = await anna.Get("/account");
        await Plain.Get(site, "/");
        Assert.Equal(HttpStatusCode.Redirect, (await anna.Post(account, new() { ["Name"] = "Anna", ["Bio"] = "Something else" })).Status);
        Assert.True((await Plain.Get(site, "/")).FromCache());
        var emptied = 0;
        for (var i = 0; i < 40; i++)
        {
            await anna.Post(account, new() { ["Name"] = "Anna " + i, ["Bio"] = "" });
            if (!(await Plain.Get(site, "/")).FromCache()) emptied++;
        }
        Assert.Equal(19, emptied);
    }

    [Fact]
    public async Task A_page_that_tells_days_by_name_is_not_kept_over_midnight()
    {
        await using var own = await TestHost.Start(new());
        var site = await own.NewSite();
        using var still = own.Clock.Stop();
        var here = site.Site.ToLocal(own.Clock.Now);
        own.Clock.Advance(here.Date.AddDays(1).AddSeconds(-30) - here);
        Assert.False((await Plain.Get(site, "/")).FromCache());
        Assert.True((await Plain.Get(site, "/")).FromCache());
        own.Clock.Advance(TimeSpan.FromSeconds(31));
        Assert.False((await Plain.Get(site, "/")).FromCache());
    }

    [Fact]
    public async Task Who_has_the_page_already_is_told_so()
    {
        var site = await host.NewSite();
        var tag = (await Plain.Get(site, "/")).Headers.ETag!.ToString();
        var again = await Plain.Get(site, "/", ("If-None-Match", tag));
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
        Assert.Equal(tag, again.Headers.ETag!.ToString());
        Assert.Empty(await again.Text());
        await site.Db(async db => { db.Touch("general"); return await db.SaveChangesAsync(); });
        Assert.Equal(HttpStatusCode.OK, (await Plain.Get(site, "/", ("If-None-Match", tag))).StatusCode);
    }

    [Fact]
    public async Task Tags_are_compared_one_by_one_and_weakly()
    {
        var site = await host.NewSite();
        var tag = (await Plain.Get(site, "/")).Headers.ETag!.ToString();
        foreach (var known in new[] { "*", $"\"a\", {tag}", tag["W/".Length..] })
        {
            var again = await Plain.Get(site, "/", ("If-None-Match", known));
            Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
            Assert.Equal("private, no-cache", again.Headers.CacheControl!.ToString().Replace("no-cache, private", "private, no-cache"));
        }
        foreach (var unknown in new[] { "\"a\"", tag[..^2] + "x\"", "nonsense" })
            Assert.Equal(HttpStatusCode.OK, (await Plain.Get(site, "/", ("If-None-Match", unknown))).StatusCode);
    }

    [Fact]
    public async Task A_kept_page_has_the_headers_of_the_first_answer()
    {
        var site = await host.NewSite();
        var first = await Plain.Get(site, "/boards", ("Accept-Encoding", "br"));
        var second = await Plain.Get(site, "/boards", ("Accept-Encoding", "br"));
        Assert.True(second.FromCache());
        Assert.Equal(Told(first), Told(second));
        Assert.Equal(await first.Content.ReadAsByteArrayAsync(), await second.Content.ReadAsByteArrayAsync());

        static string Told(HttpResponseMessage answer) =>
            string.Join(
                '\n',
                answer.Headers.Concat(answer.Content.Headers).Where(h => h.Key is not ("Age" or "Date"))
                    .Select(h => $"{h.Key}: {string.Join(", ", h.Value)}").Order()
            );
    }

    [Fact]
    public async Task Many_who_ask_at_once_are_given_what_was_made_for_the_first()
    {
        var site = await host.NewSite();
        await Plain.Get(site, "/");
        for (var round = 0; round < 3; round++)
        {
            await site.Db(async db => { db.Touch("general"); return await db.SaveChangesAsync(); });
            var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Plain.Get(site, "/")));
            Assert.All(answers, a => Assert.Equal(HttpStatusCode.OK, a.StatusCode));
            // A node may hear of its own change once more, through the catalogue.
            Assert.InRange(answers.Count(a => !a.FromCache()), 1, 2);
        }
    }

    [Fact]
    public async Task A_kept_page_is_not_loaded_as_a_picture_nor_given_under_another_host()
    {
        var site = await host.NewSite();
        await Plain.Get(site, "/");
        Assert.True((await Plain.Get(site, "/")).FromCache());
        Assert.Equal(HttpStatusCode.Forbidden, (await Plain.Get(site, "/", ("Sec-Fetch-Dest", "image"))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Plain.Get(site, "/", ("Host", "nowhere.example"))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Plain.Get(site, "/BOARDS")).StatusCode);
        Assert.False((await Plain.Get(site, "/BOARDS")).FromCache());
    }

    [Fact]
    public async Task The_reader_s_language_and_scheme_have_pages_of_their_own()
    {
        var site = await host.NewSite();
        var plain = await (await Plain.Get(site, "/")).Text();
        var japanese = await (await Plain.Get(site, "/", ("Cookie", "language=ja"))).Text();
        var dark = await (await Plain.Get(site, "/", ("Cookie", "scheme=dark"))).Text();
        Assert.Contains("lang=\"ja\"", japanese);
        Assert.Contains("data-scheme=\"dark\"", dark);
        Assert.Equal(plain, await (await Plain.Get(site, "/")).Text());
    }

    [Fact]
    public async Task What_strangers_make_up_fills_no_memory()
    {
        var site = await host.NewSite();
        for (var i = 0; i < 2; i++)
        {
            Assert.False((await Plain.Get(site, "/?x=1")).FromCache());
            Assert.False((await Plain.Get(site, "/boards?view=tree&view=tree")).FromCache());
            Assert.False((await Plain.Get(site, "/boards/general?view=" + new string('a', 300))).FromCache());
            Assert.False((await Plain.Get(site, "/", ("Host", site.Site.CanonicalHost + ":4711"))).FromCache());
            Assert.False((await Plain.Get(site, "/boards/nowhere")).FromCache());
        }
        await Plain.Get(site, "/", ("Cookie", "scheme=invented"));
        Assert.True((await Plain.Get(site, "/")).FromCache());
        foreach (var made in new[] { "a", "tree2.x", "TREE.posts2", "..", new string('a', 40) })
            Assert.True((await Plain.Get(site, "/", ("Cookie", "view=" + made))).FromCache(), made);
        // Known words and keys have pages of their own.
        Assert.False((await Plain.Get(site, "/", ("Cookie", "view=tree."))).FromCache());
        Assert.True((await Plain.Get(site, "/", ("Cookie", "view=tree."))).FromCache());
        await Plain.Get(site, "/boards/general?before=1");
        Assert.True((await Plain.Get(site, "/boards/general?before=1")).FromCache());
    }

    [Fact]
    public async Task An_unknown_page_carries_no_tag()
    {
        var site = await host.NewSite();
        var page = await Plain.Get(site, "/boards/nowhere");
        Assert.Equal(HttpStatusCode.NotFound, page.StatusCode);
        Assert.Null(page.Headers.ETag);
        // Nor is it kept.
        Assert.Equal(HttpStatusCode.NotFound, (await Plain.Get(site, "/boards/nowhere")).StatusCode);
    }

    [Fact]
    public async Task Pages_for_visitors_are_kept_compressed_in_the_ways_browsers_ask_for()
    {
        var site = await host.NewSite();
        var plain = await (await Plain.Get(site, "/")).Text();
        for (var i = 0; i < 2; i++)
        {
            var answer = await Plain.Get(site, "/", ("Accept-Encoding", "gzip, deflate, br;q=0"));
            Assert.Equal(["gzip"], answer.Content.Headers.ContentEncoding);
            await using var gzip = new GZipStream(await answer.Content.ReadAsStreamAsync(), CompressionMode.Decompress);
            Assert.Equal(plain, await new StreamReader(gzip).ReadToEndAsync());
            Assert.Equal(["br"], (await Plain.Get(site, "/", ("Accept-Encoding", "gzip, br"))).Content.Headers.ContentEncoding);
            Assert.Empty((await Plain.Get(site, "/")).Content.Headers.ContentEncoding);
        }
    }

    [Fact]
    public async Task A_member_s_page_is_neither_kept_nor_compressed()
    {
        var site = await host.NewSite();
        await Plain.Get(site, "/");
        var anna = await site.SignIn("anna");
        var cookies = anna.Cookies.GetCookieHeader(new Uri(site.Url));
        for (var i = 0; i < 2; i++)
        {
            var page = await Plain.Get(site, "/", ("Cookie", cookies), ("Accept-Encoding", "gzip, br"));
            Assert.Contains("Anna", await page.Text());
            Assert.False(page.FromCache());
            Assert.Empty(page.Content.Headers.ContentEncoding);
        }
        Assert.DoesNotContain("Anna", await (await Plain.Get(site, "/")).Text());
    }

    [Fact]
    public async Task A_page_can_be_asked_for_its_head()
    {
        var site = await host.NewSite();
        var head = await Plain.Send(site, HttpMethod.Head, "/");
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Empty(await head.Text());
        Assert.NotEmpty(await (await Plain.Get(site, "/")).Text());
    }

    [Fact]
    public async Task Files_are_kept_for_a_year_under_their_true_hash_only()
    {
        var site = await host.NewSite();
        var sheet = (await site.Visitor().Get("/")).Document.QuerySelector("link[href^='/community.css']")!.GetAttribute("href")!;
        Assert.Contains("immutable", (await Plain.Get(site, sheet)).Headers.CacheControl!.ToString());
        foreach (var other in new[] { "/community.css", "/community.css?v=000000000000", sheet + "&v=1" })
            Assert.DoesNotContain("immutable", (await Plain.Get(site, other)).Headers.CacheControl!.ToString());
        Assert.Equal(["br"], (await Plain.Get(site, sheet, ("Accept-Encoding", "br"))).Content.Headers.ContentEncoding);
    }
}
