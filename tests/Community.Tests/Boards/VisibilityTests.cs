using System.Net;
using Community.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Boards;

/// <summary>Who may read and write where.</summary>
[OnBothDatabases]
public sealed class VisibilityTests(TestHost host)
{
    [Theory]
    [InlineData("general", "visitor anna carla mod", "anna carla mod admin")]
    [InlineData("news", "visitor anna carla mod", "mod mailer web admin")]
    [InlineData("lounge", "anna carla mod", "anna carla mod admin")]
    [InlineData("inner", "carla mod admin", "carla mod admin")]
    public async Task A_board_is_open_to_whom_it_is_meant_for(string board, string readers, string writers)
    {
        var site = await host.NewSite();
        foreach (var who in new[] { "visitor", "anna", "ben", "carla", "mod", "mailer", "web", "admin" })
        {
            var person = who == "visitor" ? site.Visitor() : await site.SignIn(who);
            var reads = readers.Split(' ').Contains(who) || (who is not "visitor" && board is not "inner");
            Assert.Equal(reads ? HttpStatusCode.OK : HttpStatusCode.NotFound, (await person.Get("/boards/" + board)).Status);
            var listed = (await person.Get("/boards")).Document.QuerySelector($"a[href='/boards/{board}']") is not null;
            Assert.Equal(reads, listed);
            if (who == "visitor") continue;
            var form = await person.Get($"/boards/{board}/new");
            if (!reads) { Assert.Equal(HttpStatusCode.NotFound, form.Status); continue; }
            var writes = writers.Split(' ').Contains(who) || (who is "ben" or "mailer" or "web" && board is "general" or "lounge");
            if (!writes)
            {
                Assert.Equal(HttpStatusCode.Forbidden, form.Status);
                continue;
            }
            var after = await person.Submit(form, new() { ["title"] = "From " + who, ["text"] = "Words" });
            Assert.True(after.Status == HttpStatusCode.OK, $"{who} in {board}: {after.Status}");
            Assert.True(await site.Db(db => db.Topics.AnyAsync(t => t.Title == "From " + who)));
        }
    }

    [Fact]
    public async Task A_topic_of_a_closed_board_shows_nowhere_to_others()
    {
        var site = await host.NewSite();
        var carla = await site.SignIn("carla");
        var topic = await carla.Start("inner", "Whispered", "Between us alone");
        foreach (var person in new[] { site.Visitor(), await site.SignIn("anna") })
            foreach (
                var url in new[]
                {
                topic,
                topic + "/posts/1",
                topic + "/reply?to=1",
                "/boards/inner",
                "/boards/general/" + Conversation.Id(topic),
                "/",
                "/boards",
                }
            )
            {
                var page = await person.Get(url);
                Assert.DoesNotContain("Whispered", page.Html);
                Assert.DoesNotContain("Between us", page.Html);
            }
        Assert.Contains("Whispered", (await carla.Get("/")).Html);
    }

    [Fact]
    public async Task A_visitor_sees_no_form_and_no_token_and_is_asked_to_sign_in()
    {
        var site = await host.NewSite();
        var topic = await (await site.SignIn("anna")).Start("general", "Open to all");
        var page = await site.Visitor().Get(topic);
        Assert.Empty(page.Document.QuerySelectorAll("form[method='post']"));
        Assert.False(page.Headers.Contains("Set-Cookie"));
        Assert.NotNull(page.Document.QuerySelector("main a[href^='/sign-in']"));
        Assert.Contains("/sign-in", (await site.Visitor().Get(topic + "/reply?to=1")).Url.AbsolutePath);
    }

    [Fact]
    public async Task The_number_of_a_topic_of_another_site_leads_nowhere()
    {
        var (here, there) = (await host.NewSite(), await host.NewSite());
        var topic = await (await there.SignIn("anna")).Start("general", "Over there");
        var anna = await here.SignIn("anna");
        Assert.Equal(HttpStatusCode.NotFound, (await anna.Get(topic)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await anna.Get(topic + "/posts/1")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await anna.Get(topic + "/reply?to=1")).Status);
    }

    [Fact]
    public async Task A_member_who_is_suspended_while_signed_in_writes_no_more()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var topic = await anna.Start("general", "Before");
        var form = await anna.Get(topic + "/reply?to=1");
        await site.Db(db =>
            db.Set<Community.Members.Member>()
                .Where(m => m.Name == "Anna")
                .ExecuteUpdateAsync(s => s.SetProperty(m => m.SuspendedAt, host.Clock.Now))
        );
        await anna.Submit(form, new() { ["text"] = "After" });
        Assert.False(await site.Db(db => db.Posts.AnyAsync(p => p.Text == "After")));
    }

    [Fact]
    public async Task Words_become_no_script_whatever_they_are()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        string[] vectors =
        [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt&#58;alert(1))",
            "![x](javascript:alert(1))",
            "<svg/onload=alert(1)>",
            "[x](data:text/html,<script>alert(1)</script>)",
            "<javascript:alert(1)>",
            "[a]: javascript:alert(1)\n\n[a]",
            "<iframe src=//evil.example></iframe>",
            "[x](/\\evil.example)",
            "`<script>`",
            "|a|\n|-|\n|<b onclick=x>|",
            "<style>*{display:none}</style>",
            "[x](vbscript:x)",
            "&lt;script&gt;",
            "<a href=\"javascript:x\">y</a>",
            "<form action=/sign-out method=post>",
        ];
        var topic = await anna.Start("general", "<script>title</script>", string.Join("\n\n", vectors));
        foreach (
            var page in new[]
            {
                await anna.Get(topic),
                await anna.Get("/boards/general?view=tree"),
                await anna.Get("/boards/general?view=posts"),
                await site.Visitor().Get("/"),
            }
        )
        {
            var main = page.Document.QuerySelector("main")!;
            Assert.Empty(main.QuerySelectorAll("script, iframe, svg, style, .prose form, .prose img"));
            Assert.DoesNotContain(
                main.QuerySelectorAll("*").SelectMany(e => e.Attributes),
                a => a.Name.StartsWith("on") || a.Name == "style"
            );
            Assert.DoesNotContain(
                main.QuerySelectorAll("[href], [src]"),
                e => (e.GetAttribute("href") ?? e.GetAttribute("src"))!.Contains("script:", StringComparison.OrdinalIgnoreCase)
            );
            Assert.DoesNotContain(
                main.QuerySelectorAll(".prose [href]"),
                e => e.GetAttribute("href")!.StartsWith("data:") || e.GetAttribute("href")!.StartsWith("/\\")
            );
        }
    }
}
