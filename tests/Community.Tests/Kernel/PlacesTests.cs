using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Kernel;

/// <summary>Parts, scripts and figures of one module on pages of others.</summary>
public sealed class PlacesTests(TestHost host)
{
    [Fact]
    public async Task A_page_shows_the_parts_of_other_modules_at_its_places()
    {
        var site = await host.NewSite();
        var register = await site.Visitor().Get("/register");
        Assert.Equal(
            ["General"],
            register.Document.QuerySelectorAll("section[aria-labelledby=register-boards] a").Select(a => a.TextContent)
        );
        var anna = await site.SignIn("anna");
        await anna.Submit("/boards/general/new", new() { ["Title"] = "Mugs", ["Text"] = "Which one?" });
        var account = await anna.Get("/account");
        Assert.Contains("1 post", account.Document.QuerySelector("section[aria-labelledby=own-posts]")!.TextContent);
    }

    [Fact]
    public async Task A_part_in_each_post_stands_for_those_who_may_see_it()
    {
        var site = await host.NewSite();
        var ben = await site.SignIn("ben");
        var topic = await ben.Submit("/boards/general/new", new() { ["Title"] = "Mugs", ["Text"] = "Which one?" });
        var url = topic.Url.AbsolutePath;
        await site.Db(async db =>
        {
            var member = await db.Members.FirstAsync(m => m.Email == "ben@example.com");
            member.Suspend("Rude", 1, host.Clock.GetUtcNow().UtcDateTime);
            return await db.SaveChangesAsync();
        });
        Assert.Single((await (await site.SignIn("mod")).Get(url)).Document.QuerySelectorAll(".post-actions .badge.danger"));
        Assert.Empty((await (await site.SignIn("anna")).Get(url)).Document.QuerySelectorAll(".post-actions .badge.danger"));
    }

    [Fact]
    public async Task A_mailing_about_a_topic_begins_with_a_link_to_it()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var url = (await anna.Submit("/boards/general/new", new() { ["Title"] = "Mugs", ["Text"] = "Which one?" })).Url.AbsolutePath;
        var mailer = await site.SignIn("mailer");
        var link = (await mailer.Get(url)).Document.QuerySelector("a[href^='/staff/mailings/new?about=']")!;
        var form = await mailer.Get(link.GetAttribute("href")!);
        // The number alone, which stays when the title changes.
        Assert.Equal("{{site.url}}" + url[1..].Split('-')[0], form.Document.QuerySelector("textarea")!.TextContent.Trim());
        Assert.Null((await anna.Get(url)).Document.QuerySelector("a[href^='/staff/mailings']"));
        var elsewhere = await mailer.Get("/staff/mailings/new?about=" + Uri.EscapeDataString("//evil.example/x"));
        Assert.Equal("", elsewhere.Document.QuerySelector("textarea")!.TextContent.Trim());
    }

    [Fact]
    public async Task A_script_of_a_module_is_loaded_by_the_pages_that_need_it_whatever_other_features_are_off()
    {
        var (with, without) = (
            await host.NewSite(),
            await host.NewSite(r => r["features"] = new System.Text.Json.Nodes.JsonArray("Members", "Boards"))
        );
        var script = await Script(with, "/staff");
        Assert.NotNull(script);
        Assert.Null(await Script(with, "/boards"));
        // Acts on many members, imports and segments move without the feature Mailing too.
        Assert.NotNull(await Script(without, "/staff/members/acts"));
        Assert.Contains("?v=", script);
        var answer = await with.Visitor().Get(script);
        Assert.Equal((System.Net.HttpStatusCode.OK, "text/javascript"), (answer.Status, answer.ContentType));
    }

    static async Task<string?> Script(TestSite site, string page) =>
        (await (await site.SignIn("admin")).Get(page)).Document.QuerySelector("script[src*='under-way.js']")?.GetAttribute("src");

    [Fact]
    public async Task The_console_shows_what_each_module_says_of_a_site()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        await anna.Submit("/boards/general/new", new() { ["Title"] = "Mugs", ["Text"] = "Which one?" });
        var lines = await site.With<IServiceProvider, IReadOnlyList<StatusLine>>(async services =>
        {
            var lines = new List<StatusLine>();
            foreach (var module in services.GetRequiredService<ModuleList>().Of(site.Site))
                lines.AddRange(await module.Status(services, default));
            return lines;
        });
        Assert.Equal(4, lines.Single(l => l.Text == "boards.status.boards").Number);
        Assert.Equal(7, lines.Single(l => l.Text == "members.status.active").Number);
        Assert.Equal(0, lines.Single(l => l.Text == "mailing.status.waiting").Number);
        var texts = host.Services.GetRequiredService<Microsoft.Extensions.Localization.IStringLocalizer>();
        Assert.DoesNotContain(lines, l => texts[l.Text].ResourceNotFound);
    }
}
