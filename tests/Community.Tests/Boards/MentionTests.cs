using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Community.Boards;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Boards;

/// <summary>Names behind at signs.</summary>
public sealed class MentionTests(TestHost host)
{
    static Task Rename(TestSite site, string key, string name) => site.Db(async db =>
    {
        var member = await db.Members.FirstAsync(m => m.Email == key + "@example.com");
        member.Rename(name);
        db.Publish(new MemberChanged(member.Id));
        return await db.SaveChangesAsync();
    });

    static Task<List<string>> Mentioned(TestSite site) => site.Db(db =>
        db.PostMentions.Join(db.Members, m => m.MemberId, m => m.Id, (m, who) => new { m.PostId, who.Email })
            .OrderBy(m => m.PostId).ThenBy(m => m.Email).Select(m => m.Email!.Replace("@example.com", "")).ToListAsync());

    static Task<string> Handle(TestSite site, string key) =>
        site.Db(db => db.Members.Where(m => m.Email == key + "@example.com").Select(m => m.Handle).FirstAsync());

    [OnBothDatabases, Fact]
    public async Task A_name_behind_an_at_sign_becomes_a_link_and_a_row()
    {
        var site = await host.NewSite();
        await Rename(site, "carla", "花子");
        await Rename(site, "mod", "Ben Smith");
        var (anna, ben) = (await site.SignIn("anna"), await site.Db(db => db.Members.FirstAsync(m => m.Name == "Ben")));
        var topic = await anna.Start("general", "Names", """
            @Ben, ＠ben's and @ＢＥＮ; @Ben Smith too. 今日は@花子さん。 (@benjamin @Susan @Newman) anna@ben.example

            > @Moderator said

            `@Anna` [look @Anna](https://example.com/@Anna) \@Anna https://example.com/?a=@Anna @Nobody

                @Anna

            - @Webmaster
            """);
        var page = await anna.Get(topic);
        Assert.Equal(
            ["Ben", "Ben", "Ben", "Ben Smith", "花子", "Webmaster"],
            page.Document.QuerySelectorAll("#p1 .post-text a[href^='/members/']").Select(a => a.TextContent.TrimStart('@'))
        );
        Assert.Contains($"<a href=\"/members/{ben.Handle}\">@Ben</a>'s", page.Html.Replace("&#39;", "'"));
        Assert.Equal(["ben", "carla", "mod", "web"], await Mentioned(site));
        // A visitor can see no profile.
        var visitor = await site.Visitor().Get(topic);
        Assert.Empty(visitor.Document.QuerySelectorAll(".post-text a[href^='/members/']"));
        Assert.Contains("@Ben Smith too. 今日は@花子さん", visitor.Text);
    }

    [OnBothDatabases, Fact]
    public async Task An_edit_shows_names_keeps_whom_they_meant_and_removes_no_row()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var topic = await anna.Start("general", "Edited", "Hello @Ben");
        await Rename(site, "ben", "Benjamin");
        await site.EventsRead();
        await site.Rests();
        var form = await anna.Get(topic + "/posts/1/edit");
        Assert.Equal("Hello @Benjamin", form.Document.QuerySelector("textarea")!.TextContent.Trim());
        // Somebody else takes the name: the old post still means the first.
        await Rename(site, "carla", "Benjamin");
        var handle = await Handle(site, "ben");
        await anna.Submit(form, new() { ["text"] = "Hello @Benjamin and @Webmaster" });
        Assert.Contains($"[@Benjamin](/members/{handle})", await site.Db(db => db.Posts.Select(p => p.Text).SingleAsync()));
        Assert.Equal(["ben", "web"], await Mentioned(site));
        await anna.Submit(topic + "/posts/1/edit", new() { ["text"] = "Hello all" });
        Assert.Equal(["ben", "web"], await Mentioned(site));
        // Two have the name now: it is nobody's.
        await anna.Reply(topic, "And @Benjamin?");
        Assert.Equal(["ben", "web"], await Mentioned(site));
        // The link says who is meant, and its words cannot say somebody else.
        await anna.Reply(topic, $"[@Anna](/members/{handle}) [@Ben](/members/none)");
        var last = await site.Db(db => db.Posts.OrderByDescending(p => p.Id).Select(p => p.Text).FirstAsync());
        Assert.Equal($"[@Benjamin](/members/{handle}) [@Ben](/members/none)", last);
        Assert.Equal(["ben", "web", "ben"], await Mentioned(site));
    }

    [OnBothDatabases, Fact]
    public async Task A_mention_follows_a_new_name_in_every_version_and_quotation()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var topic = await anna.Start("general", "Renamed", "Hello @Ben");
        await anna.Submit(topic + "/posts/1/edit", new() { ["text"] = "Good morning @Ben" });
        await Rename(site, "ben", "B*e*n [1]");
        await site.EventsRead();
        await site.Rests();
        var page = await anna.Get(topic);
        Assert.Equal("@B*e*n [1]", page.Document.QuerySelector("#p1 .post-text a")!.TextContent);
        Assert.DoesNotContain("@Ben]", await site.Db(db => db.PostVersions.Select(v => v.Text).SingleAsync()));
        var box = (await anna.Get(topic + "/posts/1/edit")).Document.QuerySelector("textarea")!;
        Assert.Equal("Good morning @B*e*n [1]", box.TextContent.Trim());
        // Sent again as it stands in the box, nothing changes.
        await anna.Submit(topic + "/posts/1/edit", new() { ["text"] = "Good morning @B*e*n [1]" });
        Assert.Equal(1, await site.Db(db => db.PostVersions.CountAsync()));
    }

    [OnBothDatabases, Fact]
    public async Task Nothing_of_an_erased_members_name_stays_in_mentions()
    {
        var site = await host.NewSite();
        await Rename(site, "ben", "Benjamin Unique");
        var anna = await site.SignIn("anna");
        var topic = await anna.Start("general", "Erased", "Hello @Benjamin Unique");
        await anna.Submit(topic + "/posts/1/edit", new() { ["text"] = "Dear @Benjamin Unique" });
        var quoting = (await anna.Get(topic)).Document.QuerySelector("#p1 a[href*='quote']")!.GetAttribute("href")!;
        Assert.Contains("> Dear [@Benjamin Unique](/members/", (await anna.Get(quoting)).Document.QuerySelector("textarea")!.TextContent);
        var quoted = $"> [@Benjamin Unique](/members/{await Handle(site, "ben")})\n\nYes";
        await anna.Submit(await anna.Get(quoting), new() { ["text"] = quoted });
        var id = await site.Db(db => db.Members.Where(m => m.Email == "ben@example.com").Select(m => m.Id).FirstAsync());
        await site.With((EraseMember erase) => erase.Erase(id));
        Assert.Equal(0, await site.Db(db => db.PostMentions.CountAsync()));
        Assert.Equal(0, await site.Db(db => db.Posts.CountAsync(p => (p.Text + p.Html + p.Snippet).Contains("Benjamin"))));
        Assert.Equal(0, await site.Db(db => db.PostVersions.CountAsync(v => v.Text.Contains("Benjamin"))));
    }

    [OnBothDatabases, Fact]
    public async Task Two_members_who_become_one_are_mentioned_as_one()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var topic = await anna.Start("general", "Merged", "Hello @Ben");
        await anna.Reply(topic, "@Ben and @Carla");
        var ids = await site.Db(db => db.Members.ToDictionaryAsync(m => m.Name, m => m.Id));
        var admin = await site.Reader("admin");
        var merge = await site.With((MergeMembers m) => m.Merge(admin, ids["Carla"], ids["Ben"], new HashSet<string>(), default));
        await site.EventsRead();
        await site.Rests();
        var first = await site.Db(db => db.Posts.OrderBy(p => p.Id).Select(p => p.Text).FirstAsync());
        Assert.Equal($"Hello [@Carla](/members/{await Handle(site, "carla")})", first);
        Assert.Equal(["carla", "carla"], await Mentioned(site));
        await site.With((MergeMembers m) => m.Undo(admin, merge, default));
        await site.EventsRead();
        await site.Rests();
        Assert.Equal(["ben", "ben", "carla"], await Mentioned(site));
        Assert.Equal("Hello @Ben", MentionText.Typed(await site.Db(db => db.Posts.OrderBy(p => p.Id).Select(p => p.Text).FirstAsync())));
    }

    [Fact]
    public async Task Many_mentions_cost_bounded_time_and_get_a_clear_answer()
    {
        var site = await host.NewSite(r =>
        {
            for (var i = 0; i < 25; i++)
                r["members"]!.AsArray().Add(System.Text.Json.Nodes.JsonNode.Parse($$"""
                    { "key": "m{{i}}", "name": "Person {{i}} of many", "email": "m{{i}}@example.com", "bio": null, "groups": [],
                      "role": null, "joinedDaysAgo": 9, "consents": [], "state": "active" }
                    """));
        });
        var anna = await site.SignIn("anna");
        var all = string.Join(' ', Enumerable.Range(0, 25).Select(i => $"@Person {i} of many"));
        var page = await anna.Submit("/boards/general/new", new() { ["title"] = "Many", ["text"] = all });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Contains("at most 20 members", page.Document.QuerySelector(".error-summary")!.TextContent);
        Assert.Equal(all, page.Document.QuerySelector("textarea")!.TextContent.Trim());
        Assert.Equal(0, await site.Db(db => db.PostMentions.CountAsync()));
        var watch = Stopwatch.StartNew();
        foreach (var text in new[] { "@Anna", "@あいうえおかきくけこさしすせそたちつてとなにぬねの", "@x y z w ", "@" })
        {
            var many = Community.Kernel.Truncate.To(PostText.MaxTextLength, string.Concat(Enumerable.Repeat(text, 10_000)));
            var topic = await anna.Start("general", "Ten thousand", many.TrimEnd());
            Assert.Equal(many.TrimEnd(), MentionText.Typed(await site.Db(db => db.Posts.Where(p => p.TopicId == Conversation.Id(topic))
                .Select(p => p.Text).FirstAsync())));
        }
        Assert.True(watch.Elapsed < TestSite.Patience, $"{watch.Elapsed}");
    }

    [Fact]
    public async Task The_preview_shows_mentions()
    {
        var anna = await (await host.NewSite()).SignIn("anna");
        var page = await anna.Submit("/boards/general/new", new() { ["title"] = "T", ["text"] = "Hi @Ben", ["preview"] = "true" });
        Assert.Equal("@Ben", page.Document.QuerySelector("#preview ~ .post-text a")!.TextContent);
    }

    [OnBothDatabases, Fact]
    public async Task Names_are_completed_for_who_may_see_profiles_and_of_who_may_read_the_board()
    {
        var site = await host.NewSite();
        var (anna, carla) = (await site.SignIn("anna"), await site.SignIn("carla"));
        await Rename(site, "ben", "Carl Be");
        await Rename(site, "web", "Be Careful");
        await Rename(site, "mailer", "Carl Be");
        async Task<string[]> Names(Visitor who, string board, string typed)
        {
            var form = await who.Get("/boards/general/new");
            var token = form.Document.QuerySelector("form input[name^='__']")!;
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/boards/{board}/names")
            {
                Content = new FormUrlEncodedContent(new Dictionary<string, string>
                {
                    [token.GetAttribute("name")!] = token.GetAttribute("value")!,
                    ["typed"] = typed,
                }),
            };
            var page = await who.Send(request);
            return page.Status is HttpStatusCode.OK
                ? [.. JsonDocument.Parse(page.Html).RootElement.EnumerateArray().Select(n => n.GetProperty("insert").GetString()!)]
                : [page.Status.ToString()];
        }
        var twins = await site.Db(db => db.Members.Where(m => m.Name == "Carl Be").OrderBy(m => m.Id).Select(m => m.Handle).ToListAsync());
        string[] offered = [.. twins.Select(h => $"[@Carl Be](/members/{h})"), "@Carla", "@Be Careful"];
        Assert.Equal(offered, (await Names(anna, "general", "ｃａｒ")).AsEnumerable());
        Assert.Empty(await Names(anna, "general", "sus"));
        Assert.Empty(await Names(anna, "general", ""));
        // Only who may read it: the moderator and the administrator by their roles.
        Assert.Equal("@Moderator", Assert.Single(await Names(carla, "inner", "mo")));
        Assert.Empty(await Names(carla, "inner", "carl be"));
        Assert.Equal("NotFound", Assert.Single(await Names(anna, "inner", "mo")));
    }
}
