using System.Net;
using Community.Members;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Members;

public sealed class StaffTests(TestHost host)
{
    [Theory]
    [InlineData("/staff", "mod mailer web admin")]
    [InlineData("/staff/members", "mod mailer admin")]
    [InlineData("/staff/members/new", "admin")]
    [InlineData("/staff/groups", "mod admin")]
    [InlineData("/staff/groups/new", "admin")]
    [InlineData("/staff/audit", "admin")]
    public async Task Each_staff_page_opens_for_its_roles_alone(string url, string roles)
    {
        var site = await host.NewSite();
        Assert.Equal("/sign-in", (await site.Visitor().Get(url)).Url.AbsolutePath);
        foreach (var who in new[] { "anna", "mod", "mailer", "web", "admin" })
            Assert.Equal(
                roles.Split(' ').Contains(who) ? HttpStatusCode.OK : HttpStatusCode.Forbidden,
                (await (await site.SignIn(who)).Get(url)).Status
            );
    }

    [Fact]
    public async Task A_new_administrators_first_steps_are_ticked_by_what_stands_on_the_site_and_put_away_for_all()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        async Task<Dictionary<string, bool>> Steps() =>
            (await admin.Get("/staff"))
                .Document.QuerySelectorAll(".steps > li")
                .ToDictionary(l => l.QuerySelector("a")!.GetAttribute("href")!, l => l.ClassList.Contains("done"));
        var first = await Steps();
        Assert.Equal(
            ["/boards", "/staff/boards", "/staff/groups", "/staff/mailings/new", "/staff/members", "/staff/theme"],
            first.Keys.Order()
        );
        // The test's site already has several staff members.
        Assert.Equal(
            (true, false, false, false),
            (first["/staff/members"], first["/staff/theme"], first["/staff/groups"], first["/staff/mailings/new"])
        );
        await admin.Submit("/staff/theme", new() { ["token.color-brand"] = "#224466" });
        await admin.Submit("/staff/groups/circle/edit", new() { ["Name"] = "Inner circle" });
        var later = await Steps();
        Assert.Equal((true, true, false), (later["/staff/theme"], later["/staff/groups"], later["/staff/mailings/new"]));
        foreach (var link in later.Keys) Assert.Equal(HttpStatusCode.OK, (await admin.Get(link)).Status);
        Assert.Null((await (await site.SignIn("mod")).Get("/staff")).Document.QuerySelector(".steps"));
        // She arrives on the front page.
        Assert.Equal("/staff", (await admin.Get("/")).Document.QuerySelector("main .notice a")!.GetAttribute("href"));
        Assert.Null((await (await site.SignIn("anna")).Get("/")).Document.QuerySelector("main .notice"));

        await admin.Submit(await admin.Get("/staff"), [], "form[action='/staff/first-steps']");
        Assert.Empty(await Steps());
        Assert.Null((await admin.Get("/")).Document.QuerySelector("main .notice"));
        Assert.Contains("put the card of first steps away", (await admin.Get("/staff/audit")).Text);
    }

    [Fact]
    public async Task A_site_with_a_long_record_is_no_longer_new()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        Assert.NotNull((await admin.Get("/staff")).Document.QuerySelector(".steps"));
        await site.Db(async db =>
        {
            db.Add(new AuditRecord { Id = AuditBeginning.Records + 1, At = DateTime.UtcNow, Action = "members.search" });
            return await db.SaveChangesAsync();
        });
        Assert.Null((await admin.Get("/staff")).Document.QuerySelector(".steps"));
    }

    [Fact]
    public async Task Members_are_found_by_name_state_group_role_and_date()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        async Task<string[]> Found(string query) =>
            [.. (await admin.Get("/staff/members?" + query)).Document.QuerySelectorAll("tbody th").Select(t => t.TextContent.Trim())];
        Assert.Equal(["Anna"], await Found("q=%EF%BC%A1nn"));
        Assert.Equal(["Ben"], await Found("q=ben%40"));
        Assert.Equal(["Susan"], await Found("state=Suspended"));
        Assert.Equal(["Newman"], await Found("state=Unconfirmed"));
        Assert.Equal(4, (await Found("role=staff")).Length);
        var circle = await site.Db(db => db.Groups.Where(g => g.Key == "circle").Select(g => g.Id).SingleAsync());
        Assert.Equal(["Carla"], await Found("group=" + circle));
        Assert.Equal(["Newman"], await Found("from=" + DateTime.UtcNow.AddDays(-10).ToString("yyyy-MM-dd")));
        Assert.Equal(["Admin"], await Found("to=" + DateTime.UtcNow.AddDays(-250).ToString("yyyy-MM-dd")));
    }

    [Fact]
    public async Task A_day_begins_at_the_first_of_two_midnights()
    {
        // On this night, clocks in Havana go back from one o'clock to midnight.
        var site = await host.NewSite(r => r["timeZone"] = "America/Havana");
        var between = new DateTime(2026, 11, 1, 4, 30, 0, DateTimeKind.Utc);
        await site.Db(db => db.Members.Where(m => m.Name == "Anna").ExecuteUpdateAsync(s => s.SetProperty(m => m.JoinedAt, between)));
        var admin = await site.SignIn("admin");
        async Task<string[]> Found(string query) =>
            [
                .. (await admin.Get("/staff/members?q=anna&" + query))
                    .Document.QuerySelectorAll("tbody th")
                    .Select(t => t.TextContent.Trim()),
            ];
        Assert.Equal(["Anna"], await Found("from=2026-11-01"));
        Assert.Empty(await Found("to=2026-10-31"));
        var day = new DateOnly(2026, 11, 1);
        Assert.Equal(
            ["Anna"],
            await site.Db(async db =>
                await (
                    await Chosen.By(OwnConditions.Name.With(new("anna")), OwnConditions.Joined.With(new(day, day))).Apply(db.Members, db)
                )
                    .Select(m => m.Name)
                    .ToListAsync()
            )
        );
    }

    [Fact]
    public async Task A_search_leaves_a_record_of_whom_it_showed()
    {
        var site = await host.NewSite();
        await (await site.SignIn("admin")).Get("/staff/members?q=ann");
        await (await site.SignIn("mod")).Get("/staff/members?state=Active");
        var (records, anna) = await site.Db(async db =>
            (
                await db.Audit.Where(a => a.Action == "members.search").OrderBy(a => a.Id).ToListAsync(),
                await db.Members.Where(m => m.Name == "Anna").Select(m => m.Id).SingleAsync()
            )
        );
        Assert.Equal((anna, 1, "enquiry"), (records[0].SubjectId, records[0].Count, records[0].Purpose));
        Assert.Contains("email", records[0].Fields);
        Assert.Equal(7, records[1].Count);
        Assert.Contains(anna.ToString(), records[1].Ids);
        Assert.DoesNotContain("email", records[1].Fields);
        var trail = await (await site.SignIn("admin")).Get("/staff/members/" + anna);
        Assert.Contains("Moderator searched", trail.Text);
        var whole = await (await site.SignIn("admin")).Get(trail.Document.QuerySelector("a[href^='/staff/audit?']")!.GetAttribute("href")!);
        Assert.Equal($"Anna #{anna}", whole.Document.QuerySelector("#member")!.GetAttribute("value"));
    }

    [Fact]
    public async Task Addresses_are_masked_for_who_may_not_see_them()
    {
        var site = await host.NewSite();
        var mod = await site.SignIn("mod");
        var list = await mod.Get("/staff/members");
        Assert.DoesNotContain("anna@example.com", list.Html);
        var (id, _) = await Anna(site);
        Assert.DoesNotContain("anna@example.com", (await mod.Get($"/staff/members/{id}")).Html);
        Assert.Contains("anna@example.com", (await (await site.SignIn("mailer")).Get($"/staff/members/{id}")).Html);
        // Nor can they be guessed by searching.
        Assert.DoesNotContain("Anna", (await mod.Get("/staff/members?q=anna%40")).Document.QuerySelector("main")!.TextContent);
    }

    [Fact]
    public async Task A_suspended_member_is_out_within_a_minute_and_back_when_it_is_lifted()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        var anna = await site.SignIn("anna");
        var mod = await site.SignIn("mod");
        var (id, _) = await Anna(site);
        await mod.Submit($"/staff/members/{id}", new() { ["reason"] = "Shouting" });
        own.Clock.Advance(TimeSpan.FromMinutes(1.5));
        var after = await anna.Get("/");
        Assert.Equal(HttpStatusCode.OK, after.Status);
        Assert.Null(after.Document.QuerySelector(".account-menu"));
        var told = await site.Visitor().Submit("/sign-in", new() { ["Email"] = "anna@example.com", ["Password"] = TestSite.Password });
        Assert.Contains("Shouting", told.Text);
        await mod.Submit($"/staff/members/{id}", [], $"form[action='/staff/members/{id}/lift']");
        await site.SignIn("anna");
    }

    [Fact]
    public async Task Nobody_is_suspended_without_a_reason()
    {
        var site = await host.NewSite();
        var mod = await site.SignIn("mod");
        var (id, _) = await Anna(site);
        var page = await mod.Submit($"/staff/members/{id}", new() { ["reason"] = " " });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Contains("write the reason", page.Document.QuerySelector("#reason-error")!.TextContent);
        Assert.NotNull(page.Document.QuerySelector(".error-summary a[href$='#reason']"));
        Assert.NotNull(page.Document.QuerySelector("details[open] textarea#reason[aria-describedby~=reason-error]"));
        // Text that is too long is given back untruncated.
        var words = new string('x', Suspension.MaxReasonLength + 1);
        var over = await mod.Submit(page, new() { ["reason"] = words });
        Assert.Contains("500 fit", over.Document.QuerySelector("#reason-error")!.TextContent);
        Assert.Equal(words, ((AngleSharp.Html.Dom.IHtmlTextAreaElement)over.Document.QuerySelector("#reason")!).Value);
        Assert.Null(await site.Db(db => db.Members.Where(m => m.Id == id).Select(m => m.SuspendedAt).SingleAsync()));
    }

    [Fact]
    public async Task A_name_that_is_refused_is_not_in_the_heading()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var (id, _) = await Anna(site);
        var page = await admin.Submit(
            $"/staff/members/{id}/edit",
            new() { ["Name"] = "Somebody else", ["Email"] = "ben@example.com", ["How"] = "met" }
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Contains("Anna", page.Document.QuerySelector("h1")!.TextContent);
    }

    [Fact]
    public async Task Taken_out_of_a_group_a_member_is_put_back_by_one_button()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var key = await site.Db(db =>
        {
            var inside = db.GroupMemberships.Where(m => m.JoinedAt != null);
            return db.Groups.Where(g => inside.Any(m => m.GroupId == g.Id)).Select(g => g.Key).FirstAsync();
        });
        var taken = await admin.Submit($"/staff/groups/{key}", [], "form[action$='/take-out']");
        var left = await site.Db(db => db.GroupMemberships.CountAsync(m => m.JoinedAt != null));
        await admin.Submit(taken, [], ".notice form[action$='/add']");
        Assert.Equal(left + 1, await site.Db(db => db.GroupMemberships.CountAsync(m => m.JoinedAt != null)));
    }

    [Fact]
    public async Task A_moderator_cannot_suspend_staff()
    {
        var site = await host.NewSite();
        var mod = await site.SignIn("mod");
        var admin = await site.Db(db => db.Members.Where(m => m.Name == "Admin").Select(m => m.Id).SingleAsync());
        var page = await mod.Get($"/staff/members/{admin}");
        Assert.Null(page.Document.QuerySelector("#reason"));
        await mod.Send(Post(page, $"/staff/members/{admin}", ("_handler", "suspend"), ("reason", "Coup")));
        Assert.Null(await site.Db(db => db.Members.Where(m => m.Id == admin).Select(m => m.SuspendedAt).SingleAsync()));
    }

    [Fact]
    public async Task The_last_administrator_keeps_the_role()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var (id, _) = await Anna(site);
        var own = await site.Db(db => db.Members.Where(m => m.Name == "Admin").Select(m => m.Id).SingleAsync());
        var refused = await admin.Submit($"/staff/members/{own}", new() { ["role"] = "" });
        Assert.Contains("at least one active administrator", refused.Text);
        await admin.Submit($"/staff/members/{id}", new() { ["role"] = "administrator" });
        await admin.Submit($"/staff/members/{own}", new() { ["role"] = "moderator" });
        Assert.Equal("moderator", await site.Db(db => db.Members.Where(m => m.Id == own).Select(m => m.Role).SingleAsync()));
    }

    [OnBothDatabases, Fact]
    public async Task Two_administrators_who_demote_each_other_at_once_do_not_both_succeed()
    {
        var site = await host.NewSite(r => r["members"]![1]!["role"] = "administrator");
        Reader[] both = [await site.Reader("admin"), await site.Reader("ben")];
        await Task.WhenAll(both.Select((actor, i) => site.With<MemberRoles, bool>(async roles =>
        {
            try { return await roles.Give(actor, both[1 - i].Id!.Value, null); }
            catch (Denied) { return false; }
        })));
        Assert.Equal(1, await site.Db(db => db.Members.CountAsync(m => m.Role == "administrator")));
    }

    [Fact]
    public async Task The_operators_role_is_worth_nothing_on_a_brands_site()
    {
        var site = await host.NewSite();
        await site.Db(db => db.Members.Where(m => m.Name == "Anna").ExecuteUpdateAsync(s => s.SetProperty(m => m.Role, Roles.Operator)));
        Assert.Equal(HttpStatusCode.Forbidden, (await (await site.SignIn("anna")).Get("/staff")).Status);
        var admin = await site.SignIn("admin");
        var ben = await site.Db(db => db.Members.Where(m => m.Name == "Ben").Select(m => m.Id).SingleAsync());
        var page = await admin.Get($"/staff/members/{ben}");
        await admin.Send(Post(page, $"/staff/members/{ben}/role", ("role", "operator")));
        Assert.Null(await site.Db(db => db.Members.Where(m => m.Id == ben).Select(m => m.Role).SingleAsync()));
    }

    [Fact]
    public async Task Staff_change_a_member_and_the_old_address_hears_of_the_new_one()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var (id, _) = await Anna(site);
        var saved = await admin.Submit(
            $"/staff/members/{id}/edit",
            new() { ["Name"] = "Anna B.", ["Email"] = "anna@new.example", ["How"] = "met" }
        );
        Assert.Contains("Anna B.", saved.Text);
        Assert.Contains("signed out and signs in", saved.Document.QuerySelector(".notice.ok")!.TextContent);
        Assert.Equal(1, await Mails.Count(site, "anna@example.com", "members.email-changed"));
        var taken = await admin.Submit($"/staff/members/{id}/edit", new() { ["Email"] = "ben@example.com", ["How"] = "met" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, taken.Status);
        Assert.Contains(
            "name email",
            (await site.Db(db => db.Audit.Where(a => a.Action == "members.edit").Select(a => a.Fields).ToListAsync()))
        );
    }

    [Fact]
    public async Task Staff_register_a_member_who_then_chooses_a_password()
    {
        var site = await host.NewSite();
        await (await site.SignIn("admin")).Submit("/staff/members/new", new() { ["Name"] = "Dora", ["Email"] = "dora@example.com" });
        var link = await Mails.Link(site, "dora@example.com", "members.invite");
        var dora = site.Visitor();
        await dora.Submit(link, new() { ["Password"] = "a violet bicycle rests" });
        var inside = await dora.Submit("/sign-in", new() { ["Email"] = "dora@example.com", ["Password"] = "a violet bicycle rests" });
        Assert.NotNull(inside.Document.QuerySelector(".account-menu"));
    }

    [Fact]
    public async Task A_button_without_its_form_token_does_nothing()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var id = await site.Db(db => db.Members.Where(m => m.Name == "Newman").Select(m => m.Id).SingleAsync());
        var answer = await admin.Send(
            new HttpRequestMessage(HttpMethod.Post, $"/staff/members/{id}/confirm") { Content = new FormUrlEncodedContent([]) }
        );
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Null(await site.Db(db => db.Members.Where(m => m.Id == id).Select(m => m.ConfirmedAt).SingleAsync()));
    }

    [Fact]
    public async Task The_menu_folds_and_says_where_one_is()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        foreach (
            var (url, place) in new[]
            {
                ("/staff", "Overview"),
                ("/staff/groups/circle/edit", "Groups"),
                ("/staff/boards/moderation", "Moderation log"),
            }
        )
        {
            var box = (await admin.Get(url)).Document.QuerySelector("details.side-box")!;
            Assert.False(box.HasAttribute("open"));
            Assert.EndsWith(place, box.QuerySelector("summary")!.TextContent);
            Assert.Equal(place, box.QuerySelector("nav a[aria-current]")!.TextContent.Trim());
        }
    }

    [Theory]
    [InlineData("/staff/groups/new", "Name", 60)]
    [InlineData("/staff/groups/new", "Description", 1000)]
    [InlineData("/staff/boards/new", "name", 80)]
    [InlineData("/staff/boards/new", "description", 500)]
    public async Task Words_that_do_not_fit_are_kept_and_the_limit_is_named(string url, string field, int longest)
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var words = new string('x', longest + 1);
        var page = await admin.Submit(url, new() { [field] = words });
        var input = page.Document.QuerySelector("#" + field)!;
        Assert.Null(input.GetAttribute("maxlength"));
        Assert.Contains($"{longest + 1:N0} characters, and {longest:N0} fit", page.Document.QuerySelector($"#{field}-error")!.TextContent);
        Assert.Equal(words, input is AngleSharp.Html.Dom.IHtmlTextAreaElement area ? area.Value : input.GetAttribute("value"));
    }

    static Task<(long, string)> Anna(TestSite site) =>
        site.Db(async db =>
        {
            var m = await db.Members.SingleAsync(m => m.Name == "Anna");
            return (m.Id, m.Handle);
        });

    static HttpRequestMessage Post(Page page, string url, params (string, string)[] fields)
    {
        var token = page.Document.QuerySelector("input[name=__RequestVerificationToken]")!.GetAttribute("value")!;
        return new HttpRequestMessage(HttpMethod.Post, url)
        {
            Content = new FormUrlEncodedContent([
                new("__RequestVerificationToken", token),
                .. fields.Select(f => new KeyValuePair<string, string>(f.Item1, f.Item2)),
            ]),
        };
    }
}
