using System.Net;
using AngleSharp.Dom;
using Community.Boards;
using Community.Members;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Attacks;

/// <summary>Names and titles that are invisible, cover the page, or imitate somebody else's.</summary>
public sealed class NameAttackTests(TestHost host)
{
    const string Password = "a violet bicycle rests";

    static readonly string[] none =
    [
        "\u200b\u2060",
        "\u3164",
        "\u2800",
        "\uffa0",
        "a" + new string('\u0301', 100),
        "\u202eevil",
        "\u2066evil",
        "evil\U000E0061\U000E0062",
        "two\u2028lines",
    ];

    [Fact]
    public async Task No_form_takes_a_name_that_shows_nothing_or_leaves_its_place()
    {
        var site = await host.NewSite();
        var (anna, admin, mailer) = (await site.SignIn("anna"), await site.SignIn("admin"), await site.SignIn("mailer"));
        foreach (var name in none)
        {
            await Refused(
                site.Visitor(),
                "/register",
                new()
                {
                    ["Name"] = name,
                    ["Email"] = "eve@example.com",
                    ["Password"] = Password,
                },
                "Name"
            );
            await Refused(anna, "/account", new() { ["Name"] = name, ["Bio"] = "" }, "Name");
            // A title is folded into one line before it is checked.
            if (name != none[^1]) await Refused(anna, "/boards/general/new", new() { ["title"] = name, ["text"] = "Words" }, "title");
            await Refused(admin, "/staff/groups/new", new() { ["Name"] = name, ["Word"] = "word" }, "Name");
            await Refused(admin, "/staff/boards/new", new() { ["name"] = name, ["key"] = "word" }, "name");
            await Refused(admin, "/staff/members/new", new() { ["Name"] = name, ["Email"] = "eve@example.com" }, "Name");
            await Refused(mailer, "/staff/mailings/new", new() { ["Subject"] = name, ["Text"] = "Words" }, "Form.Subject");
        }
        Assert.Equal(
            ["Admin", "Anna", "Ben", "Carla", "Mailer", "Moderator", "Newman", "Susan", "Webmaster"],
            await site.Db(db => db.Members.Select(m => m.Name).OrderBy(n => n).ToListAsync())
        );
    }

    static async Task Refused(Visitor visitor, string page, Dictionary<string, string> fields, string field)
    {
        var answer = await visitor.Submit(page, fields);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.Status);
        var input = answer.Document.QuerySelector($"[name='{field}']")!;
        Assert.Equal("true", input.GetAttribute("aria-invalid"));
    }

    [Theory]
    [
        InlineData("Admin"),
        InlineData("ΑDΜΙN"),
        InlineData("Webmaster"),
        InlineData("ｗｅｂｍａｓｔｅｒ"),
        InlineData("Ｍoderator"),
        InlineData("Operator"),
        InlineData("スタッフ"),
        InlineData("ｽﾀｯﾌ"),
        InlineData("管理者"),
        InlineData("運営事務局", false)
    ]
    [
        InlineData("Administrator"),
        InlineData("Аdministrator"),
        InlineData("Site {key}"),
        InlineData("Site\u200b{key}"),
        InlineData("Mailer (Staff)"),
        InlineData("★ Admin ★"),
        InlineData("Anna", false),
        InlineData("Adele Minkowski", false)
    ]
    public async Task Nobody_registers_under_a_name_that_looks_like_staff(string name, bool reserved = true)
    {
        var site = await host.NewSite();
        var page = await site.Visitor()
            .Submit(
                "/register",
                new()
                {
                    ["Name"] = name.Replace("{key}", site.Site.Key),
                    ["Email"] = "eve@example.com",
                    ["Password"] = Password,
                }
            );
        Assert.Equal(reserved ? HttpStatusCode.UnprocessableEntity : HttpStatusCode.OK, page.Status);
        if (reserved) Assert.Contains("looks like one of our staff", page.Document.QuerySelector("#Name-error")!.TextContent);
    }

    [Fact]
    public async Task Nobody_becomes_the_administrator_by_name_afterwards_and_staff_are_told_who_had_the_name_before()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        await Refused(anna, "/account", new() { ["Name"] = "Аdmin", ["Bio"] = "" }, "Name");
        var taken = await anna.Submit("/account", new() { ["Name"] = "Веn", ["Bio"] = "" });
        Assert.Equal(HttpStatusCode.OK, taken.Status);
        var admin = await site.SignIn("admin");
        var ben = await site.Db(db => db.Members.Where(m => m.Name == "Ben").Select(m => m.Id).SingleAsync());
        Assert.DoesNotContain("looks like this one", (await admin.Get($"/staff/members/{ben}")).Text);
        var given = await admin.Submit($"/staff/members/{ben}", new() { ["role"] = "moderator" });
        Assert.Contains("Another member's name looks like this one", given.Text);
        Assert.Contains("Веn", given.Document.QuerySelector(".notice.warn .member")!.TextContent);
        // A name that is unchanged is not checked again, and staff keep theirs.
        Assert.Equal(HttpStatusCode.OK, (await anna.Submit("/account", new() { ["Name"] = "Веn", ["Bio"] = "New words" })).Status);
        Assert.Equal(HttpStatusCode.OK, (await admin.Submit("/account", new() { ["Name"] = "Admin", ["Bio"] = "New words" })).Status);
    }

    [Fact]
    public async Task An_old_name_stays_in_its_place()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        await anna.Submit("/boards/general/new", new() { ["title"] = "A title", ["text"] = "Words" });
        await site.Db(async db =>
        {
            db.Entry(await db.Members.FirstAsync(m => m.Name == "Anna")).Property(m => m.Name).CurrentValue =
                "\u202eAnna" + new string('\u0335', 90);
            return await db.SaveChangesAsync();
        });
        // The style sheet isolates and clips all elements that show a name, whatever the theme.
        var page = await (await site.SignIn("ben")).Get("/boards/general");
        Assert.Contains(page.Document.QuerySelectorAll(".member"), m => m.TextContent.StartsWith("\u202eAnna", StringComparison.Ordinal));
        var css = (
            await page
                .Document.QuerySelectorAll("link[rel=stylesheet]")
                .Select(l => l.GetAttribute("href")!)
                .Where(h => h.Contains("community.css"))
                .Select(async h => await anna.Get(h))
                .Single()
        ).Html;
        Assert.Matches(@":is\(a, b, [^)]*\.member\) \{ unicode-bidi: isolate; \}", css);
        Assert.Matches(@"\.member[^{]*\{[^}]*overflow: clip", css);
        // Its owner must choose another when saving the profile.
        Assert.Equal(
            HttpStatusCode.UnprocessableEntity,
            (await anna.Submit("/account", new() { ["Bio"] = "Words" }, "form:has([name=Bio])")).Status
        );
    }

    [Fact]
    public async Task Names_are_kept_as_they_are_seen()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        await anna.Submit("/account", new() { ["Name"] = " Ame\u0301lie\u00a0\u00a0\u200b", ["Bio"] = "" });
        await anna.Submit("/boards/general/new", new() { ["title"] = "\u200bCafe\u0301  au lait", ["text"] = "Words" });
        Assert.Equal("Amélie", await site.Db(db => db.Members.Where(m => m.Email == "anna@example.com").Select(m => m.Name).SingleAsync()));
        Assert.Equal("Café au lait", await site.Db(db => db.Topics.Select(t => t.Title).SingleAsync()));
    }

    /// <summary>Elements that the style sheet isolates.</summary>
    static readonly HashSet<string> isolates =
        ["A", "B", "STRONG", "EM", "I", "SMALL", "SPAN", "LABEL", "CITE", "CODE", "TIME", "OPTION", "BDI"];

    [Fact]
    public async Task A_name_of_the_other_direction_stands_between_no_other_words_unless_it_is_isolated()
    {
        const string Name = "אבג", Title = "דהו";
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        await anna.Submit("/account", new() { ["Name"] = Name, ["Bio"] = "" });
        var topic = await anna.Start("general", Title, "Words");
        await ben.Reply(topic, "I ask @" + Name);
        await anna.Reply(topic, "An answer", 2);
        await ben.Reply(topic, "Another", 3);
        await ben.Submit(topic + "/posts/1/report", new() { ["reason"] = Title });
        await mod.Submit(topic + "/posts/3/hide", new() { ["reason"] = Title });
        await mod.Submit(topic, [], "form[action$='/lock']");
        await site.EventsRead();
        var (id, handle) = await site.Db(async db =>
        {
            var member = await db.Members.SingleAsync(m => m.Name == Name);
            return (member.Id, member.Handle);
        });
        var bare = new List<string>();
        string[] members = ["/", topic, topic + "?view=tree", "/boards", "/boards/general?view=posts", "/boards/general?view=tree",
            "/notifications", "/members/" + handle, "/my-topics", topic + "/posts/1/report", "/unread"];
        string[] staff = [topic, "/staff/reports", "/staff/boards/moderation", $"/staff/boards/members/{id}", topic + "/move",
            topic + "/hide", topic + "/posts/2/split", topic + "/merge"];
        foreach (var (reader, pages) in new[] { (ben, members), (anna, members), (mod, staff) })
            foreach (var path in pages)
            {
                var page = await reader.Get(path);
                Assert.Equal((path, HttpStatusCode.OK), (path, page.Status));
                foreach (var text in page.Document.Body!.Descendants<IText>())
                    // What somebody wrote of it is theirs.
                    foreach (
                        var word in new[] { Name, Title }.Where(w => text.Data.Replace("\u2068" + w, "").Replace("@" + w, "").Contains(w))
                    )
                        if (text.ParentElement is { } element && !isolates.Contains(element.TagName) && element.TagName is not "TEXTAREA"
                            && element.TextContent.Trim() != word)
                            bare.Add($"{path}: {element.OuterHtml}");
            }
        Assert.Empty(bare.Distinct());
    }
}
