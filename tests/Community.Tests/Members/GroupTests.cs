using System.Net;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Members;

public sealed class GroupTests(TestHost host)
{
    [Fact]
    public async Task A_group_leads_to_its_boards_but_only_whom_they_are_for()
    {
        var site = await host.NewSite();
        Assert.Equal(
            "/boards/inner",
            (await (await site.SignIn("carla")).Get("/groups/circle")).Document.QuerySelector("main .board-list a")?.GetAttribute("href")
        );
        Assert.DoesNotContain("Inner", (await (await site.SignIn("ben")).Get("/groups/circle")).Html);
    }

    [Fact]
    public async Task An_open_group_is_joined_and_left_at_once()
    {
        var site = await host.NewSite();
        var ben = await site.SignIn("ben");
        var inside = await ben.Submit("/groups/open", [], "form[action='/groups/open/join']");
        Assert.Contains("Ben", inside.Document.QuerySelector(".member-list")!.TextContent);
        Assert.Equal(2, await Members(site, "open"));
        var outside = await ben.Submit(inside, [], "form[action='/groups/open/leave']");
        Assert.DoesNotContain("Ben", outside.Document.QuerySelector(".member-list")!.TextContent);
        Assert.Equal(1, await Members(site, "open"));
    }

    [OnBothDatabases, Fact]
    public async Task Two_groups_of_one_name_at_once_are_one()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var forms = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => admin.Get("/staff/groups/new")));
        var answers = await Task.WhenAll(forms.Select(f => admin.Post(f, new() { ["Name"] = "Tea", ["Word"] = "tea" })));
        Assert.Single(answers, a => a.Status == HttpStatusCode.Found);
        Assert.All(
            answers.Where(a => a.Status != HttpStatusCode.Found),
            a => Assert.Equal((HttpStatusCode.UnprocessableEntity, true), (a.Status, a.Document.QuerySelector("#Word-error") is not null))
        );
        Assert.Equal(1, await site.Db(db => db.Groups.CountAsync(g => g.Key == "tea")));
    }

    [OnBothDatabases, Fact]
    public async Task Joining_twice_at_the_same_time_counts_once()
    {
        var site = await host.NewSite();
        var ben = await site.SignIn("ben");
        var page = await ben.Get("/groups/open");
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => ben.Submit(page, [], "form[action='/groups/open/join']")));
        Assert.Equal(2, await Members(site, "open"));
    }

    [Fact]
    public async Task A_request_waits_until_staff_decide()
    {
        var site = await host.NewSite();
        var ben = await site.SignIn("ben");
        await ben.Submit("/groups/circle", new() { ["message"] = "I know Carla." });
        Assert.Equal(1, await Members(site, "circle"));
        var mod = await site.SignIn("mod");
        var page = await mod.Get("/staff/groups/circle");
        Assert.Contains("I know Carla.", page.Text);
        await mod.Submit(page, [], "form[action='/staff/groups/circle/admit']");
        Assert.Equal(2, await Members(site, "circle"));
        Assert.Contains("You are in", (await ben.Get("/groups/circle")).Text);
    }

    [Fact]
    public async Task A_refused_request_is_gone()
    {
        var site = await host.NewSite();
        var ben = await site.SignIn("ben");
        await ben.Submit("/groups/circle", new() { ["message"] = "" });
        await (await site.SignIn("mod")).Submit("/staff/groups/circle", [], "form[action='/staff/groups/circle/refuse']");
        Assert.Equal(1, await Members(site, "circle"));
        Assert.NotNull((await ben.Get("/groups/circle")).Document.QuerySelector("form[action='/groups/circle/join']"));
    }

    [Theory]
    [InlineData("admit", "admitted", "en", "The staff have let you in")]
    [InlineData("refuse", "refused", "en", "decided not to let you in")]
    [InlineData("admit", "admitted", "ja", "承認されました")]
    [InlineData("refuse", "refused", "ja", "見送らせていただきました")]
    public async Task The_member_is_told_in_the_own_language_what_was_decided(string button, string kind, string language, string words)
    {
        var site = await host.NewSite();
        await site.Db(db => db.Members.Where(m => m.Name == "Ben").ExecuteUpdateAsync(s => s.SetProperty(m => m.Language, language)));
        // Its name is not Markdown.
        await site.Db(db =>
            db.Groups.Where(g => g.Key == "circle").ExecuteUpdateAsync(s => s.SetProperty(g => g.Name, "Circle *of* [tea]"))
        );
        await (await site.SignIn("ben")).Submit("/groups/circle", new() { ["message"] = "" });
        await (await site.SignIn("mod")).Submit("/staff/groups/circle", [], $"form[action='/staff/groups/circle/{button}']");
        var mail = await site.Db(db => db.SystemMails.AsNoTracking().Where(l => l.Kind.StartsWith("members.group-")).SingleAsync());
        Assert.Equal(("members.group-" + kind, "ben@example.com", language), (mail.Kind, mail.To, mail.Culture));
        Assert.Contains("Circle *of* [tea]", mail.Subject);
        // The outbox drops the text once it is sent, so it is read from the sent mail; the link leads to the group.
        Assert.Equal("/groups/circle", await Mails.Link(site, "ben@example.com", mail.Kind));
        Assert.Contains(words, await Mails.Text(site, mail.MessageId));
        Assert.Contains("Circle *of* [tea]", await Mails.Text(site, mail.MessageId));
    }

    [Theory]
    [InlineData("refuse", "admit", "Already decided: Moderator refused Ben on")]
    [InlineData("admit", "refuse", "Already decided: Moderator let Ben in on")]
    [InlineData("refuse", "refuse", "Already decided: Moderator refused Ben on")]
    public async Task A_second_decision_in_another_tab_changes_nothing_and_says_who_decided(string first, string second, string said)
    {
        var site = await host.NewSite();
        await (await site.SignIn("ben")).Submit("/groups/circle", new() { ["message"] = "" });
        var (mod, admin) = (await site.SignIn("mod"), await site.SignIn("admin"));
        var tab = await admin.Get("/staff/groups/circle");
        await mod.Submit("/staff/groups/circle", [], $"form[action='/staff/groups/circle/{first}']");
        var members = await Members(site, "circle");
        var late = await admin.Submit(tab, [], $"form[action='/staff/groups/circle/{second}']");
        Assert.Contains(said, late.Document.QuerySelector(".notice.warn")!.TextContent);
        Assert.Equal(members, await Members(site, "circle"));
        Assert.Equal(1, await site.Db(db => db.Audit.CountAsync(a => a.Action == "groups.admit" || a.Action == "groups.refuse")));
        Assert.Equal(1, await site.Db(db => db.SystemMails.CountAsync(l => l.Kind.StartsWith("members.group-"))));
    }

    [Fact]
    public async Task A_request_that_was_taken_back_cannot_be_let_in()
    {
        var site = await host.NewSite();
        var ben = await site.SignIn("ben");
        await ben.Submit("/groups/circle", new() { ["message"] = "" });
        var admin = await site.SignIn("admin");
        var tab = await admin.Get("/staff/groups/circle");
        await ben.Submit("/groups/circle", [], "form[action='/groups/circle/leave']");
        Assert.Contains("Ben is not waiting any more", (await admin.Submit(tab, [], "form[action='/staff/groups/circle/admit']")).Text);
        Assert.Equal(1, await Members(site, "circle"));
    }

    [Theory]
    [InlineData("staffed")]
    [InlineData("circle")]
    public async Task Members_are_found_and_added_on_the_groups_page(string group)
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var before = await Members(site, group);
        if (before == 0)
            Assert.Contains(
                "Only you can put members in",
                (await admin.Get("/staff/groups/" + group))
                    .Document.QuerySelector(".empty:not([aria-labelledby=waiting] *)")!
                    .ParentElement!.TextContent
            );
        var found = await admin.Submit("/staff/groups/" + group, new() { ["q"] = "ben@" });
        var added = await admin.Submit(found, [], $"form[action='/staff/groups/{group}/add']");
        Assert.Contains("The member is in the group", added.Text);
        Assert.Equal(before + 1, await Members(site, group));
        // Submitting the old tab again changes nothing.
        await admin.Submit(found, [], $"form[action='/staff/groups/{group}/add']");
        Assert.Equal(before + 1, await Members(site, group));
        Assert.Equal(1, await site.Db(db => db.Audit.CountAsync(a => a.Action == "groups.add")));
        Assert.Contains("Nobody fits “nobody”", (await admin.Submit("/staff/groups/" + group, new() { ["q"] = "nobody" })).Text);
        Assert.Null((await (await site.SignIn("mod")).Get("/staff/groups/" + group)).Document.QuerySelector("#q"));
    }

    [Fact]
    public async Task Nobody_joins_a_group_by_staff_alone_but_staff_put_members_in()
    {
        var site = await host.NewSite();
        var ben = await site.SignIn("ben");
        var page = await ben.Get("/groups/staffed");
        Assert.Null(page.Document.QuerySelector("form[action='/groups/staffed/join']"));
        var token = page.Document.QuerySelector("input[name=__RequestVerificationToken]")!.GetAttribute("value")!;
        var forced = await ben.Send(
            new HttpRequestMessage(HttpMethod.Post, "/groups/staffed/join")
            {
                Content = new FormUrlEncodedContent([new("__RequestVerificationToken", token)]),
            }
        );
        Assert.Equal(HttpStatusCode.Forbidden, forced.Status);
        var id = await site.Db(db => db.Members.Where(m => m.Name == "Ben").Select(m => m.Id).SingleAsync());
        var group = await site.Db(db => db.Groups.Where(g => g.Key == "staffed").Select(g => g.Id).SingleAsync());
        await (await site.SignIn("admin")).Submit($"/staff/members/{id}", new() { ["groups"] = group.ToString() });
        Assert.Equal(1, await Members(site, "staffed"));
    }

    [Fact]
    public async Task An_administrator_makes_changes_and_deletes_a_group()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var made = await admin.Submit(
            "/staff/groups/new",
            new()
            {
                ["Name"] = "Walkers",
                ["Word"] = "walkers",
                ["Description"] = "On foot",
                ["Way"] = "Request",
            }
        );
        Assert.Equal("/staff/groups/walkers", made.Url.AbsolutePath);
        var taken = await admin.Submit("/staff/groups/new", new() { ["Name"] = "Walkers", ["Word"] = "walkers" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, taken.Status);
        await admin.Submit("/staff/groups/walkers/edit", new() { ["Name"] = "Hikers" });
        var list = await admin.Get("/staff/groups");
        Assert.Contains("Hikers", list.Text);
        await admin.Submit("/staff/groups/walkers/edit", [], "form[action='/staff/groups/walkers/delete']");
        Assert.Equal(HttpStatusCode.NotFound, (await admin.Get("/groups/walkers")).Status);
    }

    [Fact]
    public async Task Groups_and_profiles_are_for_members()
    {
        var site = await host.NewSite();
        Assert.Equal("/sign-in", (await site.Visitor().Get("/groups")).Url.AbsolutePath);
        var handle = await site.Db(db => db.Members.Where(m => m.Name == "Anna").Select(m => m.Handle).SingleAsync());
        Assert.Equal("/sign-in", (await site.Visitor().Get("/members/" + handle)).Url.AbsolutePath);
        var profile = await (await site.SignIn("ben")).Get("/members/" + handle);
        Assert.Contains("I like tests.", profile.Text);
        Assert.DoesNotContain("anna@example.com", profile.Html);
    }

    static Task<int> Members(TestSite site, string group) => site.Db(async db =>
    {
        var row = await db.Groups.SingleAsync(g => g.Key == group);
        Assert.Equal(row.MemberCount, await db.GroupMemberships.CountAsync(g => g.GroupId == row.Id && g.JoinedAt != null));
        return row.MemberCount;
    });
}
